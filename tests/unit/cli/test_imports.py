"""Start-up stays short because little is imported: what the quick commands may load, and what a plain status must not."""

import subprocess
import sys

import pytest

from tests.world import World

SCRIPT = """
import sys
before = set(sys.modules)
from dvc.cli import main
try:
    code = main({argv!r})
except SystemExit as done:
    code = done.code
print("\\n".join(sorted(set(sys.modules) - before)))
sys.exit(code)
"""


def loaded(world: World, argv: list[str]) -> set[str]:
    done = subprocess.run([sys.executable, "-c", SCRIPT.format(argv=argv)], cwd=world.path, capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines())


@pytest.mark.parametrize("argv", [["--version"], ["root"]])
def test_the_quickest_commands_load_next_to_nothing(world: World, argv: list[str]) -> None:
    world.project()
    names = loaded(world, argv)
    assert not names & {"argparse", "re", "typing", "dataclasses", "enum", "subprocess", "dvc.exceptions", "dvc.engine"}
    assert len(names) < 20


def test_status_of_tracked_data_loads_no_heavy_library(world: World) -> None:
    world.project()
    world.track("data", "1")
    world.commit("data")
    names = loaded(world, ["status"])
    heavy = {
        "yaml",
        "ruamel.yaml",
        "subprocess",
        "socket",
        "logging",
        "importlib.metadata",
        "tempfile",
        "shutil",
        "lzma",
        "asyncio",
        "urllib",
        "dataclasses",
        "inspect",
    }
    assert not names & heavy
    assert len(names) < 160
