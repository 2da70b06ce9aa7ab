"""Objects of the plain engine: store, put, read, exists, verify, list. docs/formats/cache.md is the spec.

An object appears under its name by rename, complete and of mode 0444, or not at all; it is never written to again.
"""

import contextlib
import hashlib
import os
import re
import stat as modes
from collections.abc import Iterator

from dvc.engine import contract, system
from dvc.engine.contract import Entry, Presence, Problem
from dvc.engine.python_looks import digest_of, read_steadily
from dvc.engine.python_values import Counters, Digests, Listing, checked_name, counting
from dvc.exceptions import EngineProblem

OBJECT_MODE = 0o444
PREFIX = re.compile(r"[0-9a-f]{2}")
_REST = re.compile(r"[0-9a-f]{30}(?:\.dir)?")


def object_path(folder: str, name: str) -> str:
    return os.path.join(folder, name[:2], name[2:])


def make_folder(path: str, mode: int) -> None:
    """`path` and its parents. A mode with the set-group bit is meant exactly: the folder is shared, umask or not."""
    if os.path.isdir(path):
        return
    parent = os.path.dirname(path)
    if parent and parent != path:
        make_folder(parent, mode)
    try:
        os.mkdir(path, mode & 0o777)
    except FileExistsError:
        return
    if mode & modes.S_ISGID:
        os.chmod(path, mode)


def look_at_object(folder: str, name: str) -> os.stat_result | None:
    """The stat of an object; None when it is not there as a file."""
    try:
        seen = os.stat(object_path(folder, name))
    except (FileNotFoundError, NotADirectoryError):
        return None
    return seen if modes.S_ISREG(seen.st_mode) else None


def is_right(folder: str, name: str, algorithm: str, counters: Counters) -> bool:
    """Whether the object's bytes hash to its name. A `.dir` object is JSON: always plain MD5."""
    fd, _ = system.open_to_read(object_path(folder, name))
    try:
        plain = "md5" if name.endswith(".dir") else algorithm
        return digest_of(fd, plain, counters) == name[:32]
    finally:
        os.close(fd)


def trusted(folder: str, name: str, algorithm: str, counters: Counters) -> os.stat_result | None:
    """The stat of an object that is there and right. One of mode 0444 is taken at its word; another is hashed, and then 0444."""
    seen = look_at_object(folder, name)
    if seen is None or modes.S_IMODE(seen.st_mode) == OBJECT_MODE:
        return seen
    if not is_right(folder, name, algorithm, counters):
        return None
    with contextlib.suppress(OSError):  # another user's: right all the same
        os.chmod(object_path(folder, name), OBJECT_MODE)
    return seen


class WriteError(Exception):
    """Tells a write that failed from a read that failed, where both happen in one loop."""

    def __init__(self, cause: OSError) -> None:
        super().__init__(str(cause))
        self.cause = cause


class _NewObject:
    """A temporary file in the object folder that becomes an object, or goes."""

    def __init__(self, folder: str, dir_mode: int) -> None:
        make_folder(folder, dir_mode)
        self._folder, self._dir_mode = folder, dir_mode
        self._path = os.path.join(folder, system.temp_name())
        self.fd = system.create(self._path, 0o600)

    def write(self, data: bytes) -> None:
        try:
            system.write_all(self.fd, data)
        except OSError as error:
            raise WriteError(error) from error

    def restart(self) -> None:
        try:
            os.lseek(self.fd, 0, os.SEEK_SET)
            os.ftruncate(self.fd, 0)
        except OSError as error:
            raise WriteError(error) from error

    def publish(self, name: str) -> None:
        os.fchmod(self.fd, OBJECT_MODE)
        make_folder(os.path.join(self._folder, name[:2]), self._dir_mode)
        os.replace(self._path, object_path(self._folder, name))

    def close(self) -> None:
        os.close(self.fd)
        with contextlib.suppress(OSError):
            os.unlink(self._path)


@contextlib.contextmanager
def new_object(folder: str, dir_mode: int) -> Iterator[_NewObject]:
    made = _NewObject(folder, dir_mode)
    try:
        yield made
    finally:
        made.close()


# --- storing


def store(
    root: str,
    listing: contract.Listing,
    folder: str,
    *,
    algorithm: str,
    jobs: int = 0,
    dir_mode: int = 0o777,
    counters: contract.Counters | None = None,
) -> Listing:
    counted = counting(counters)
    make_object_folder(folder, dir_mode)
    rows, problems = [], listing.problems
    for row in listing:
        if row.kind == "file":
            row, problem = _store_one(root, row, folder, algorithm, dir_mode, counted)
            problems += [problem] if problem else []
            counted.step(files=1)
        rows.append(row)
    return Listing(rows, problems)


def make_object_folder(folder: str, dir_mode: int) -> None:
    try:
        make_folder(folder, dir_mode)
    except OSError as error:
        found = system.problem(folder, error, writing=True)
        raise EngineProblem(found.code, folder, found.message) from None


