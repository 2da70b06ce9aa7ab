"""Looking at the file system: scan, stat, hash. Reads alone; the plain twin of the native engine's walk and hash."""

import contextlib
import hashlib
import os
import re
import stat as modes
from collections.abc import Callable, Iterator, Sequence

from dvc.engine import contract, system
from dvc.engine.contract import Entry, Problem, Rule
from dvc.engine.python_values import Counters, Listing, counting
from dvc.exceptions import EngineProblem

_CHUNK = 1 << 20
_HEAD = 512
_TEXT = bytes(range(0x20, 0x7F)) + b"\n\r\t\f\b"
_TRIES = 4  # for a file that changes while it is read

Sink = Callable[[bytes], None]


def digest_of(fd: int, algorithm: str, counters: Counters, sink: Sink | None = None) -> str:
    """Hash the open file from its offset to its end; `sink` gets the raw bytes on the way."""
    found = hashlib.md5(usedforsecurity=False)
    for chunk in _chunks(fd):
        counters.step(size=len(chunk))
        if sink:
            sink(chunk)
        found.update(_as_hashed(chunk) if algorithm == "md5-dos2unix" else chunk)
    return found.hexdigest()


def _chunks(fd: int) -> Iterator[bytes]:
    """Whole mebibytes but for the last: md5-dos2unix depends on where they end."""
    while True:
        parts, missing = [], _CHUNK
        while missing and (part := os.read(fd, missing)):
            parts.append(part)
            missing -= len(part)
        if parts:
            yield b"".join(parts)
        if missing:
            return


def _as_hashed(chunk: bytes) -> bytes:
    """DVC 2.x: a chunk that looks like text at its start has CRLF read as LF (docs/formats/objects.md)."""
    head = chunk[:_HEAD]
    odd = len(head.translate(None, _TEXT))
    is_text = b"\0" not in head and odd <= 0.30 * len(head)
    return chunk.replace(b"\r\n", b"\n") if is_text else chunk


def look(root: str, path: str) -> Entry:
    """The row of one path as it is now, links followed."""
    full = os.path.join(root, path)
    try:
        own = os.lstat(full)
    except OSError as error:
        kind = "unreadable" if error.errno == 13 else "missing"
        return Entry(path, kind, 0, 0, 0, 0, "copy", None)
    except ValueError:  # a NUL in the name
        return Entry(path, "missing", 0, 0, 0, 0, "copy", None)
    if not modes.S_ISLNK(own.st_mode):
        return row_of(path, own)
    try:
        return row_of(path, os.stat(full), linked=True)
    except OSError as error:
        kind = "unreadable" if error.errno == 13 else "dangling-link"
        return Entry(path, kind, 0, 0, 0, 0, "symlink", None)


def row_of(path: str, seen: os.stat_result, *, linked: bool = False, digest: str | None = None) -> Entry:
    if modes.S_ISREG(seen.st_mode):
        kind = "file"
    elif modes.S_ISDIR(seen.st_mode):
        kind = "folder"
    else:
        kind = "special"
    link = "symlink" if linked else "hardlink" if kind == "file" and seen.st_nlink > 1 else "copy"
    return Entry(path, kind, seen.st_size, seen.st_mtime_ns, seen.st_ino, seen.st_mode, link, digest)


def same_stat(row: Entry, other: Entry) -> bool:
    return row[1:5] == other[1:5]


def stat(root: str, paths: Sequence[str]) -> Listing:
    return Listing([look(root, path) for path in paths])


# --- scan


class _Rules:
    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = [(rule, re.compile(rule.regex, re.DOTALL)) for rule in rules]

    def ignores(self, path: str, *, is_folder: bool) -> bool:
        """`path` is relative to the project's root. The last rule that matches decides."""
        for rule, regex in reversed(self._rules):
            if rule.folders_only and not is_folder:
                continue
            if rule.base and not path.startswith(rule.base + "/"):
                continue
            if regex.fullmatch(path[len(rule.base) + 1 :] if rule.base else path):
                return not rule.negated
        return False


def scan(root: str, *, base: str, rules: Sequence[Rule], jobs: int = 0, counters: contract.Counters | None = None) -> Listing:
    matcher, counted = _Rules(rules), counting(counters)
    rows: list[Entry] = []
    problems: list[Problem] = []
    folders = [""]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(os.path.join(root, folder) if folder else root) as found:
                names = sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            if not folder:
                raise EngineProblem(system.problem(root, error).code, root, os.strerror(error.errno or 0)) from None
            problems.append(system.problem(folder, error))
            continue
        if folder and any(e.name == ".dvc" and e.is_dir(follow_symlinks=False) for e in names):
            continue  # a project of its own
        for entry in names:
            path = f"{folder}/{entry.name}" if folder else entry.name
            in_project = f"{base}/{path}" if base else path
            is_folder = entry.is_dir(follow_symlinks=False)
            if matcher.ignores(in_project, is_folder=is_folder):
                continue
            if is_folder:
                folders.append(path)
                continue
            row = look(root, path)
            counted.step(files=1)
            if entry.name == ".dvcignore":
                problems.append(Problem(path, "ignore-file", "a .dvcignore file inside a tracked folder"))
            elif row.kind == "file":
                rows.append(row)
            elif row.kind != "folder":
                problems.append(Problem(path, row.kind, _WORDS[row.kind]))
    return Listing(rows, problems)


_WORDS = {
    "missing": "vanished while it was looked at",
    "dangling-link": "a symbolic link to nothing",
    "special": "neither a file nor a folder",
    "unreadable": "cannot be read",
}


# --- hash


def read_steadily(root: str, row: Entry, read: Callable[[int], str]) -> Entry | Problem:
    """The row with the digest that `read` gives for the open file, and the stat of just those bytes."""
    try:
        for _ in range(_TRIES):
            fd, before = system.open_to_read(os.path.join(root, row.path))
            try:
                digest = read(fd)
                after = os.fstat(fd)
            finally:
                os.close(fd)
            if _stamp(before) == _stamp(after):
                return row_of(row.path, after, linked=row.link == "symlink", digest=digest)
    except OSError as error:
        return system.problem(row.path, error)
    return Problem(row.path, "changed", "changed again and again while it was read")


def _stamp(seen: os.stat_result) -> tuple[int, int]:
    return seen.st_size, seen.st_mtime_ns


def hash(  # noqa: A001 - the contract's word
    root: str, listing: contract.Listing, *, algorithm: str, jobs: int = 0, counters: contract.Counters | None = None
) -> Listing:
    counted = counting(counters)
    rows, problems = [], listing.problems
    for row in listing:
        if row.kind == "file" and row.digest is None:
            found = read_steadily(root, row, lambda fd: digest_of(fd, algorithm, counted))
            if isinstance(found, Problem):
                problems.append(found)
            else:
                row = found
            counted.step(files=1)
        rows.append(row)
    return Listing(rows, problems)


def clock(folder: str) -> int:
    path = os.path.join(folder, system.temp_name())
    try:
        fd = system.create(path)
    except OSError:
        return 0
    try:
        return os.fstat(fd).st_mtime_ns
    finally:
        os.close(fd)
        with contextlib.suppress(OSError):
            os.unlink(path)
