"""Runs the commands of several stages at once: one loop in one thread, output in whole lines, each stage's commands in a row.

`shell` starts and ends processes; this waits for all of them together.
"""

import contextlib
import os
import selectors
import subprocess
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from dvc.exceptions import DvcException
from dvc.pipeline import shell
from dvc.pipeline.signals import Signals
from dvc.values import dataclass, field

_CHUNK = 1 << 16
_POLL = 0.02  # seconds, where the system does not tell when a process ends

Stream = Literal["out", "err"]


@dataclass(frozen=True, slots=True)
class Ended:
    """All commands of a stage ran, or one failed with `error`."""

    key: str
    error: DvcException | None


@dataclass(slots=True)
class _Pipe:
    """What a command writes, up to now without the line feed that makes it a line."""

    key: str
    stream: Stream
    descriptor: int
    rest: bytes = b""


@dataclass(slots=True)
class _Row:
    """The commands of one stage; `process` runs the first of `left`."""

    key: str
    place: shell.Place
    left: list[str]
    process: "subprocess.Popen[bytes]"
    pidfd: int | None
    pipes: list[_Pipe] = field(default_factory=list)


class Commands:
    """`announce` is told each command before it starts, `output` each line that one writes. Use as a context: whatever ends the
    block early, a signal among it, ends all commands."""

    def __init__(self, announce: Callable[[str, str], None], output: Callable[[str, Stream, str], None]) -> None:
        self._announce = announce
        self._output = output
        self._signals = Signals()
        self._rows: dict[str, _Row] = {}
        self._selector = selectors.DefaultSelector()
        self._polls = not hasattr(os, "pidfd_open")

    def __enter__(self) -> "Commands":
        self._signals.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        try:
            if self._rows:
                shell.end([row.process for row in self._rows.values()], own_group=True)
            self._read(0)
        finally:
            for key in list(self._selector.get_map().values()):
                if isinstance(key.data, _Pipe):
                    self._close(key.data)
            self._selector.close()
            self._signals.__exit__(kind, error, None)

    def __len__(self) -> int:
        return len(self._rows)

    def start(self, key: str, commands: Sequence[str], place: shell.Place) -> None:
        """Begin with the first of `commands` (there is one). Raises DvcException where it cannot be started."""
        self._begin(key, list(commands), place)

    def wait(self, seconds: float | None) -> Iterator[Ended]:
        """Wait until something happens, for so long at most; the stages whose commands are over."""
        if self._polls:
            seconds = _POLL if seconds is None else min(seconds, _POLL)
        self._read(seconds)
        for row in list(self._rows.values()):
            status = row.process.poll()
            if status is not None:
                yield from self._over(row, status)

    def _begin(self, key: str, left: list[str], place: shell.Place) -> None:
        self._announce(key, left[0])
        with self._signals.held():
            process = shell.start(left[0], place, own_group=True, piped=True)
            self._rows[key] = row = _Row(key, place, left, process, self._pidfd(process))
        streams: tuple[tuple[Stream, object], ...] = (("out", process.stdout), ("err", process.stderr))
        for stream, file in streams:
            # A descriptor of our own: the process object closes its file when it goes.
            pipe = _Pipe(key, stream, os.dup(file.fileno()))  # type: ignore[attr-defined]  # `piped`: both are files
            file.close()  # type: ignore[attr-defined]  # as above
            os.set_blocking(pipe.descriptor, False)
            self._selector.register(pipe.descriptor, selectors.EVENT_READ, pipe)
            row.pipes.append(pipe)

    def _pidfd(self, process: "subprocess.Popen[bytes]") -> int | None:
        """Have the selector wake up when the process ends."""
        if self._polls:
            return None
        try:
            descriptor = os.pidfd_open(process.pid)
        except OSError:
            self._polls = True
            return None
        self._selector.register(descriptor, selectors.EVENT_READ, None)
        return descriptor

    def _over(self, row: _Row, status: int) -> Iterator[Ended]:
        del self._rows[row.key]
        if row.pidfd is not None:
            self._selector.unregister(row.pidfd)
            os.close(row.pidfd)
        for pipe in row.pipes:
            self._drain(pipe)
        command, *left = row.left
        if status:
            yield Ended(row.key, shell.CommandFailed(command, status))
        elif not left:
            yield Ended(row.key, None)
        else:
            try:
                self._begin(row.key, left, row.place)
            except DvcException as error:
                yield Ended(row.key, error)

    # --- output

    def _read(self, seconds: float | None) -> None:
        for key, _ in self._selector.select(seconds):
            if isinstance(key.data, _Pipe):
                self._take(key.data)

    def _take(self, pipe: _Pipe) -> bool:
        """Read once; False where there is no more for now, or ever."""
        try:
            data = os.read(pipe.descriptor, _CHUNK)
        except BlockingIOError:
            return False
        if not data:
            self._say_rest(pipe)
            self._close(pipe)
            return False
        *lines, pipe.rest = (pipe.rest + data).split(b"\n")
        for line in lines:
            self._output(pipe.key, pipe.stream, _text(line))
        if len(pipe.rest) > _CHUNK:
            self._say_rest(pipe)
        return True

    def _drain(self, pipe: _Pipe) -> None:
        """Read what a command that has ended wrote. What it left running in the background may go on writing."""
        while pipe.descriptor >= 0 and self._take(pipe):
            pass
        self._say_rest(pipe)

    def _say_rest(self, pipe: _Pipe) -> None:
        line, pipe.rest = pipe.rest, b""
        if line:
            self._output(pipe.key, pipe.stream, _text(line))

    def _close(self, pipe: _Pipe) -> None:
        if pipe.descriptor >= 0:
            with contextlib.suppress(KeyError, ValueError):
                self._selector.unregister(pipe.descriptor)
            os.close(pipe.descriptor)
            pipe.descriptor = -1


def _text(line: bytes) -> str:
    """As a terminal would leave it: of what a carriage return overwrites, the last."""
    shown = line.rstrip(b"\r").rpartition(b"\r")[2]
    return shown.decode("utf-8", "surrogateescape")
