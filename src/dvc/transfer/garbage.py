"""Collecting garbage in a cache or a remote: which objects go (plan), and their removal (apply).

Both cache layouts are looked at (docs/formats/cache.md). Run-cache entries and whatever is no object stay. Must run under the
exclusive lock of the folder: whoever adds objects holds it shared.
"""

import os
from collections.abc import Mapping

from dvc import engine
from dvc.engine.contract import Digests, Problem
from dvc.model.hashes import MD5, MD5_DOS2UNIX, Algorithm
from dvc.transfer.moving import remove
from dvc.transfer.shelf import Place, Shelf, shelf, sizes_of
from dvc.transfer.tally import Tally
from dvc.values import dataclass

ALGORITHMS = (MD5, MD5_DOS2UNIX)


@dataclass(frozen=True, slots=True)
class Garbage:
    """What goes from one object folder, and how many objects stay there."""

    algorithm: Algorithm
    shelf: Shelf
    names: Digests
    kept: int
    size: int


@dataclass(frozen=True, slots=True)
class GcPlan:
    folders: tuple[Garbage, ...]

    @property
    def count(self) -> int:
        return sum(len(folder.names) for folder in self.folders)

    @property
    def size(self) -> int:
        return sum(folder.size for folder in self.folders)


@dataclass(frozen=True, slots=True)
class GcResult:
    """How many objects of how many bytes are gone; `problems` are those that could not be removed."""

    count: int
    size: int
    problems: tuple[Problem, ...]


def decide(there: Digests, used: Digests, on_remote: Digests | None = None) -> Digests:
    """Which of `there` go. With `on_remote` (--not-in-remote) used ones go as well when a remote holds them."""
    return there - (used if on_remote is None else used - on_remote)


def plan(place: Place, used: Mapping[Algorithm, Digests], on_remote: Mapping[Algorithm, Digests] | None = None) -> GcPlan:
    """Look at the objects of `place` and decide. What `used` has under no algorithm goes."""
    nothing = engine.digests([])
    folders = []
    for algorithm in ALGORITHMS:
        on = shelf(place, algorithm)
        sizes = sizes_of(on)
        there = engine.digests(list(sizes)) if sizes is not None else engine.objects(on.folder)
        held = None if on_remote is None else on_remote.get(algorithm, nothing)
        names = decide(there, used.get(algorithm, nothing), held)
        folders.append(Garbage(algorithm, on, names, len(there) - len(names), _size(on, names, sizes)))
    return GcPlan(tuple(folders))


def _size(on: Shelf, names: Digests, sizes: Mapping[str, int] | None) -> int:
    """Bytes of `names`: by their stat, without reading the ones whose mode is odd, or as a listing has them."""
    if sizes is not None:
        return sum(max(sizes[name], 0) for name in names)
    total = 0
    for name in names:
        try:
            total += os.stat(os.path.join(on.folder, name[:2], name[2:])).st_size
        except OSError:
            continue
    return total


def apply(plan: GcPlan, *, tally: Tally | None = None) -> GcResult:
    """Remove: `.dir` objects before the files they name, so that being stopped leaves no `.dir` object without its files."""
    count = size = 0
    problems: list[Problem] = []
    for folder in plan.folders:
        for names in (folder.names.trees(), folder.names.files()):
            if len(names):
                gone = remove(folder.shelf, names, tally=tally)
                count += gone.count
                size += gone.size
                problems += gone.problems
        if folder.shelf.storage is None:
            engine.sweep(folder.shelf.folder)
    return GcResult(count, size, tuple(problems))
