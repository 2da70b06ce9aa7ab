"""Who may write what, when: DVC's own lock for moments of metadata, leases on paths, and the lock of a cache.

Implements docs/formats/locks.md. Readers take none of these. The system-specific calls (`flock`, its like on Windows,
and whether a process lives) are here and nowhere else.
"""

import errno
import json
import os
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dvc.exceptions import EngineProblem, LockHeld
from dvc.project import files

if TYPE_CHECKING:
    from dvc.project.project import Project

PATIENCE = 3.0  # seconds that a command waits for others before it gives up, as DVC does
_PAUSE = 0.05
_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL}

if sys.platform == "win32":  # pragma: no cover - not run where this is built
    import msvcrt

    def _try(descriptor: int, exclusive: bool) -> bool:
        try:
            os.lseek(descriptor, 0, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _alive(pid: int) -> bool:
        import ctypes

        handle = ctypes.windll.kernel32.OpenProcess(0x1000, False, pid)
        if handle:
            ctypes.windll.kernel32.CloseHandle(handle)
        return bool(handle)

else:
    import fcntl

    def _try(descriptor: int, exclusive: bool) -> bool:
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            if error.errno in _NO_LOCKS:
                # A file system without locks: writes are still whole files, so going on is better than never working.
                return True
            raise
        return True

    def _alive(pid: int) -> bool:
        if pid <= 0:
            return False
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        except OSError:  # somebody else's: it lives
            return True
        except OverflowError:
            return False
        return True


@contextmanager
def metadata(project: "Project", wait: bool = False) -> Iterator[None]:
    """Hold `.dvc/tmp/lock`, as every command of DVC does, while metadata files are read to be changed, and written.

    Not to be nested, and never held while data moves or a user's command runs. Raises LockHeld after about 3 seconds;
    with `wait` never.
    """
    path = os.path.join(project.tmp_dir, "lock")
    descriptor = _acquire(path, exclusive=True, patience=None if wait else PATIENCE)
    if descriptor is None:
        raise LockHeld(
            f"Unable to acquire lock: {_holder(path)} is at work in this project",
            hint="wait for it to end, or use `--wait-for-lock`",
        )
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f" {os.getpid()}\n".encode(), 0) if hasattr(os, "pwrite") else os.write(
            descriptor, f" {os.getpid()}\n".encode()
        )
        yield
    finally:
        os.close(descriptor)


@contextmanager
def objects(cache_dir: str, exclusive: bool = False, wait: bool = False) -> Iterator[None]:
    """Hold the lock of a cache: shared for all that adds objects, exclusive for what deletes them.

    The file is there only while somebody holds it. Where the cache may not be written at its top, nothing is locked.
    """
    path = os.path.join(cache_dir, "cairn.lock")
    there = os.path.isdir(cache_dir)
    if exclusive and not there:
        yield
        return
    try:
        descriptor = _acquire(path, exclusive=exclusive, patience=None if wait else PATIENCE)
    except EngineProblem:
        if exclusive:
            raise
        # A shared cache may let us write below and not at its top; then nobody of us can collect it either.
        yield
        return
    if descriptor is None:
        what = "another command is adding to or collecting" if exclusive else "`dvc gc` is at work on"
        raise LockHeld(f"Unable to acquire lock: {what} the cache '{cache_dir}'", hint="wait for it to end, or use `--wait-for-lock`")
    try:
        yield
    finally:
        # Last one out: nobody else holds it if we can have it alone. Who is waiting looks at the inode again.
        try:
            if _try(descriptor, exclusive=True):
                os.unlink(path)
                if not there:
                    os.rmdir(cache_dir)  # made for the lock alone, if nothing was put into it
        except OSError:
            pass
        os.close(descriptor)


def _acquire(path: str, *, exclusive: bool, patience: float | None) -> int | None:
    """An open, locked file; None when patience ran out. Raises EngineProblem where there can be no lock file."""
    until = None if patience is None else time.monotonic() + patience
    try:
        while True:
            descriptor = _open(path)
            if descriptor is not None:
                try:
                    if _try(descriptor, exclusive) and _same(descriptor, path):
                        return descriptor
                except BaseException:
                    os.close(descriptor)
                    raise
                os.close(descriptor)
            if until is not None and time.monotonic() >= until:
                return None
            time.sleep(_PAUSE)
    except OSError as error:
        raise files.problem(error, path) from error


