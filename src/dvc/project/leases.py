"""Who uses and who makes which path: leases in DVC's `rwlock`, held while a stage runs or data moves.

Implements docs/formats/locks.md. A lease lasts as long as the process that has it, and as the commands that it started.
"""

import json
import os
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
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

    def __init__(self, leases: "Leases", claim: "_Claim") -> None:
        self._leases = leases
        self._claim = claim
        self._ended = False

    def release(self, *, soon: bool = False) -> None:
        """End it: at once or, with `soon`, by `Leases.settle` or when the next lease is entered. Once is enough."""
        if not self._ended:
            self._ended = True
            self._leases.leave(self._claim, soon=soon)


class Leases:
    """What this process enters in `.dvc/tmp/rwlock`, and takes out again."""

    def __init__(self, project: "Project") -> None:
        self._project = project
        self._me = {"pid": os.getpid(), "cmd": " ".join(sys.argv)}
        self._leaving: list[_Claim] = []
        self._left: tuple[bytes, _Book] | None = None  # the book as we left it, if nobody else is in it

    def take(self, reads: Iterable[str], writes: Iterable[str]) -> Lease | Holder:
        """Enter paths (relative to the root, or absolute), or say who has an equal, higher or deeper one.

        Paths that this very process has entered stand in nobody's way. May be held while data moves and while a user's command runs.
        """
        root = self._project.root
        mine = _Claim(*(frozenset(os.path.join(root, path) if path else root for path in paths) for paths in (reads, writes)))
        with self._book() as book:
            held = _conflict(book, mine, self._me)
            if held is None:
                _enter(book, mine, self._me)
                return Lease(self, mine)
        return _holder_of(self._project, *held)

    def leave(self, claim: "_Claim", *, soon: bool) -> None:
        self._leaving.append(claim)
        if not soon:
            self.settle()

    def settle(self) -> None:
        """Take out of the book what is to be released. Before anything that takes a while: others may wait for it."""
        if self._leaving:
            with self._book():
                pass

    @contextmanager
    def _book(self) -> "Iterator[_Book]":
        """The book, without entries of the dead and what is leaving, to be changed in the block; written back if it was."""
        path = os.path.join(self._project.tmp_dir, "rwlock")
        descriptor = acquire(path + ".lock", exclusive=True, patience=locks.PATIENCE * 10)
        if descriptor is None:
            raise LockHeld(f"Unable to acquire lock '{path}.lock'", hint="see which process holds it")
        try:
            raw = files.read(path)
            known, self._left = self._left, None
            book = known[1] if known is not None and known[0] == raw else _living(raw, self._project.tmp_dir)
            for claim in self._leaving:
                _leave(book, claim, self._me)
            yield book
            text = json.dumps({k: v for k, v in book.items() if v}).encode() if any(book.values()) else b"{}"
            if (raw is not None or text != b"{}") and text != raw:
                files.atomic_write(path, text)
            self._leaving.clear()
            if _is_only(book, self._me):
                self._left = text, book
        finally:
            os.close(descriptor)


@contextmanager
def lease(project: "Project", reads: Iterable[str], writes: Iterable[str], wait: bool = False) -> Iterator[None]:
    """As `Leases.take`, for a block. Raises LockHeld, telling pid and command of who has the path, after about 3 seconds; with
    `wait` never."""
    reads, writes, leases = list(reads), list(writes), Leases(project)
    until = None if wait else time.monotonic() + locks.PATIENCE
    while isinstance(found := leases.take(reads, writes), Holder):
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


@lru_cache(maxsize=1024)
def _above(path: str) -> tuple[str, ...]:
    """The folders that hold `path`."""
    folder = os.path.dirname(path)
    return () if folder == path or not folder else (folder, *_above(folder))


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


def _is_only(book: _Book, me: dict[str, object]) -> bool:
    """Whether nobody else is in the book: no entry can die, then."""
    return all(owner == me for owner in book["write"].values()) and all(owner == me for owners in book["read"].values() for owner in owners)


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
