"""Run-cache entries: what a stage once made from what. Owns their keys and their text.

Implements docs/formats/runcache.md. Both keys are part of the format: teams share entries between tools.
"""

from dvc.formats import cjson, lock
from dvc.formats.emit import dump
from dvc.formats.lock import LockEntry

_UNCOUNTED = frozenset(("size", "nfiles"))


def keys(entry: LockEntry) -> tuple[str, str]:
    """(K, V): K names command, dependencies, parameters and the paths of the outputs; V their contents too.

    A parameter called `size` or `nfiles` is in neither: compare `params` before an entry is used.
    """
    import hashlib

    value = lock.entry_value(entry)
    inputs = dict(value)
    if "outs" in value:
        inputs["outs"] = [item.path for item in sorted(entry.outs, key=lambda item: item.path)]
    k, v = (hashlib.sha256(cjson.text(cjson.without(x, _UNCOUNTED)).encode()).hexdigest() for x in (inputs, value))
    return k, v


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
