"""The index file of the plain engine: path -> (stat, digest). docs/formats/index.md is the spec; losing it costs a re-hash."""

import contextlib
import os
import struct
import zlib
from collections.abc import Mapping, Sequence

from dvc.engine import system
from dvc.engine.contract import Entry, Update
from dvc.engine.python_values import is_below
from dvc.exceptions import EngineProblem

_HEAD = struct.Struct("<8sIIQQI")
_HEAD_CHECK = struct.Struct("<I")
_RECORD = struct.Struct("<QIB3xQqQ16s")
_MAGIC, _VERSION = b"CAIRNIDX", 1
_ALGORITHMS = {"md5": 1, "md5-dos2unix": 2}
_NUMBERS = {number: algorithm for algorithm, number in _ALGORITHMS.items()}

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
        name = path.encode("utf-8", "surrogatepass")
        rows.append(_RECORD.pack(offset, len(name), _ALGORITHMS[algorithm], size, mtime, inode, bytes.fromhex(digest)))
        names.append(name)
        offset += len(name)
    body = b"".join(rows + names)
    head = _HEAD.pack(_MAGIC, _VERSION, 0, len(rows), offset, zlib.crc32(body))
    return head + _HEAD_CHECK.pack(zlib.crc32(head)) + body


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
    magic, version, _, count, length, check = _HEAD.unpack_from(data)
    body = data[_HEAD.size + _HEAD_CHECK.size :]
    if magic != _MAGIC or version != _VERSION or len(body) != count * _RECORD.size + length:
        raise ValueError("not an index")
    if _HEAD_CHECK.unpack_from(data, _HEAD.size)[0] != zlib.crc32(data[: _HEAD.size]) or check != zlib.crc32(body):
        raise ValueError("damaged")
    names = body[count * _RECORD.size :]
    records: dict[str, Record] = {}
    for row in _RECORD.iter_unpack(body[: count * _RECORD.size]):
        offset, size_of_name, algorithm, size, mtime, inode, digest = row
        if offset + size_of_name > length or algorithm not in _NUMBERS:
            raise ValueError("a record that cannot be")
        name = names[offset : offset + size_of_name].decode("utf-8", "surrogatepass")
        records[name] = (size, mtime, inode, _NUMBERS[algorithm], digest.hex())
    return records
