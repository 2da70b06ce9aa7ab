"""The packages that reading databases needs, in a folder of their own: the environment of the tests has none of them."""

import os
from pathlib import Path

import dvc
from tests.servers.s3 import TOOLS

PACKAGES = TOOLS.parent / "databases"


def environ() -> dict[str, str]:
    """For a process that runs `python -m dvc` with these packages."""
    assert (PACKAGES / ".ready").exists(), "run `make servers`"
    return os.environ | {"PYTHONPATH": os.pathsep.join([str(Path(dvc.__file__).parents[1]), str(PACKAGES)])}
