"""What the workspace layer needs to know of a project. `dvc.project.Project` satisfies it; so does a test's small stand-in."""

import os
from collections.abc import Sequence
from typing import Protocol

from dvc.engine.contract import Rule


class Site(Protocol):
    @property
    def root(self) -> str: ...
    @property
    def tmp_dir(self) -> str: ...
    @property
    def index_path(self) -> str: ...
    @property
    def temp(self) -> str:
        """The folder that new workspace files are made in before they get their names."""

    def rules(self, base: str) -> Sequence[Rule]:
        """The ignore rules that a scan of the folder `base` needs."""


# What Cairn alone keeps in `.dvc/tmp`.
_OWN_FILES = "/.gitignore\n/index\n/kept\n/outs\n/place\n/quarantine\n/remote-*\n"


def hide_from_git(tmp_dir: str) -> None:
    """Keep our own files in `.dvc/tmp` out of the sight of a git that a project without one may get later.

    Projects with git have `.dvc/.gitignore`, which hides the folder. Raises OSError.
    """
    path = os.path.join(tmp_dir, ".gitignore")
    if os.path.exists(path) or os.path.exists(os.path.join(os.path.dirname(tmp_dir), ".gitignore")):
        return
    temp = f"{path}.{os.getpid()}"
    with open(temp, "w", encoding="utf-8") as file:
        file.write(_OWN_FILES)
    os.replace(temp, path)
