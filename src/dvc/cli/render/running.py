"""The live table of stages that run at once: a block below all other output, wiped before anything else is written."""

import time
import unicodedata
from collections.abc import Callable
from typing import TextIO

_EVERY = 0.2  # seconds
_NAME = 30  # columns of a stage's name at most


class Board:
    """Draws on a terminal. `width` gives its columns now."""

    def __init__(self, stream: TextIO, width: Callable[[], int], clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._width = width
        self._clock = clock
        self._running: dict[str, tuple[float, str]] = {}
        self._drawn = 0

    def begin(self, stage: str) -> None:
        self._running.setdefault(stage, (self._clock(), ""))

    def wrote(self, stage: str, line: str) -> None:
        """The last line of a stage stands beside its name."""
        if stage in self._running and line.strip():
            self._running[stage] = (self._running[stage][0], line.strip())

    def end(self, stage: str) -> None:
        self.wipe()
        self._running.pop(stage, None)

    def draw(self) -> float:
        """Draw the table as it is now; in how many seconds to draw it again."""
        self.wipe()
        if self._running:
            lines = self.lines()
            self._put("".join(f"{line}\n" for line in lines))
            self._drawn = len(lines)
        return _EVERY

    def lines(self) -> list[str]:
        now = self._clock()
        name = min(_NAME, max(map(_columns, self._running), default=0))
        width = max(self._width() - 1, 20)
        return [_cut(f"{_filled(stage, name)} {_spent(now - began):>8}  {said}", width) for stage, (began, said) in self._running.items()]

    def wipe(self) -> None:
        """Take the table away. Whoever writes to the terminal calls this first."""
        if self._drawn:
            self._put(f"\x1b[{self._drawn}A\x1b[J")
            self._drawn = 0

    def _put(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):  # the terminal is gone: the run goes on
            self._running.clear()


def _columns(text: str) -> int:
    return sum(_wide(char) for char in text)


def _wide(char: str) -> int:
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _cut(text: str, width: int) -> str:
    """What fits, of printable characters: a line that wraps could not be wiped."""
    shown, used = [], 0
    for char in text:
        if not char.isprintable():
            continue
        used += _wide(char)
        if used > width:
            break
        shown.append(char)
    return "".join(shown)


def _filled(text: str, width: int) -> str:
    cut = _cut(text, width)
    return cut + " " * (width - _columns(cut))


def _spent(seconds: float) -> str:
    whole = int(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}" if whole >= 3600 else f"{whole // 60}:{whole % 60:02d}"
