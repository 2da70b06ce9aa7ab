"""Says what a reproduction does while it does it. Scripts match some of the wording (docs/formats/output.md)."""

import shutil
import sys
from collections.abc import Sequence

from dvc.cli.output import Output
from dvc.cli.render.running import Board
from dvc.exceptions import DvcException


class Speaker:
    """`busy`: something was or would be done; `written`: metadata files. With `several`, stages run at once: each line that one writes
    is headed by its name, and a terminal shows a table of those that run."""

    def __init__(self, out: Output, *, several: bool = False) -> None:
        self.busy = False
        self.written: list[str] = []
        self._out = out
        self._several = several
        self._board: Board | None = None
        if several and not out.quiet and sys.stdout.isatty() and sys.stderr.isatty():
            self._board = Board(sys.stderr, lambda: shutil.get_terminal_size().columns)

    @property
    def out(self) -> Output:
        """Where to write, with nothing of ours in the way."""
        if self._board is not None:
            self._board.wipe()
        return self._out

    def skipped(self, stage: str, *, data: bool) -> None:
        self.out.say(f"'{stage}' didn't change, skipping" if data else f"Stage '{stage}' didn't change, skipping")

    def verifying(self, stage: str, *, frozen: bool) -> None:
        self.busy = True
        self.out.say(f"Verifying outputs in frozen stage: '{stage}'" if frozen else f"Verifying data sources in stage: '{stage}'")

    def frozen(self, stage: str) -> None:
        self.out.warn(f"stage '{stage}' is frozen: it does not run, whatever its dependencies are")

    def cached(self, stage: str, reasons: Sequence[str]) -> None:
        self.busy = True
        self.out.say(f"Stage '{stage}' is cached - skipping run, checking out outputs")
        self._because(reasons)

    def running(self, stage: str, reasons: Sequence[str]) -> None:
        self.busy = True
        self.out.say(f"Running stage '{stage}':")
        self._because(reasons)
        if self._board is not None:
            self._board.begin(stage)

    def _because(self, reasons: Sequence[str]) -> None:
        for reason in reasons:
            self.out.note(f"  because {reason}")

    def command(self, stage: str, line: str) -> None:
        self.out.say(f"{stage} > {line}" if self._several else f"> {line}")

    def output(self, stage: str, stream: str, line: str) -> None:
        if self._board is not None:
            self._board.wrote(stage, line)
        if stream == "err":
            self.out.aside(f"{stage} | {line}")
        else:
            self.out.data(f"{stage} | {line}")
            sys.stdout.flush()

    def tick(self) -> float | None:
        """A wait begins; in how many seconds to call again."""
        return None if self._board is None else self._board.draw()

    def ended(self, stage: str) -> None:
        if self._board is not None:
            self._board.end(stage)

    def waiting(self, stage: str, holder: str) -> None:
        self.out.note(f"Stage '{stage}' waits: {holder}")

    def draining(self, stages: Sequence[str], problem: DvcException) -> None:
        self.out.note(f"{problem.message}\nWaiting for what still runs: {', '.join(stages)}")

    def failed(self, stage: str, error: DvcException) -> None:
        self.busy = True
        del stage
        self.out.error(error.message, error.hint)

    def blocked(self, stage: str, by: str) -> None:
        self.out.note(f"Stage '{stage}' is left out: it depends on '{by}', which failed")

    def kept(self, path: str, where: str) -> None:
        self.out.warn(f"'{path}' was in no cache: what it was is now in '{where}'")

    def wrote(self, files: Sequence[str]) -> None:
        self.written += files

    def confirm(self, stage: str) -> bool:
        return self.out.confirm(f"Run stage '{stage}'?")
