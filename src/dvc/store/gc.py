"""Collecting garbage in a folder with objects: which objects go (plan), and their removal (apply).

Both cache layouts are looked at (docs/formats/cache.md). Run-cache entries and whatever is no object stay. Must run under the
exclusive lock of the folder: whoever adds objects holds it shared.
"""

import os
from collections.abc import Mapping
from typing import Protocol

from dvc import engine
from dvc.engine.contract import Counters, Digests, Problem
from dvc.model.hashes import MD5, MD5_DOS2UNIX, Algorithm
from dvc.values import dataclass

ALGORITHMS = (MD5, MD5_DOS2UNIX)


class Objects(Protocol):
    """A cache or a remote: it says which folder holds the objects of an algorithm."""

    def folder(self, algorithm: Algorithm) -> str: ...


@dataclass(frozen=True, slots=True)
class Garbage:
    """What goes from one object folder, and how many objects stay there."""

    algorithm: Algorithm
    folder: str
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


def plan(store: Objects, used: Mapping[Algorithm, Digests], on_remote: Mapping[Algorithm, Digests] | None = None) -> GcPlan:
    """Look at the objects of `store` and decide. What `used` has under no algorithm goes."""
    nothing = engine.digests([])
    folders = []
    for algorithm in ALGORITHMS:
        folder = store.folder(algorithm)
        there = engine.objects(folder)
        held = None if on_remote is None else on_remote.get(algorithm, nothing)
        names = decide(there, used.get(algorithm, nothing), held)
        folders.append(Garbage(algorithm, folder, names, len(there) - len(names), _size(folder, names)))
    return GcPlan(tuple(folders))


def _size(folder: str, names: Digests) -> int:
    """Bytes of `names`: by their stat, without reading the ones whose mode is odd."""
    total = 0
    for name in names:
        try:
            total += os.stat(os.path.join(folder, name[:2], name[2:])).st_size
        except OSError:
            continue
    return total


def apply(plan: GcPlan, *, counters: Counters | None = None) -> GcResult:
    """Remove: `.dir` objects before the files they name, so that being stopped leaves no `.dir` object without its files."""
    count = size = 0
    problems: list[Problem] = []
    for folder in plan.folders:
        for names in (folder.names.trees(), folder.names.files()):
            if len(names):
                gone = engine.remove(folder.folder, names, counters=counters)
                count += gone.count
                size += gone.size
                problems += gone.problems
        engine.sweep(folder.folder)
    return GcResult(count, size, tuple(problems))
