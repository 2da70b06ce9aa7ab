"""The calls of `contract.Storage` on many files, made of those on one: for kinds whose library has no quicker way.

One call runs in each thread; the caller's thread alone takes the answers.
"""

import queue
import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

from dvc.storage.contract import AccessDenied, Found, Head, Storage, StorageProblem, Take

A = TypeVar("A")
R = TypeVar("R")
_END = object()


class OneByOne(Storage):
    """See `contract.Storage`. For kinds that have `stat`, `chunks`, `upload` and `remove`."""

    def part(self, path: str, start: int, size: int) -> bytes:
        pieces = []
        lacking = size
        for piece in self.chunks(path, start):
            pieces.append(piece[:lacking])
            lacking -= len(pieces[-1])
            if not lacking:
                return b"".join(pieces)
        raise StorageProblem(f"'{self.url}/{path}' ended early: {lacking} of {size} bytes did not come", hint="run the command again")

    def stat_all(self, paths: Sequence[str], jobs: int, take: Take[str, Found | None]) -> None:
        each(paths, self.stat, jobs, take)

    def head_all(self, paths: Sequence[str], most: int, jobs: int, take: Take[str, Head]) -> None:
        def head(path: str) -> Head:
            data = b""
            for piece in self.chunks(path):
                data += piece
                if len(data) > most:
                    return Head(data[:most], whole=False)
            return Head(data, whole=True)

        each(paths, head, jobs, take)

    def read_all(self, paths: Sequence[str], jobs: int, take: Take[str, bytes]) -> None:
        each(paths, lambda path: b"".join(self.chunks(path)), jobs, take)

    def upload_all(self, files: Sequence[tuple[str, str]], jobs: int, take: Take[tuple[str, str], int]) -> None:
        each(files, lambda file: self.upload(*file), jobs, take)

    def remove_all(self, paths: Sequence[str], jobs: int, take: Take[str, None]) -> None:
        each(paths, self.remove, jobs, take)


def each(asked: Sequence[A], ask: Callable[[A], R], jobs: int, take: Take[A, R]) -> None:
    """`ask` of each, up to `jobs` at a time. What `ask` or `take` raise otherwise ends it; nothing new is begun then, and nobody waited for."""
    waiting = iter(asked)
    guard = threading.Lock()
    stop = threading.Event()
    answers: queue.Queue[tuple[A, R | BaseException]] = queue.Queue(jobs)

    def work() -> None:
        while not stop.is_set():
            with guard:
                one = next(waiting, _END)
            if one is _END:
                return
            answers.put((one, _answer(ask, one)))  # type: ignore[arg-type]  # no `_END`, thus one of `asked`

    for _ in range(min(jobs, len(asked))):
        threading.Thread(target=work, daemon=True).start()
    try:
        for _ in range(len(asked)):
            one, answer = answers.get()
            if isinstance(answer, AccessDenied) or (
                isinstance(answer, BaseException) and not isinstance(answer, (StorageProblem, OSError))
            ):
                raise answer
            take(one, answer)
    finally:
        stop.set()
        while not answers.empty():  # room for those that are still at work: one answer each
            answers.get_nowait()


def _answer(ask: Callable[[A], R], one: A) -> R | BaseException:
    try:
        return ask(one)
    except BaseException as why:  # noqa: BLE001 - goes to the caller's thread
        return why
