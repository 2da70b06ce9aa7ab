"""Writing the workspace: place, discard, detach. Every file is made aside and renamed; no link below the root is followed."""

import contextlib
import os
import stat as modes
from collections.abc import Callable, Iterator, Sequence

from dvc.engine import contract, system
from dvc.engine.contract import Entry, Moved, Placed, Problem
from dvc.engine.python_looks import look, same_stat
from dvc.engine.python_objects import object_path, trusted
from dvc.engine.python_values import Counters, Listing, checked_path, counting
from dvc.exceptions import EngineProblem


class _RefusedError(Exception):
    """Carries the problem of one path."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


@contextlib.contextmanager
def _parent(root: str, path: str, *, make: bool) -> Iterator[int]:
    """The open folder that holds `path`, reached without following a link below `root`."""
    fd = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in path.split("/")[:-1]:
            if make:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(part, 0o777, dir_fd=fd)
            try:
                inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=fd)
            except NotADirectoryError:
                raise _RefusedError(Problem(path, "in-the-way", f"'{part}' is not a folder")) from None
            os.close(fd)
            fd = inner
        yield fd
    finally:
        os.close(fd)


def _open_root(root: str) -> None:
    try:
        os.makedirs(root, exist_ok=True)
        os.close(os.open(root, os.O_RDONLY | os.O_DIRECTORY))
    except OSError as error:
        found = system.problem(root, error, writing=True)
        raise EngineProblem(found.code, root, found.message) from None


def _move_in(temp: str, path: str, parent: int, *, replace: bool) -> None:
    name = path.rsplit("/", 1)[-1]
    if replace:
        os.rename(temp, name, dst_dir_fd=parent)
        # Renaming one hard link over another of the same file does nothing at all: the temporary name stays.
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temp)
    else:
        system.rename_new(temp, name, parent)


def _make_and_move(make: Callable[[str], str], temp: str, root: str, path: str, parent: int, *, replace: bool) -> str:
    """Make the file in the folder `temp`, or beside its target where `temp` is on another file system. Returns make's word."""
    beside = os.path.dirname(os.path.join(root, path))
    folders = [temp, beside]
    if os.stat(temp).st_dev != os.fstat(parent).st_dev:
        folders = [beside]
    for folder in folders:
        made = os.path.join(folder, system.temp_name())
        try:
            word = make(made)
            _move_in(made, path, parent, replace=replace)
        except OSError as error:
            _drop(made)
            if error.errno == 18 and folder is not beside:  # EXDEV, between two mounts of one file system
                continue
            raise
        except BaseException:
            _drop(made)
            raise
        return word
    raise AssertionError("unreachable")


def _drop(path: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)


# --- place


class _Placing:
    """One call of `place`."""

    def __init__(
        self, root: str, folder: str, links: Sequence[str], temp: str, executable: bool, algorithm: str, counters: Counters
    ) -> None:
        self.root, self.folder, self.temp = root, os.path.abspath(folder), temp
        self.links, self.executable, self.algorithm = links, executable, algorithm
        self.counters = counters

    def one(self, path: str, digest: str, expected: Entry | None) -> tuple[Entry, str]:
        """The new row and the link used. Raises _RefusedError or OSError."""
        source, size = self._object(path, digest)
        with _parent(self.root, path, make=True) as parent:
            replace = _may_replace(self.root, path, expected)
            used = _make_and_move(lambda made: self._make(source, size, made), self.temp, self.root, path, parent, replace=replace)
        self.counters.step(size=size)
        return look(self.root, path)._replace(digest=digest), used

    def _object(self, path: str, digest: str) -> tuple[str, int]:
        source = object_path(self.folder, digest)
        seen = trusted(self.folder, digest, self.algorithm, self.counters)
        if seen is None:
            corrupt = os.path.isfile(source)
            code, words = ("corrupt", "its object is corrupt") if corrupt else ("missing", "its object is not in the cache")
            raise _RefusedError(Problem(path, code, words))
        return source, seen.st_size

    def _make(self, source: str, size: int, made: str) -> str:
        for link in ("copy",) if size == 0 else self.links:
            try:
                if link == "copy":
                    _copy_file(source, made, system.copy_rest, executable=self.executable)
                elif link == "reflink":
                    _copy_file(source, made, system.clone, executable=self.executable)
                elif link == "hardlink":
                    system.hardlink(source, made)
                elif link == "symlink":
                    system.symlink(source, made)
                else:
                    raise ValueError(f"unknown link type {link!r}")
            except OSError as error:
                if link == "copy" or error.errno not in system.CANNOT:
                    raise
                continue
            return link
        raise OSError(95, f"the file system supports none of: {', '.join(self.links)}")


