"""The system-specific calls of the plain engine, each with a plain fallback. Nothing else here asks which system this is.

`CALLS` is the one table: a test (or a system that lacks a call) puts `unsupported` or another function in its place.
"""

import contextlib
import errno
import os
import stat
from collections.abc import Callable
from typing import NoReturn

from dvc.engine.contract import Problem

_FICLONE = 0x40049409
_AT_FDCWD = -100
_RENAME_NOREPLACE = 1
_CHUNK = 1 << 20

# What the kernel answers where a file system cannot do a thing, as opposed to failing at it.
CANNOT = frozenset({errno.EOPNOTSUPP, errno.ENOTSUP, errno.EXDEV, errno.EINVAL, errno.ENOTTY, errno.ENOSYS, errno.EPERM, errno.EMLINK})


def unsupported(*_arguments: object) -> NoReturn:
    raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))


def _clone(source: int, target: int) -> None:
    try:
        import fcntl
    except ImportError:
        unsupported()
    else:
        fcntl.ioctl(target, _FICLONE, source)


def _copy_range(source: int, target: int) -> None:
    """The rest of `source` to `target` inside the kernel; an error before the first byte means that it cannot."""
    if not hasattr(os, "copy_file_range"):
        unsupported()
    while os.copy_file_range(source, target, 1 << 30):
        pass


def _call(function: str, *arguments: object) -> None:
    """A function of the C library that Python does not offer."""
    import ctypes  # costs as much as all the rest of this module

    try:
        call = getattr(ctypes.CDLL(None, use_errno=True), function)
    except (AttributeError, OSError, TypeError):
        unsupported()
    if call(*arguments) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def _syncfs(fd: int) -> None:
    _call("syncfs", fd)


def _rename_new(source: str, name: str, parent: int) -> None:
    _call("renameat2", _AT_FDCWD, os.fsencode(source), parent, os.fsencode(name), _RENAME_NOREPLACE)


CALLS: dict[str, Callable[..., None]] = {
    "clone": _clone,
    "copy_range": _copy_range,
    "hardlink": os.link,
    "rename_new": _rename_new,
    "symlink": os.symlink,
    "syncfs": _syncfs,
}


def clone(source: int, target: int) -> None:
    """Make the open file `target` share the blocks of `source`. OSError with a code of CANNOT where that is not possible."""
    CALLS["clone"](source, target)


def hardlink(source: str, target: str) -> None:
    CALLS["hardlink"](source, target)


def symlink(source: str, target: str) -> None:
    CALLS["symlink"](source, target)


def copy_rest(source: int, target: int) -> None:
    """Copy from the offset of `source` to its end."""
    try:
        CALLS["copy_range"](source, target)
    except OSError as error:
        if error.errno not in CANNOT | {errno.EBADF}:
            raise
    # Also after a success: some file systems (procfs, FUSE) say 0 at once for what is not empty.
    while chunk := os.read(source, _CHUNK):
        write_all(target, chunk)


def write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def sync_file_system(folder: str) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        CALLS["syncfs"](fd)
    except OSError as error:
        if error.errno not in CANNOT:
            raise
        os.sync()
    finally:
        os.close(fd)


def rename_new(source: str, name: str, parent: int) -> None:
    """Rename to `name` in the open folder `parent`; FileExistsError when something is there."""
    try:
        CALLS["rename_new"](source, name, parent)
    except OSError as error:
        if error.errno not in CANNOT - {errno.EXDEV, errno.EPERM}:
            raise
        with contextlib.suppress(FileNotFoundError):
            os.lstat(name, dir_fd=parent)
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from None
        os.rename(source, name, dst_dir_fd=parent)


def open_to_read(path: str) -> tuple[int, os.stat_result]:
    """A regular file, opened; never waits on a pipe that took its place."""
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        seen = os.fstat(fd)
        if stat.S_ISDIR(seen.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
        if not stat.S_ISREG(seen.st_mode):
            raise OSError(errno.ENXIO, "not a regular file", path)
    except BaseException:
        os.close(fd)
        raise
    return fd, seen


def create(path: str, mode: int = 0o666) -> int:
    """A new file, opened for reading and writing; what stands there already is never touched."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, mode)


def temp_name() -> str:
    """Of a file in the making. `sweep` knows it by its form."""
    return f".cairn-{os.urandom(8).hex()}.tmp"


def is_temp_name(name: str) -> bool:
    middle = name[7:-4]
    return name.startswith(".cairn-") and name.endswith(".tmp") and len(middle) == 16 and not set(middle) - set("0123456789abcdef")


_CODES = {
    errno.ENOENT: "missing",
    errno.ENOSPC: "no-space",
    errno.EDQUOT: "no-space",
    errno.EISDIR: "is-folder",
    errno.ENXIO: "special",
    errno.ELOOP: "dangling-link",
}


def problem(path: str, error: OSError, *, writing: bool = False) -> Problem:
    """`error` in the contract's words."""
    number = error.errno or 0
    if number in (errno.EACCES, errno.EPERM, errno.EROFS):
        code = "not-permitted" if writing else "unreadable"
    elif number in (errno.ENOTDIR, errno.EEXIST) or (writing and number == errno.ELOOP):
        code = "in-the-way" if writing else "missing"
    else:
        code = _CODES.get(number, "io")
    return Problem(path, code, os.strerror(number) if number else str(error))
