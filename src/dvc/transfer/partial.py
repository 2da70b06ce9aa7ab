"""A large object that has come in part: a temporary file that a later process goes on with. Named after the object, so that it is found.

`gc` sweeps such files, as all that killed processes leave. One process at a time has it: another one that wants the same object
works in a file of its own.
"""

import hashlib
import os
from typing import TYPE_CHECKING

try:
    import fcntl
except ImportError:  # no such locks on this system: then no file is shared, and nothing is continued
    if not TYPE_CHECKING:
        fcntl = None

_BLOCK = 1 << 20


class Partial:
    """Opened with what is already there of it, hashed; closed, it stays unless it was renamed or discarded, or holds nothing."""

    def __init__(self, folder: str, name: str) -> None:
        self._path, self._file = _opened(os.path.join(folder, self.name_of(name)), folder)
        self._digest = hashlib.md5(usedforsecurity=False)
        self._kept = self._path.endswith(self.name_of(name))
        self.size = 0
        while piece := os.read(self._file, _BLOCK):
            self._digest.update(piece)
            self.size += len(piece)

    @staticmethod
    def name_of(name: str) -> str:
        """The name of the file for the object `name`: of a form that is swept (docs/formats/objects.md)."""
        return f".cairn-{name[:16]}.tmp"

    def __enter__(self) -> "Partial":
        return self

    def __exit__(self, *_: object) -> None:
        if self._file < 0:
            return
        if not self.size or not self._kept:
            self.discard()
        else:
            os.close(self._file)
            self._file = -1

    def append(self, data: bytes) -> None:
        at = 0
        while at < len(data):
            at += os.write(self._file, data[at:] if at else data)
        self._digest.update(data)
        self.size += len(data)

    def digest(self) -> str:
        return self._digest.hexdigest()

    def clear(self) -> None:
        """Begin anew."""
        os.truncate(self._file, 0)
        os.lseek(self._file, 0, os.SEEK_SET)
        self._digest = hashlib.md5(usedforsecurity=False)
        self.size = 0

    def rename(self, target: str) -> None:
        """It is whole and right."""
        os.chmod(self._path, 0o444)
        os.close(self._file)
        self._file = -1
        os.rename(self._path, target)

    def discard(self) -> None:
        os.close(self._file)
        self._file = -1
        os.unlink(self._path)


def _opened(path: str, folder: str) -> tuple[str, int]:
    """The file at `path`, which is then this process's alone, or where another has it a new one."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
    if fcntl is not None:
        file = os.open(path, flags, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(file), os.stat(path)):  # else it has been renamed meanwhile: it is an object now
                return path, file
        except OSError:  # locked, renamed, or on a file system without locks
            pass
        os.close(file)
    path = os.path.join(folder, f".cairn-{os.urandom(8).hex()}.tmp")
    return path, os.open(path, flags | os.O_EXCL, 0o600)
