"""A file of many pieces that gets one more, or one anew, again and again: each time at the cost of that piece, whatever the file's size.

Two copies take turns. One has the name that everybody reads. The other, kept under `.dvc/tmp/spare` and one step behind, is
brought up to date and renamed over the first, which is then the one behind. Only what is new is written, and every reader
finds a whole file, as after any write by rename: a copy is only ever written to again if it was made here, has no other
name, and nobody has it open or mapped any more (`locks.hold_alone`). Where that cannot be known, or is not so, the file
is written whole, to a new copy.

With `durable` a power cut leaves a whole file, too: the rename that gave a copy its name is on disk before the other copy
is touched, and what was written to that one before it gets the name.
"""

import os
import stat
import time
from collections.abc import Collection, Sequence
from io import FileIO

from dvc.project import files, locks

FOLDER = "spare"

_Identity = tuple[int, int, int, int]


class _Stale:
    """Which pieces a copy lacks: single ones, and all from `tail` on."""

    def __init__(self, tail: int) -> None:
        self.tail = tail
        self.single: set[int] = set()


class GrowingFile:
    """`pieces` joined are the file's bytes; `cost` is how many seconds the last `save` took.

    Not for two users at once: the caller holds the lock on metadata from `is_ours` to `save`.
    """

    def __init__(self, path: str, tmp_dir: str, *, shown: str | None = None, durable: bool = False) -> None:
        self.path = path
        self.pieces: list[bytes] = []
        self.cost = 0.0
        self._durable = durable
        self._shown = shown or path
        self._folder = os.path.join(tmp_dir, FOLDER)
        self._starts: list[int] = [0]  # where each piece begins, as far as that is known; last, where the file ends
        self._left: _Identity | None = None  # the file as we left it
        self._made = -1  # the inode of the file if it was made here
        self._lacking = _Stale(0)  # what the file lacks
        self._spare: str | None = None
        self._spare_lacking = _Stale(0)

    def is_ours(self) -> bool:
        """Whether the file still is what was last read or saved here."""
        return self._left is not None and _identity(self.path) == self._left

    def read(self) -> bytes | None:
        """The file anew, None where there is none; `start` says what its pieces are."""
        self.close()
        while True:
            before = _identity(self.path)
            data = files.read(self.path, shown=self._shown)
            if _identity(self.path) == before:
                break
        self._left, self._made = before, -1
        return data

    def start(self, pieces: Sequence[bytes]) -> None:
        """Take `pieces`, which joined are what `read` gave."""
        self.pieces = list(pieces)
        self._starts = [0]
        self._lacking = _Stale(len(self.pieces))

    def replace(self, at: int, piece: bytes) -> None:
        same = len(piece) == len(self.pieces[at])
        self.pieces[at] = piece
        if same:
            self._lacking.single.add(at)
        else:
            self._lacking.tail = min(self._lacking.tail, at)
            del self._starts[at + 1 :]

    def insert(self, at: int, piece: bytes) -> None:
        """Put a piece before the one at `at`; at the end where there is none."""
        self.pieces.insert(at, piece)
        for copy in (self._lacking, self._spare_lacking):
            copy.tail = min(copy.tail, at)
        del self._starts[at + 1 :]

    def save(self) -> bool:
        """Give the file its new pieces; False where there are none. Raises EngineProblem; the file is whole then, old or new."""
        if self._lacking.tail >= len(self.pieces) and not self._lacking.single:
            return False
        began = time.monotonic()
        try:
            self._save(os.path.realpath(self.path) if os.path.islink(self.path) else self.path)
        except OSError as error:
            self._left = None
            raise files.problem(error, self._shown) from error
        self.cost = time.monotonic() - began
        return True

    def close(self) -> None:
        """Remove the copy that is behind. The file can be used on: the next `save` writes it whole."""
        if self._spare is not None:
            _discard(self._spare)
            self._spare = None

    def _save(self, target: str) -> None:
        mode = _mode(target)
        made, self._spare = self._spare, None
        if made is None or not self._catch_up(made, target, mode):
            made = self._written(mode)
        kept = self._kept(target)
        inode = os.stat(made).st_ino
        try:
            os.replace(made, target)
        except OSError:
            # `.dvc/tmp` is on another file system: no turns are taken.
            _discard(made)
            files.atomic_write(target, b"".join(self.pieces), shown=self._shown)
            inode = -1
        self._spare, self._spare_lacking = kept, self._lacking
        self._lacking = _Stale(len(self.pieces))
        self._left, self._made = _identity(self.path), inode

    def _written(self, mode: int | None) -> str:
        """A new file with all the pieces."""
        path = self._new_name()
        os.makedirs(self._folder, exist_ok=True)
        try:
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666), "wb") as file:
                file.write(b"".join(self.pieces))
            if mode is not None:
                os.chmod(path, mode)
        except OSError:
            _discard(path)
            raise
        return path

    def _catch_up(self, path: str, target: str, mode: int | None) -> bool:
        """Give the copy that is behind what it lacks. False where that cannot be, for it may be read by somebody or has another name
        now: it is of no more use to us then."""
        try:
            with open(path, "r+b", buffering=0) as file:
                now = os.fstat(file.fileno())
                if now.st_nlink == 1 and locks.hold_alone(file.fileno()):
                    if self._durable:
                        _sync_folder(os.path.dirname(target))
                    self._write_what_is_new(file)
                    if mode is not None and stat.S_IMODE(now.st_mode) != mode:
                        os.chmod(path, mode)
                    if self._durable:
                        os.fsync(file.fileno())
                    return True
        except OSError:  # what the trouble is shows when the file is written whole
            pass
        _discard(path)
        return False

    def _write_what_is_new(self, file: FileIO) -> None:
        self._count()
        tail = min(self._spare_lacking.tail, self._lacking.tail)
        for at in sorted(self._spare_lacking.single | self._lacking.single):
            if at < tail:
                file.seek(self._starts[at])
                _write(file, self.pieces[at])
        if tail < len(self.pieces):
            file.seek(self._starts[tail])
            _write(file, b"".join(self.pieces[tail:]))
        file.truncate(self._starts[-1])

    def _kept(self, target: str) -> str | None:
        """Another name for the file that is about to be replaced, if it was made here and can have one."""
        try:
            now = os.stat(target)
            if now.st_ino != self._made or now.st_nlink != 1 or _identity(self.path) != self._left:
                return None
            path = self._new_name()
            os.link(target, path)
        except OSError:
            return None
        return path

    def _new_name(self) -> str:
        return os.path.join(self._folder, f"{os.getpid()}-{os.urandom(6).hex()}")

    def _count(self) -> None:
        starts = self._starts
        end = starts[-1]
        for piece in self.pieces[len(starts) - 1 :]:
            end += len(piece)
            starts.append(end)


def sweep(tmp_dir: str, dead: Collection[str]) -> None:
    """Remove the spares of these processes, which were killed."""
    folder = os.path.join(tmp_dir, FOLDER)
    try:
        names = os.listdir(folder) if dead else []
    except OSError:
        return
    for name in names:
        if name.partition("-")[0] in dead:
            _discard(os.path.join(folder, name))


def _write(file: FileIO, data: bytes) -> None:
    """All of `data`: a full disk may take a part of it, and says so at the next try."""
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]


def _sync_folder(path: str) -> None:
    descriptor = os.open(path or ".", os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _identity(path: str) -> _Identity:
    """What tells one state of a file from another; all zeros where there is none."""
    try:
        now = os.stat(path)
    except OSError:
        return 0, 0, 0, 0
    return now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns


def _mode(path: str) -> int | None:
    try:
        return stat.S_IMODE(os.stat(path).st_mode)
    except FileNotFoundError:
        return None


def _discard(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:  # gone already
        pass
