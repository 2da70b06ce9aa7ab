"""Objects on their way from a folder of this machine to behind a URL. A storage shows one under its name only when it is whole.

Small ones go many at a time. Larger ones go in parts where the kind can; what of them arrived before an interruption is not sent again.
"""

import os

from dvc.engine.contract import Digests, Moved, Problem
from dvc.storage.contract import AccessDenied, Sending, Storage, StorageProblem
from dvc.storage.one_by_one import each
from dvc.transfer.arriving import problem
from dvc.transfer.shelf import Shelf, object_path, shown
from dvc.transfer.tally import Tally

_MEMORY = 32 << 20  # bytes that all objects on their way may take
_MIDDLE = 2 << 20
_WHOLE = 8 << 20  # up to this size an object is sent whole
_LARGE = 2  # larger ones at a time


def upload(source: Shelf, target: Shelf, names: Digests, *, jobs: int, notes: str, tally: Tally) -> Moved:
    """Send `names`. AccessDenied ends it; any other problem leaves one object out."""
    assert target.storage is not None
    departure = Departure(source, target, target.storage, notes, tally)
    departure.send(names, jobs or target.storage.capabilities.jobs)
    return Moved(departure.count, departure.size, departure.problems)


class Departure:
    """One upload: what went so far, and what could not."""

    def __init__(self, source: Shelf, target: Shelf, storage: Storage, notes: str, tally: Tally) -> None:
        self.count = self.size = 0
        self.problems: list[Problem] = []
        self._source, self._target, self._storage = source, target, storage
        self._notes = notes
        self._tally = tally

    def send(self, names: Digests, jobs: int) -> None:
        # So many at a time as fit into memory: with small files `jobs`, with large ones a few.
        classes: dict[int, list[tuple[str, str]]] = {_MEMORY // jobs: [], _MIDDLE: [], _WHOLE: [], -1: []}
        self._names: dict[tuple[str, str], str] = {}
        for name in names:
            file = (object_path(self._source, name), object_path(self._target, name))
            self._names[file] = name
            try:
                size = os.stat(file[0]).st_size
            except OSError as why:
                self._took(file, why)
                continue
            self._tally.expect(size)
            classes[next((most for most in classes if size <= most), -1)].append(file)
        for most, files in classes.items():
            if files and most >= 0:
                self._storage.upload_all(files, max(min(jobs, _MEMORY // max(most, 1)), 1), self._took)
            elif files:
                each(files, self._send_large, min(jobs, _LARGE), self._took)

    def _send_large(self, file: tuple[str, str]) -> int:
        self._storage.upload(*file, Sending(self._names[file], self._notes, self._tally.moved))
        return 0

    def _took(self, file: tuple[str, str], answer: int | StorageProblem | OSError) -> None:
        if isinstance(answer, AccessDenied):
            raise answer
        if isinstance(answer, Exception):
            self.problems.append(problem(shown(self._target, self._names[file]), answer))
            return
        self.count += 1
        self.size += os.stat(file[0]).st_size
        self._tally.add(files=1, size=answer)
