"""Objects on their way from behind a URL into a folder of this machine. One gets its name, and can be used, only if it is what that says.

Small ones come whole, many at a time. Of a larger one the beginning comes so, the rest in parts, several at a time, into a
temporary file that stays when the transfer is interrupted: the next one goes on where it ends.
"""

import hashlib
import os
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

from dvc.engine.contract import Digests, Moved, Problem
from dvc.storage.contract import AccessDenied, Head, NotThere, Storage, StorageProblem
from dvc.storage.one_by_one import each
from dvc.transfer.partial import Partial
from dvc.transfer.shelf import Shelf, found_in_passing, object_path, shown
from dvc.transfer.tally import Tally

_HEADS = 24 << 20  # bytes that the beginnings of all objects on their way may take
_HEAD = 1 << 20
_PART = 4 << 20
_PARTS = 4  # of one object, at a time
_LARGE = 2  # objects that come in parts, at a time


def download(source: Shelf, folder: str, names: Digests, *, jobs: int, dir_mode: int, tally: Tally) -> Moved:
    """Bring `names`. AccessDenied ends it; any other problem leaves one object out."""
    assert source.storage is not None
    arrival = Arrival(source, source.storage, folder, dir_mode, tally)
    arrival.bring(names, jobs or source.storage.capabilities.jobs)
    return Moved(arrival.count, arrival.size, arrival.problems)


class Arrival:
    """One download: what came so far, and what could not."""

    def __init__(self, source: Shelf, storage: Storage, folder: str, dir_mode: int, tally: Tally) -> None:
        self.count = self.size = 0
        self.problems: list[Problem] = []
        self._source, self._storage = source, storage
        self._folder, self._dir_mode = folder, dir_mode
        self._tally = tally
        self._sizes: Mapping[str, int] = {}
        self._made: set[str] = set()
        self._large: list[str] = []

    def bring(self, names: Digests, jobs: int) -> None:
        os.makedirs(self._folder, exist_ok=True)
        begun = {entry for entry in os.listdir(self._folder) if entry.startswith(".")}
        self._sizes = {name: file.size for name, file in found_in_passing(self._source, names, jobs).items()}
        head = min(_HEAD, _HEADS // jobs)
        small: dict[str, str] = {}
        unknown: dict[str, str] = {}
        for name in names:
            size = self._sizes.get(name, -1)
            if size > head or (begun and Partial.name_of(name) in begun):
                self._large.append(name)
            else:
                (small if size >= 0 else unknown)[object_path(self._source, name)] = name
        if small:
            self._storage.read_all(list(small), jobs, lambda path, answer: self._took(small[path], answer))
        if unknown:
            self._storage.head_all(list(unknown), head, jobs, lambda path, answer: self._took(unknown[path], answer))
        self._bring_large(min(jobs, _PARTS))

    def _took(self, name: str, answer: bytes | Head | StorageProblem | OSError) -> None:
        try:
            if isinstance(answer, Exception):
                raise answer
            if isinstance(answer, bytes) or answer.whole:
                data = answer if isinstance(answer, bytes) else answer.data
                self._place(name, data)
                self._came(name, len(data))
                return
            with Partial(self._folder, name) as partial:
                if not partial.size:
                    partial.append(answer.data)
            self._arrived(answer.data)
            self._large.append(name)
        except (StorageProblem, OSError) as why:
            self._failed(name, why)

    def _came(self, name: str, size: int) -> None:
        self.count += 1
        self.size += size
        self._tally.add(files=1)

    def _failed(self, name: str, why: Exception) -> None:
        if isinstance(why, AccessDenied):
            raise why
        self.problems.append(problem(shown(self._source, name), why))

    def _arrived(self, data: bytes) -> None:
        self._tally.expect(len(data), whole=False)
        self._tally.add(size=len(data))

    def _place(self, name: str, data: bytes) -> None:
        self._arrived(data)
        if hashlib.md5(data, usedforsecurity=False).hexdigest() != name[:32]:
            raise self._wrong(name)
        temp = os.path.join(self._folder, f".cairn-{os.urandom(8).hex()}.tmp")  # such names are swept after a crash
        file = os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        try:
            try:
                written = 0
                while written < len(data):
                    written += os.write(file, data[written:] if written else data)
                os.chmod(temp, 0o444)
            finally:
                os.close(file)
            os.rename(temp, self._target(name))
        except BaseException:
            os.unlink(temp)
            raise

    def _target(self, name: str) -> str:
        at = os.path.join(self._folder, name[:2])
        if at not in self._made:
            if not os.path.isdir(at):
                os.makedirs(at, exist_ok=True)
                if self._dir_mode & 0o2000:
                    os.chmod(at, self._dir_mode)
            self._made.add(at)
        return os.path.join(at, name[2:])

    def _wrong(self, name: str) -> "Corrupt":
        return Corrupt(f"'{shown(self._source, name)}': its bytes are not what its name says")

    # --- large ones

    def _bring_large(self, parts: int) -> None:
        if not self._large:
            return
        with ThreadPoolExecutor(parts) as pool:

            def one(name: str) -> int:
                return self._finish(name, pool, parts)

            def take(name: str, answer: int | StorageProblem | OSError) -> None:
                if isinstance(answer, Exception):
                    self._failed(name, answer)
                else:
                    self._came(name, answer)

            try:
                each(self._large, one, _LARGE, take)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _finish(self, name: str, pool: ThreadPoolExecutor, parts: int) -> int:
        """Bring what lacks of an object; its size. Where what was begun earlier turns out wrong, all of it comes once more."""
        with Partial(self._folder, name) as partial:
            begun = partial.size
            for piece in self._pieces(name, begun, pool, parts):
                partial.append(piece)
                self._tally.add(size=len(piece))
            if partial.digest() != name[:32] and begun:
                partial.clear()
                for piece in self._pieces(name, 0, pool, parts):
                    partial.append(piece)
            if partial.digest() != name[:32]:
                partial.discard()
                raise self._wrong(name)
            partial.rename(self._target(name))
            return partial.size

    def _pieces(self, name: str, start: int, pool: ThreadPoolExecutor, parts: int) -> Iterator[bytes]:
        """The bytes from `start` on, in their order."""
        path = object_path(self._source, name)
        if not self._storage.capabilities.ranges:
            yield from self._storage.chunks(path, start)
            return
        size = self._sizes.get(name, -1)
        if size < 0:
            there = self._storage.stat(path)
            if there is None:
                raise NotThere(f"'{shown(self._source, name)}' is not there")
            size = there.size
        self._tally.expect(size - start)
        running: deque[Future[bytes]] = deque()
        for at in range(start, size, _PART):
            running.append(pool.submit(self._storage.part, path, at, min(_PART, size - at)))
            if len(running) == parts:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()


class Corrupt(StorageProblem):
    """An object is not what its name says."""

    code = "corrupt"


def problem(path: str, why: Exception) -> Problem:
    """What an exception means for one object."""
    if isinstance(why, NotThere):
        return Problem(path, "missing", why.message)
    if isinstance(why, StorageProblem):
        return Problem(path, "corrupt" if isinstance(why, Corrupt) else "io", why.message)
    return Problem(path, "io", (why.strerror if isinstance(why, OSError) else None) or str(why))
