"""The run-cache between a cache and a remote: entries are copied verbatim (docs/formats/run-cache.md), never changed."""

import os
import re
import tempfile
from collections.abc import Iterator

from dvc.transfer.shelf import Place

_ENTRY = re.compile(r"[0-9a-f]{2}/[0-9a-f]{64}/[0-9a-f]{64}")


def entries(folder: str) -> Iterator[str]:
    """`XX/K/V` of every entry below `folder`; other names are passed over."""
    for at, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = os.path.relpath(os.path.join(at, name), folder).replace(os.sep, "/")
            if _ENTRY.fullmatch(path):
                yield path


def copy(source: Place, target: Place) -> int:
    """Copy the entries that `target` lacks; returns how many. Unavailable for a storage that cannot list."""
    there = set(_entries(target))
    count = 0
    for entry in _entries(source):
        if entry in there:
            continue
        data = _read(source, entry)
        if data is None:
            continue
        if target.storage is None:
            _write(os.path.join(target.runs, entry), data)
        else:
            target.storage.put(f"{target.runs}/{entry}", data)
        count += 1
    return count


def _entries(place: Place) -> Iterator[str]:
    if place.storage is None:
        yield from entries(place.runs)
        return
    for found in place.storage.list(place.runs):
        path = found.path.removeprefix(place.runs + "/")
        if _ENTRY.fullmatch(path):
            yield path


def _read(place: Place, entry: str) -> bytes | None:
    if place.storage is not None:
        return place.storage.read(f"{place.runs}/{entry}")
    with open(os.path.join(place.runs, entry), "rb") as file:
        return file.read()


def _write(path: str, data: bytes) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(path), prefix=".tmp")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
