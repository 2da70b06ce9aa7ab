"""The terminal's progress display: one line on standard error, drawn from half a second on, wiped when the work ends."""

import threading
import time
from collections.abc import Callable
from typing import TextIO

from dvc.progress import Task

_DELAY = 0.5  # seconds of silence: most work is over by then
_EVERY = 0.1
_WIPE = "\r\x1b[K"


class TerminalProgress:
    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def task(self, name: str, files: int | None = None, size: int | None = None) -> Task:
        return _Line(self._stream, name, files, size)


class _Line:
    def __init__(self, stream: TextIO, name: str, files: int | None, size: int | None) -> None:
        self._stream = stream
        self._name = name
        self._files, self._size = files, size
        self._done = [0, 0]
        self._read: Callable[[], tuple[int, ...]] | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._drawn = False
        self._began = 0.0

    def __enter__(self) -> "_Line":
        self._began = time.monotonic()
        self._thread = threading.Thread(target=self._draw, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop.set()
        if self._thread:
            self._thread.join()
        if self._drawn:
            self._put(_WIPE)

    def advance(self, files: int = 0, size: int = 0) -> None:
        self._done[0] += files
        self._done[1] += size

    def watch(self, read: Callable[[], tuple[int, ...]]) -> None:
        self._read = read

    def _draw(self) -> None:
        if self._stop.wait(_DELAY):
            return
        while True:
            files, size, *known = self._read() if self._read else self._done
            of_size = (known and known[0]) or self._size
            self._drawn = True
            self._put(_WIPE + line(self._name, files, self._files, size, of_size, time.monotonic() - self._began))
            if self._stop.wait(_EVERY):
                return

    def _put(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            self._stop.set()


def line(name: str, files: int, of_files: int | None, size: int, of_size: int | None, seconds: float) -> str:
    """What the display says: name, files, bytes, rate and the time still to go, as far as they are known."""
    parts = [name]
    if files or of_files:
        parts.append(f"{files:,}" + (f" of {of_files:,}" if of_files else "") + " files")
    if size:
        parts.append(human(size) + (f" of {human(of_size)}" if of_size else ""))
        parts.append(f"{human(int(size / max(seconds, 0.001)))}/s")
    share = size / of_size if of_size and size else files / of_files if of_files and files else 0.0
    if 0.0 < share < 1.0:
        parts.append(f"{_clock(seconds / share - seconds)} left")
    return "  ".join(parts)


def human(size: int) -> str:
    """A size with a binary unit: `1.5M`."""
    value = float(size)
    for unit in ("", "k", "M", "G", "T"):
        if value < 1024 or unit == "T":
            return f"{value:.0f}{unit or 'B'}" if not unit or value >= 100 else f"{value:.1f}{unit}"
        value /= 1024
    raise AssertionError


def _clock(seconds: float) -> str:
    whole = int(seconds + 0.5)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}" if whole >= 3600 else f"{whole // 60}:{whole % 60:02d}"
