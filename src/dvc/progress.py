"""The observer that long work reports to. The shells draw it; the null form is silent."""

from collections.abc import Callable
from typing import Protocol


class Task(Protocol):
    """One piece of long work. Used as a context manager; leaving it ends the display."""

    def __enter__(self) -> "Task": ...
    def __exit__(self, *exc: object) -> None: ...
    def advance(self, files: int = 0, size: int = 0) -> None:
        """`files` more files and `size` more bytes are done."""

    def watch(self, read: Callable[[], tuple[int, ...]]) -> None:
        """Ask `read` for (files, bytes done so far) whenever the display is drawn, from another thread. A third number, unless it
        is 0, is the bytes in all as they are now known."""


class Progress(Protocol):
    def task(self, name: str, files: int | None = None, size: int | None = None) -> Task:
        """Begin work called `name` of `files` files and `size` bytes in all, where known."""


class _Silence:
    def __enter__(self) -> "_Silence":
        return self

    def __exit__(self, *exc: object) -> None:
        return None

    def advance(self, files: int = 0, size: int = 0) -> None:
        return None

    def watch(self, read: Callable[[], tuple[int, ...]]) -> None:
        return None


class NullProgress:
    """Reports nothing: the default of every use case."""

    def task(self, name: str, files: int | None = None, size: int | None = None) -> Task:
        return _Silence()