def _copy_file(source: str, target: str, copy: Callable[[int, int], None], *, executable: bool = False) -> None:
    """A new writable file with the bytes of `source`. Removed again when that fails."""
    fd, _ = system.open_to_read(source)
    try:
        made = system.create(target)
        try:
            copy(fd, made)
            if executable:
                os.fchmod(made, modes.S_IMODE(os.fstat(made).st_mode) | modes.S_IXUSR)
        except BaseException:
            _drop(target)
            raise
        finally:
            os.close(made)
    finally:
        os.close(fd)


def _may_replace(root: str, path: str, expected: Entry | None) -> bool:
    """Whether something is there that may go. Raises _RefusedError when it may not."""
    now = look(root, path)
    if now.kind == "missing":
        return False
    if now.kind == "folder" and now.link != "symlink":
        raise _RefusedError(Problem(path, "is-folder", "a folder is in the way"))
    if expected is None:
        raise _RefusedError(Problem(path, "in-the-way", "something that was not expected is in the way"))
    if not same_stat(now, expected):
        raise _RefusedError(Problem(path, "changed", "changed since it was looked at"))
    return True


def place(
    root: str,
    manifest: contract.Manifest,
    folder: str,
    *,
    links: Sequence[str],
    temp: str,
    over: contract.Listing | None = None,
    executable: bool = False,
    algorithm: str = "md5",
    jobs: int = 0,
    counters: contract.Counters | None = None,
) -> Placed:
    counted = counting(counters)
    _open_root(root)
    _open_root(temp)
    work = _Placing(root, folder, links, temp, executable, algorithm, counted)
    rows: list[Entry] = []
    used: dict[str, int] = {}
    problems: list[Problem] = []
    for path, digest in manifest:
        try:
            row, link = work.one(path, digest, over.get(path) if over is not None else None)
        except _RefusedError as refused:
            problems.append(refused.problem)
        except OSError as error:
            problems.append(system.problem(path, error, writing=True))
        else:
            rows.append(row)
            used[link] = used.get(link, 0) + 1
        counted.step(files=1)
    return Placed(Listing(rows), used, problems)


# --- discard


def discard(root: str, listing: contract.Listing, *, counters: contract.Counters | None = None) -> Moved:
    counted = counting(counters)
    count, size, problems = 0, 0, []
    emptied: set[str] = set()
    for row in listing:
        counted.step(files=1)
        if row.kind not in ("file", "dangling-link", "special"):
            continue
        try:
            removed = _discard_one(root, row)
        except _RefusedError as refused:
            problems.append(refused.problem)
            continue
        except OSError as error:
            problems.append(system.problem(row.path, error, writing=True))
            continue
        if removed:
            count, size = count + 1, size + row.size
        parts = row.path.split("/")[:-1]
        emptied.update("/".join(parts[: n + 1]) for n in range(len(parts)))
    for folder in sorted(emptied, key=lambda f: f.count("/"), reverse=True):
        with contextlib.suppress(OSError, _RefusedError), _parent(root, folder, make=False) as parent:
            os.rmdir(folder.rsplit("/", 1)[-1], dir_fd=parent)
    return Moved(count, size, problems)


def _discard_one(root: str, row: Entry) -> bool:
    """Whether there was something to delete."""
    try:
        with _parent(root, checked_path(row.path), make=False) as parent:
            now = look(root, row.path)
            if now.kind == "missing":
                return False
            if not same_stat(now, row):
                raise _RefusedError(Problem(row.path, "changed", "changed since it was looked at"))
            os.unlink(row.path.rsplit("/", 1)[-1], dir_fd=parent)
    except FileNotFoundError:
        return False
    return True


# --- detach


def detach(root: str, listing: contract.Listing, *, temp: str, jobs: int = 0, counters: contract.Counters | None = None) -> Placed:
    counted = counting(counters)
    _open_root(temp)
    rows: list[Entry] = []
    copied = 0
    problems: list[Problem] = []
    for row in listing:
        counted.step(files=1)
        if row.kind != "file":
            continue
        try:
            with _parent(root, checked_path(row.path), make=False) as parent:
                copied += _detach_one(root, row, temp, parent)
            rows.append(look(root, row.path)._replace(digest=row.digest))
        except _RefusedError as refused:
            problems.append(refused.problem)
        except OSError as error:
            problems.append(system.problem(row.path, error, writing=True))
    return Placed(Listing(rows), {"copy": copied} if copied else {}, problems)


def _detach_one(root: str, row: Entry, temp: str, parent: int) -> int:
    """1 when a link became a copy, 0 when the file was one of its own already."""
    now = look(root, row.path)
    if now.kind == "missing":
        raise _RefusedError(Problem(row.path, "missing", "is gone"))
    if not same_stat(now, row):
        raise _RefusedError(Problem(row.path, "changed", "changed since it was looked at"))
    full = os.path.join(root, row.path)
    if now.link == "copy" and now.mode & modes.S_IWUSR:
        return 0

    def make(made: str) -> str:
        _copy_file(full, made, system.copy_rest)
        return "copy"

    _make_and_move(make, temp, root, row.path, parent, replace=True)
    return 1
