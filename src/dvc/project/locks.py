"""Who may write what, when: DVC's own lock for moments of metadata, and the lock of a cache; `leases` has those on paths.

Implements docs/formats/locks.md. Readers take none of these. The system-specific calls (`flock`, its like on Windows,
whether a process lives, whether somebody has a file open) are here and nowhere else.
"""

import errno
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dvc.exceptions import EngineProblem, LockHeld
from dvc.project import files

if TYPE_CHECKING:
    from dvc.project.project import Project

PATIENCE = 3.0  # seconds that a command waits for others before it gives up, as DVC does
PAUSE = 0.05
_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL}

if sys.platform == "win32":  # pragma: no cover - not run where this is built
    import msvcrt

    def try_lock(descriptor: int, exclusive: bool) -> bool:
        try:
            os.lseek(descriptor, 0, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def is_alive(pid: int) -> bool:
        import ctypes

        handle = ctypes.windll.kernel32.OpenProcess(0x1000, False, pid)
        if handle:
            ctypes.windll.kernel32.CloseHandle(handle)
        return bool(handle)

    def hold_alone(descriptor: int) -> bool:
        return False

else:
    import fcntl

    def try_lock(descriptor: int, exclusive: bool) -> bool:
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

    def is_alive(pid: int) -> bool:
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

    def hold_alone(descriptor: int) -> bool:
        """Whether nobody but the holder of `descriptor` has the file open or mapped. If so, who opens it waits until that is closed.

        A write lease of Linux; False wherever the system or the file system cannot tell.
        """
        if not hasattr(fcntl, "F_SETLEASE"):
            return False
        try:
            # Who waits is announced by a signal: one that does nothing by default, not SIGIO, which ends the process.
            fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_WRLCK)
        except OSError:
            return False
        return True


@contextmanager
def metadata(project: "Project", wait: bool = False) -> Iterator[None]:
    """Hold `.dvc/tmp/lock`, as every command of DVC does, while metadata files are read to be changed, and written.

    Not to be nested, and never held while data moves or a user's command runs. Raises LockHeld after about 3 seconds;
    with `wait` never.
    """
    path = os.path.join(project.tmp_dir, "lock")
    descriptor = acquire(path, exclusive=True, patience=None if wait else PATIENCE)
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
        descriptor = acquire(path, exclusive=exclusive, patience=None if wait else PATIENCE)
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
            if try_lock(descriptor, exclusive=True):
                os.unlink(path)
                if not there:
                    os.rmdir(cache_dir)  # made for the lock alone, if nothing was put into it
        except OSError:
            pass
        os.close(descriptor)


@contextmanager
def exclusive(path: str, what: str) -> Iterator[None]:
    """Hold the lock file `path` (it stays) against all others who use `what`, which is for people; waits as long as it takes."""
    descriptor = acquire(path, exclusive=True, patience=None)
    if descriptor is None:
        raise LockHeld(f"Unable to acquire lock: {what} is in use", hint="wait for the other command to end")
    try:
        yield
    finally:
        os.close(descriptor)


def acquire(path: str, *, exclusive: bool, patience: float | None) -> int | None:
    """An open, locked file; None when patience ran out. Raises EngineProblem where there can be no lock file."""
    until = None if patience is None else time.monotonic() + patience
    try:
        while True:
            descriptor = _open(path)
            if descriptor is not None:
                try:
                    if try_lock(descriptor, exclusive) and _same(descriptor, path):
                        return descriptor
                except BaseException:
                    os.close(descriptor)
                    raise
                os.close(descriptor)
            if until is not None and time.monotonic() >= until:
                return None
            time.sleep(PAUSE)
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
    return f"process {text}" if text.isdigit() and is_alive(int(text)) else "another process"
