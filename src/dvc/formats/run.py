"""Run-cache entries: what a stage once made from what. Owns their keys and their text.

Implements docs/formats/runcache.md. Both keys are part of the format: teams share entries between tools.
"""

from collections.abc import Mapping

from dvc.formats import cjson, lock
from dvc.formats.emit import dump
from dvc.formats.lock import LockEntry

_UNCOUNTED = frozenset(("size", "nfiles"))


def key(entry: LockEntry) -> str:
    """K of `keys` alone."""
    return _hashed(_inputs(entry, lock.entry_value(entry)))


def keys(entry: LockEntry) -> tuple[str, str]:
    """(K, V): K names command, dependencies, parameters and the paths of the outputs; V their contents too.

    A parameter called `size` or `nfiles` is in neither: compare `params` before an entry is used.
    """
    value = lock.entry_value(entry)
    return _hashed(_inputs(entry, value)), _hashed(value)


def _inputs(entry: LockEntry, value: Mapping[str, object]) -> Mapping[str, object]:
    return {**value, "outs": sorted(item.path for item in entry.outs)} if "outs" in value else value


def _hashed(value: object) -> str:
    import hashlib

    return hashlib.sha256(cjson.text(cjson.without(value, _UNCOUNTED)).encode()).hexdigest()


def path(key: str, value_key: str = "") -> str:
    """Where the entry lies below the cache's folder; without `value_key` the folder of all entries of `key`."""
    folder = f"runs/{key[:2]}/{key}"
    return f"{folder}/{value_key}" if value_key else folder


def read(text: str, name: str) -> LockEntry:
    """Raises FormatProblem for a damaged entry: it is to be deleted with a warning."""
    return lock.read_entry(text, name)


def write(entry: LockEntry) -> str:
    """The entry's text: as in dvc.lock, sizes included, without lists of `files`."""
    return dump(lock.entry_value(entry))
