"""How a file of metadata gets to disk: whole or not at all. Every write of ours outside the engine goes through here."""

import errno
import os
import stat

from dvc.exceptions import EngineProblem

_KINDS = {
    errno.EACCES: "not-permitted",
    errno.EPERM: "not-permitted",
    errno.EROFS: "not-permitted",
    errno.ENOSPC: "no-space",
    errno.EDQUOT: "no-space",
    errno.ENOENT: "missing",
    errno.ENOTDIR: "in-the-way",
    errno.EISDIR: "is-folder",
}


def problem(error: OSError, path: str) -> EngineProblem:
    """The error of the tree for what the system refused on `path`."""
    return EngineProblem(_KINDS.get(error.errno or 0, "io"), path, os.strerror(error.errno) if error.errno else str(error))


def atomic_write(path: str, data: bytes | str, *, shown: str | None = None) -> None:
    """Replace `path` (or make it): a temporary file beside it, then a rename. `shown` names it in errors.

    The mode of an old file is kept; an old symbolic link stays one, and what it points to is replaced.
    """
    raw = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
    target = os.path.realpath(path) if os.path.islink(path) else path
    # Short and without the target's name: that may be as long as the file system allows.
    temp = os.path.join(os.path.dirname(target), f".cairn-{os.urandom(6).hex()}.tmp")
    try:
        try:
            mode = stat.S_IMODE(os.stat(target).st_mode)
        except FileNotFoundError:
            mode = None
        descriptor = os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(raw)
            if mode is not None and mode != stat.S_IMODE(os.stat(temp).st_mode):
                os.chmod(temp, mode)
            os.replace(temp, target)
        except BaseException:
            _discard(temp)
            raise
    except OSError as error:
        raise problem(error, shown or path) from error


def remove(path: str, *, shown: str | None = None) -> bool:
    """Delete a file; False where there was none."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise problem(error, shown or path) from error
    return True


def read(path: str, *, shown: str | None = None) -> bytes | None:
    """A file's bytes; None where there is none."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise problem(error, shown or path) from error


def _discard(temp: str) -> None:
    try:
        os.unlink(temp)
    except OSError:  # never made, or renamed already: nothing of ours is left either way
        pass
