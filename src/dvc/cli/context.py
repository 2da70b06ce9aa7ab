"""What a command gets besides its arguments: where it runs, where it speaks, how it shows progress."""

import sys
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from dvc import env
from dvc.cli.output import Output
from dvc.exceptions import DvcException

if TYPE_CHECKING:
    from dvc.progress import Progress
    from dvc.project.project import Project


class UsageProblem(DvcException):
    """The arguments make no sense together (254)."""

    code = "usage"


class Context:
    """One run of one command. `cwd` is absolute; nothing changes the process's working directory."""

    def __init__(
        self, cwd: str, environ: Mapping[str, str], *, quiet: bool = False, verbose: bool = False, wait_for_lock: bool = False
    ) -> None:
        self.cwd = cwd
        self.environ = environ
        self.quiet = quiet
        self.verbose = verbose
        self.wait_for_lock = wait_for_lock
        self.out = Output(quiet=quiet)

    @cached_property
    def progress(self) -> "Progress":
        """Drawn on standard error when that is a terminal, else silent."""
        shown = sys.stderr is not None and (sys.stderr.isatty() or bool(self.environ.get(env.IGNORE_ISATTY)))
        if self.quiet or not shown:
            from dvc.progress import NullProgress

            return NullProgress()
        from dvc.cli.progress import TerminalProgress

        return TerminalProgress(sys.stderr)

    def project(self) -> "Project":
        """The project around `cwd`. Raises NotInProject."""
        from dvc.project.project import discover

        return discover(self.cwd, self.environ)