def _open(path: str) -> int | None:
    """None when another took the folder away, empty, between our making it and our opening a file in it."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666)
    except FileNotFoundError:
        return None


def _same(descriptor: int, path: str) -> bool:
    """Whether the file we hold still has that name: another may have removed it while we waited."""
    try:
        there = os.stat(path)
    except FileNotFoundError:
        return False
    ours = os.fstat(descriptor)
    return (ours.st_dev, ours.st_ino) == (there.st_dev, there.st_ino)


def _holder(path: str) -> str:
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            text = file.read(64).strip()
    except OSError:
        text = ""
    return f"process {text}" if text.isdigit() and _alive(int(text)) else "another process"


# --- leases: DVC's `rwlock`


@contextmanager
def lease(project: "Project", reads: Iterable[str], writes: Iterable[str], wait: bool = False) -> Iterator[None]:
    """Enter paths (relative to the root, or absolute) in `.dvc/tmp/rwlock` while their content is used or made.

    May be held while data moves and while a user's command runs. Raises LockHeld, telling pid and command of who has an
    equal, higher or deeper path, after about 3 seconds; with `wait` never.
    """
    mine = _Claim(
        frozenset(os.path.join(project.root, p) if p else project.root for p in reads),
        frozenset(os.path.join(project.root, p) if p else project.root for p in writes),
    )
    me = {"pid": os.getpid(), "cmd": " ".join(sys.argv)}
    until = None if wait else time.monotonic() + PATIENCE
    while True:
        with _rwlock(project) as book:
            held = _conflict(book, mine, me)
            if held is None:
                _enter(book, mine, me)
                break
        if until is not None and time.monotonic() >= until:
            path, other = held
            raise LockHeld(
                f"'{project.shown(_inside(project, path))}' is busy: process {other.get('pid')} is at work on it: `{other.get('cmd')}`",
                hint="wait for it to end, or use `--wait-for-lock`",
            )
        time.sleep(_PAUSE * 2)
    try:
        yield
    finally:
        with _rwlock(project) as book:
            _leave(book, mine, me)


class _Claim:
    """Paths to read and to write, with the folders above each, so that nested paths are found by lookup."""

    def __init__(self, reads: frozenset[str], writes: frozenset[str]) -> None:
        self.reads = reads
        self.writes = writes
        self.above_reads = {folder for path in reads for folder in _above(path)}
        self.above_writes = {folder for path in writes for folder in _above(path)}

    def meets_write(self, path: str) -> bool:
        return path in self.writes or path in self.above_writes or any(folder in self.writes for folder in _above(path))

    def meets_read(self, path: str) -> bool:
        return path in self.reads or path in self.above_reads or any(folder in self.reads for folder in _above(path))


def _above(path: str) -> Iterator[str]:
    while True:
        folder = os.path.dirname(path)
        if folder == path or not folder:
            return
        yield folder
        path = folder


_Book = dict[str, dict[str, Any]]


def _conflict(book: _Book, mine: _Claim, me: dict[str, object]) -> tuple[str, dict[str, Any]] | None:
    for path, owner in book["write"].items():
        if owner != me and (mine.meets_write(path) or mine.meets_read(path)):
            return path, owner
    for path, owners in book["read"].items():
        if mine.meets_write(path):
            for owner in owners:
                if owner != me:
                    return path, owner
    return None


def _enter(book: _Book, mine: _Claim, me: dict[str, object]) -> None:
    for path in sorted(mine.writes):
        book["write"][path] = me
    for path in sorted(mine.reads):
        book["read"].setdefault(path, []).append(me)


def _leave(book: _Book, mine: _Claim, me: dict[str, object]) -> None:
    for path in mine.writes:
        if book["write"].get(path) == me:
            del book["write"][path]
    for path in mine.reads:
        owners = book["read"].get(path, [])
        if me in owners:
            owners.remove(me)
        if not owners:
            book["read"].pop(path, None)


@contextmanager
def _rwlock(project: "Project") -> Iterator[_Book]:
    """The book, without entries of the dead, to be changed in the block; written back if it was."""
    path = os.path.join(project.tmp_dir, "rwlock")
    descriptor = _acquire(path + ".lock", exclusive=True, patience=PATIENCE * 10)
    if descriptor is None:
        raise LockHeld(f"Unable to acquire lock '{path}.lock'", hint="see which process holds it")
    try:
        raw = files.read(path)
        book = _living(raw)
        yield book
        text = json.dumps({k: v for k, v in book.items() if v}) if any(book.values()) else "{}"
        if (raw is not None or text != "{}") and text.encode() != raw:
            files.atomic_write(path, text)
    finally:
        os.close(descriptor)


def _living(raw: bytes | None) -> _Book:
    """What the file says of living processes. A torn or foreign file says nothing: it only ever held promises."""
    try:
        found = json.loads(raw or b"{}")
    except ValueError:
        found = {}
    book: _Book = {"read": {}, "write": {}}
    if not isinstance(found, dict):
        return book
    for path, owner in _items(found.get("write")):
        if _lives(owner):
            book["write"][path] = owner
    for path, owners in _items(found.get("read")):
        alive = [owner for owner in owners if _lives(owner)] if isinstance(owners, list) else []
        if alive:
            book["read"][path] = alive
    return book


def _items(value: object) -> list[tuple[str, Any]]:
    return list(value.items()) if isinstance(value, dict) else []


def _lives(owner: object) -> bool:
    if not isinstance(owner, dict):
        return False
    pid = owner.get("pid")
    return isinstance(pid, int) and _alive(pid)


def _inside(project: "Project", path: str) -> str:
    return path[len(project.root) + 1 :] if path.startswith(project.root + os.sep) else path