def _store_one(root: str, row: Entry, folder: str, algorithm: str, dir_mode: int, counters: Counters) -> tuple[Entry, Problem | None]:
    unknown = row._replace(digest=None)
    try:
        if row.digest is not None and _is_stored(folder, row, algorithm, counters):
            return row, None
        with new_object(folder, dir_mode) as made:

            def read(fd: int) -> str:
                made.restart()
                return digest_of(fd, algorithm, counters, made.write)

            found = read_steadily(root, row, read)
            if isinstance(found, Problem):
                return unknown, found
            if not _is_stored(folder, found, algorithm, counters):
                made.publish(found.digest or "")
            return found, None
    except WriteError as error:
        return unknown, system.problem(row.path, error.cause, writing=True)
    except OSError as error:
        return unknown, system.problem(row.path, error, writing=True)


def _is_stored(folder: str, row: Entry, algorithm: str, counters: Counters) -> bool:
    seen = trusted(folder, row.digest or "", algorithm, counters)
    return seen is not None and seen.st_size == row.size


def put(folder: str, data: bytes, suffix: str = "", *, dir_mode: int = 0o777) -> str:
    digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
    name = checked_name(digest + suffix)
    try:
        seen = trusted(folder, name, "md5", Counters())
        if seen is None or seen.st_size != len(data):
            with new_object(folder, dir_mode) as made:
                made.write(data)
                made.publish(name)
    except (OSError, WriteError) as error:
        found = system.problem(folder, error.cause if isinstance(error, WriteError) else error, writing=True)
        raise EngineProblem(found.code, object_path(folder, name), found.message) from None
    return digest


def read(folder: str, name: str) -> bytes | None:
    path = object_path(folder, checked_name(name))
    try:
        with open(path, "rb") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        found = system.problem(path, error)
        raise EngineProblem(found.code, path, found.message) from None


# --- asking


def exists(
    folder: str,
    digests: contract.Digests,
    *,
    algorithm: str,
    quarantine: str | None = None,
    jobs: int = 0,
    counters: contract.Counters | None = None,
) -> Presence:
    counted = counting(counters)
    missing, corrupt, size = [], [], 0
    for name in digests:
        counted.step(files=1)
        try:
            there = look_at_object(folder, name)
            seen = there and trusted(folder, name, algorithm, counted)
            if there and not seen:
                corrupt.append(name)
                if quarantine is not None:
                    _set_aside(object_path(folder, name), quarantine, name)
        except OSError:
            seen = None  # of no use as an object
        if seen:
            size += seen.st_size
        else:
            missing.append(name)
    return Presence(Digests(missing), Digests(corrupt), size)


def _set_aside(path: str, quarantine: str, name: str) -> None:
    """Move, never replacing what was set aside before: it may be the one copy of somebody's bytes."""
    make_folder(quarantine, 0o777)
    fd = os.open(quarantine, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for number in range(1000):
            free = name if number == 0 else f"{name}.{number}"
            with contextlib.suppress(FileExistsError):
                _move_new(path, free, fd, quarantine)
                return
    finally:
        os.close(fd)


def _move_new(path: str, name: str, parent: int, folder: str) -> None:
    try:
        system.rename_new(path, name, parent)
    except FileExistsError:
        raise
    except OSError:
        temp = os.path.join(folder, system.temp_name())
        _copy_bytes(path, temp)
        try:
            system.rename_new(temp, name, parent)
        except OSError:
            os.unlink(temp)
            raise
        os.unlink(path)


def _copy_bytes(source: str, target: str) -> None:
    fd, _ = system.open_to_read(source)
    try:
        made = system.create(target)
        try:
            system.copy_rest(fd, made)
        except BaseException:
            os.unlink(target)
            raise
        finally:
            os.close(made)
    finally:
        os.close(fd)


def verify(folder: str, digests: contract.Digests, *, algorithm: str, jobs: int = 0, counters: contract.Counters | None = None) -> Digests:
    counted = counting(counters)
    wrong = []
    for name in digests:
        counted.step(files=1)
        try:
            if not is_right(folder, name, algorithm, counted):
                wrong.append(name)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError:
            wrong.append(name)  # what cannot be read is not there to be trusted
    return Digests(wrong)


def objects(folder: str) -> Digests:
    names: list[str] = []
    try:
        prefixes = [p for p in os.listdir(folder) if PREFIX.fullmatch(p)]
        for prefix in prefixes:
            with contextlib.suppress(FileNotFoundError, NotADirectoryError), os.scandir(os.path.join(folder, prefix)) as found:
                names += [prefix + e.name for e in found if _REST.fullmatch(e.name) and not e.is_dir()]
    except FileNotFoundError:
        pass
    except OSError as error:
        found_problem = system.problem(folder, error)
        raise EngineProblem(found_problem.code, folder, found_problem.message) from None
    return Digests(names)
