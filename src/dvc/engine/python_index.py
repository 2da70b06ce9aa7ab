"""The index file of the plain engine: path -> (stat, digest). docs/formats/index.md is the spec; losing it costs a re-hash."""

import contextlib
import os
import struct
from collections.abc import Mapping, Sequence

from dvc.engine import system
from dvc.engine.contract import Entry, Update
from dvc.engine.python_values import is_below
from dvc.exceptions import EngineProblem

_MAGIC = b"CAIRNIDX"
_VERSION = 1
_HEAD = struct.Struct("<8sIQQ")
_RECORD = struct.Struct("<QIQqQB16s")
_ALGORITHMS = ("md5", "md5-dos2unix")

_SECOND = 1_000_000_000
_FINE_GRAIN = 20_000_000

Record = tuple[int, int, int, str, str]


class Index:
    def __init__(self, records: Mapping[str, Record]) -> None:
        self._records = records

    def __len__(self) -> int:
        return len(self._records)

    def get(self, path: str) -> Record | None:
        return self._records.get(path)

    def save(self, path: str, updates: Sequence[Update]) -> None:
        records = dict(self._records)
        for update in updates:
            _apply(records, update)
        try:
            _write(path, _pack(records))
        except OSError as error:
            found = system.problem(path, error, writing=True)
            raise EngineProblem(found.code, path, found.message) from None


def _apply(records: dict[str, Record], update: Update) -> None:
    if update.algorithm not in _ALGORITHMS:
        raise ValueError(f"unknown algorithm {update.algorithm!r}")
    if update.whole:
        for path in [p for p in records if is_below(p, update.prefix)]:
            del records[path]
    for row in update.listing:
        if row.kind != "file" or row.digest is None:
            continue
        key = f"{update.prefix}/{row.path}" if update.prefix else row.path
        if _settled(row, update.clock):
            records[key] = (row.size, row.mtime, row.inode, update.algorithm, row.digest)
        else:
            records.pop(key, None)


def _settled(row: Entry, clock: int) -> bool:
    """Whether a change after the look would show in the file's mtime."""
    grain = 2 * _SECOND if row.mtime % _SECOND == 0 else _FINE_GRAIN
    return clock != 0 and row.mtime < clock - grain


def _pack(records: Mapping[str, Record]) -> bytes:
    names, rows, offset = [], [], 0
    for path, (size, mtime, inode, algorithm, digest) in sorted(records.items()):
        name = os.fsencode(path)
        rows.append(_RECORD.pack(offset, len(name), size, mtime, inode, _ALGORITHMS.index(algorithm), bytes.fromhex(digest)))
        names.append(name)
        offset += len(name)
    return b"".join([_HEAD.pack(_MAGIC, _VERSION, len(rows), offset), *rows, *names])


def _write(path: str, data: bytes) -> None:
    folder = os.path.dirname(path) or "."
    os.makedirs(folder, exist_ok=True)
    temp = os.path.join(folder, system.temp_name())
    fd = system.create(temp)
    try:
        try:
            system.write_all(fd, data)
        finally:
            os.close(fd)
        os.replace(temp, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temp)
        raise


def load_index(path: str) -> Index:
    try:
        with open(path, "rb") as file:
            return Index(_unpack(file.read()))
    except (OSError, ValueError, struct.error):
        return Index({})


def _unpack(data: bytes) -> dict[str, Record]:
    """ValueError or struct.error for what is not ours, or not whole."""
    magic, version, count, length = _HEAD.unpack_from(data)
    start = _HEAD.size + count * _RECORD.size
    if magic != _MAGIC or version != _VERSION or len(data) != start + length:
        raise ValueError("not an index")
    records: dict[str, Record] = {}
    for row in _RECORD.iter_unpack(data[_HEAD.size : start]):
        offset, size_of_name, size, mtime, inode, algorithm, digest = row
        if offset + size_of_name > length or algorithm >= len(_ALGORITHMS):
            raise ValueError("a record points outside of the file")
        name = os.fsdecode(data[start + offset : start + offset + size_of_name])
        records[name] = (size, mtime, inode, _ALGORITHMS[algorithm], digest.hex())
    return records
