"""Who uses and who makes which path: leases in DVC's `rwlock`, held while a stage runs or data moves.

Implements docs/formats/locks.md. A lease lasts as long as the process that has it, and as the commands that it started.
"""

import json
import os
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dvc.exceptions import EngineProblem, LockHeld
from dvc.project import files, growing, locks
from dvc.project.locks import PAUSE, acquire, is_alive, try_lock
from dvc.values import dataclass

if TYPE_CHECKING:
    from dvc.project.project import Project


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has a path that somebody else wants. `path` is as the user sees it."""

    path: str
    pid: int
    command: str
    since: float | None  # seconds since the epoch, where that is known
    ended: bool  # it is gone itself, but something that it started still runs

    def words(self) -> str:
        when = "" if self.since is None else f" since {time.strftime('%H:%M:%S', time.localtime(self.since))}"
        if self.ended:
            return f"a command that process {self.pid} (`{self.command}`, ended) had started{when} still runs and may write '{self.path}'"
        return f"process {self.pid} is at work on '{self.path}'{when}: `{self.command}`"


class Lease:
    """Paths entered in the book for this process, until `release`."""

    def __init__(self, project: "Project", claim: "_Claim", me: dict[str, object]) -> None:
        self._project = project
        self._claim = claim
        self._me = me
        self._ended = False

    def release(self) -> None:
        """End it. Once is enough."""
        if self._ended:
            return
        self._ended = True
        with _rwlock(self._project) as book:
            _leave(book, self._claim, self._me)


def try_lease(project: "Project", reads: Iterable[str], writes: Iterable[str]) -> Lease | Holder:
    """Enter paths (relative to the root, or absolute) in `.dvc/tmp/rwlock`, or say who has an equal, higher or deeper one.

    Paths that this very process has entered stand in nobody's way. May be held while data moves and while a user's command runs.
    """
    mine = _Claim(
        frozenset(os.path.join(project.root, p) if p else project.root for p in reads),
        frozenset(os.path.join(project.root, p) if p else project.root for p in writes),
    )
    me = {"pid": os.getpid(), "cmd": " ".join(sys.argv)}
    with _rwlock(project) as book:
        held = _conflict(book, mine, me)
        if held is None:
            _enter(book, mine, me)
            return Lease(project, mine, me)
    return _holder_of(project, *held)


@contextmanager
def lease(project: "Project", reads: Iterable[str], writes: Iterable[str], wait: bool = False) -> Iterator[None]:
    """As `try_lease`, for a block. Raises LockHeld, telling pid and command of who has the path, after about 3 seconds; with
    `wait` never."""
    reads, writes = list(reads), list(writes)
    until = None if wait else time.monotonic() + locks.PATIENCE
    while isinstance(found := try_lease(project, reads, writes), Holder):
        if until is not None and time.monotonic() >= until:
            raise LockHeld(f"'{found.path}' is busy: {found.words()}", hint="wait for it to end, or use `--wait-for-lock`")
        time.sleep(PAUSE * 2)
    try:
        yield
    finally:
        found.release()


@contextmanager
def presence(project: "Project") -> Iterator[int | None]:
    """Keep a locked file open that says this process lives, or something that it started: pass the descriptor on to commands.

    What they may still write stays leased when this process is killed. None where files cannot be locked.
    """
    path = _presence(project.tmp_dir, os.getpid())
    _sweep(project.tmp_dir)
    try:
        descriptor = acquire(path, exclusive=True, patience=locks.PATIENCE)
    except EngineProblem:
        descriptor = None
    try:
        yield descriptor
    finally:
        if descriptor is not None:
            os.unlink(path)
            os.close(descriptor)


def _sweep(tmp_dir: str) -> None:
    """Remove what killed processes left: their locked files, and the spares of files that they wrote."""
    dead = [pid for pid in _listed(os.path.join(tmp_dir, "alive")) if not _lives({"pid": int(pid)}, tmp_dir)]
    for pid in dead:
        files.remove(_presence(tmp_dir, int(pid)))
    growing.sweep(tmp_dir, dead)


def _listed(folder: str) -> list[str]:
    try:
        return [name for name in os.listdir(folder) if name.isdecimal()]
    except OSError:
        return []


def _presence(tmp_dir: str, pid: int) -> str:
    return os.path.join(tmp_dir, "alive", str(pid))


def _holder_of(project: "Project", path: str, owner: dict[str, Any]) -> Holder:
    pid = owner.get("pid")
    pid = pid if isinstance(pid, int) else 0
    try:
        since = os.stat(_presence(project.tmp_dir, pid)).st_mtime
    except OSError:
        since = None
    return Holder(project.shown(_inside(project, path)), pid, str(owner.get("cmd")), since, ended=not is_alive(pid))


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
    descriptor = acquire(path + ".lock", exclusive=True, patience=locks.PATIENCE * 10)
    if descriptor is None:
        raise LockHeld(f"Unable to acquire lock '{path}.lock'", hint="see which process holds it")
    try:
        raw = files.read(path)
        book = _living(raw, project.tmp_dir)
        yield book
        text = json.dumps({k: v for k, v in book.items() if v}) if any(book.values()) else "{}"
        if (raw is not None or text != "{}") and text.encode() != raw:
            files.atomic_write(path, text)
    finally:
        os.close(descriptor)


def _living(raw: bytes | None, tmp_dir: str) -> _Book:
    """What the file says of living processes. A torn or foreign file says nothing: it only ever held promises."""
    try:
        found = json.loads(raw or b"{}")
    except ValueError:
        found = {}
    book: _Book = {"read": {}, "write": {}}
    if not isinstance(found, dict):
        return book
    for path, owner in _items(found.get("write")):
        if _lives(owner, tmp_dir):
            book["write"][path] = owner
    for path, owners in _items(found.get("read")):
        alive = [owner for owner in owners if _lives(owner, tmp_dir)] if isinstance(owners, list) else []
        if alive:
            book["read"][path] = alive
    return book


def _items(value: object) -> list[tuple[str, Any]]:
    return list(value.items()) if isinstance(value, dict) else []


def _lives(owner: object, tmp_dir: str) -> bool:
    if not isinstance(owner, dict):
        return False
    pid = owner.get("pid")
    if not isinstance(pid, int):
        return False
    if pid == os.getpid():
        return True
    try:
        descriptor = os.open(_presence(tmp_dir, pid), os.O_RDWR | getattr(os, "O_CLOEXEC", 0))
    except OSError:
        return is_alive(pid)  # of DVC, or a command of ours that starts nothing
    try:
        # Nobody holds it: the number belongs to another process by now, if to any.
        return not try_lock(descriptor, exclusive=True)
    finally:
        os.close(descriptor)


def _inside(project: "Project", path: str) -> str:
    return path[len(project.root) + 1 :] if path.startswith(project.root + os.sep) else path
