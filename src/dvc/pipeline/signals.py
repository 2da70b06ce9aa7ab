"""Owns what a signal means while commands run: it ends them before it ends us."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any

_WATCHED = [number for name in ("SIGINT", "SIGTERM", "SIGHUP") if (number := getattr(signal, name, None)) is not None]


class Terminated(BaseException):
    """A signal other than Ctrl-C came; `passed_on` lets it end us once the commands have ended and all is in order."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class Signals:
    """Inside, a signal that would end us is an exception: KeyboardInterrupt or Terminated. Whoever catches it ends the commands.

    One that is ignored (Ctrl-C, for a background job of a script) stays so, for the commands as well. Elsewhere than in the
    main thread nothing happens.
    """

    def __init__(self) -> None:
        self._before: dict[int, Callable[[int, FrameType | None], Any] | int | None] = {}
        self._held = False
        self._noted: int | None = None

    def __enter__(self) -> "Signals":
        if threading.current_thread() is threading.main_thread():
            watched = [number for number in _WATCHED if signal.getsignal(number) not in (signal.SIG_IGN, None)]
            self._before = {number: signal.signal(number, self._take) for number in watched}
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Signals are only noted in the block, and raised at its end: one that came while a command was being started would
        leave it running with nobody to end it."""
        self._held = True
        try:
            yield
        finally:
            self._held = False
        if self._noted is not None:
            self._raise()

    def _take(self, number: int, _frame: FrameType | None) -> None:
        self._noted = number
        if not self._held:
            self._raise()

    def _raise(self) -> None:
        number, self._noted = self._noted, None
        raise KeyboardInterrupt if number == signal.SIGINT else Terminated(number or signal.SIGTERM)


@contextmanager
def passed_on() -> Iterator[None]:
    """A Terminated that leaves the block ends this process, as the signal would have."""
    try:
        yield
    except Terminated as error:
        os.kill(os.getpid(), error.number)
        raise


def name_of(status: int) -> str:
    """` (SIGKILL)` for the status of a process that a signal ended."""
    if status >= 0:
        return ""
    try:
        return f" ({signal.Signals(-status).name})"
    except ValueError:
        return ""
