"""The plain engine: the contract in obvious, slow Python. The oracle of the property tests, and what runs where no
compiled engine could be built. It is never made clever.
"""

from collections.abc import Sequence

from dvc.engine import python_values
from dvc.engine.python_index import load_index
from dvc.engine.python_looks import clock, hash, scan, stat  # noqa: A004 - the contract's word
from dvc.engine.python_moves import copy, remove, sweep, sync
from dvc.engine.python_objects import exists, objects, put, read, store, verify
from dvc.engine.python_place import detach, discard, place
from dvc.engine.python_values import manifest, parse_manifest

__all__ = [
    "clock",
    "copy",
    "counters",
    "detach",
    "digests",
    "discard",
    "empty_listing",
    "exists",
    "hash",
    "load_index",
    "manifest",
    "name",
    "objects",
    "parse_manifest",
    "place",
    "put",
    "read",
    "remove",
    "scan",
    "stat",
    "store",
    "sweep",
    "sync",
    "verify",
]

name = "python"


def counters() -> python_values.Counters:
    return python_values.Counters()


def digests(names: Sequence[str]) -> python_values.Digests:
    return python_values.Digests(python_values.checked_name(n) for n in names)


def empty_listing() -> python_values.Listing:
    return python_values.Listing(())
