"""What the workspace layer needs to know of a project. `dvc.project.Project` satisfies it; so does a test's small stand-in."""

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
