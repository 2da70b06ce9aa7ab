"""Records stages as they finish, many in a row: results for the run-cache, `.gitignore` lines, dvc.lock entries.

What `Edits` is for a command that writes once, this is for a run of thousands of stages: each costs what is new of it. The
order of writes is the same: objects, one sync, `.gitignore`, dvc.lock. Where syncing and writing take longer than the stages
do, several finished ones share them; none waits longer than `_SHARE` times what they take.
"""

import json
import os
import posixpath
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack

from dvc.formats import lock as format_
from dvc.formats.lock import LockEntry
from dvc.model.stage import Stage
from dvc.pipeline import outputs, runcache
from dvc.pipeline.outputs import Kept
from dvc.pipeline.record import with_versions
from dvc.project import files, locks
from dvc.project.edits import LOCK, Edits
from dvc.project.gitignores import Gitignores
from dvc.project.growing import GrowingFile
from dvc.project.leases import Lease
from dvc.project.ordered import Mark, OrderedFile
from dvc.project.project import Project
from dvc.store.objects import Store
from dvc.values import dataclass

_SHARE = 20.0  # syncing and writing take a twentieth of the time at most
_FREE = 0.001  # seconds: where they take less, as in memory, they are not put off
_ORDER = "repro-order"  # in `.dvc/tmp`: where the new entries of a run that was cut short begin


@dataclass(frozen=True, slots=True)
class Finished:
    """A stage and what is to be recorded of it. `stored`: objects were added to the cache; `result`: the run-cache keeps it.

    Once that is recorded, `kept` is needed no more and `lease` is released soon.
    """

    stage: Stage
    entry: LockEntry
    stored: bool = False
    result: bool = False
    kept: tuple[Kept, ...] = ()
    lease: Lease | None = None


class Books:
    """`stages` are those of the run, in its order. `durable`: objects are synced before they are named; `ordered`: stages may
    finish in another order, and new entries still stand in that of the run."""

    def __init__(self, project: Project, store: Store, stages: Sequence[Stage], *, durable: bool, ordered: bool) -> None:
        self._project = project
        self._store = store
        self._durable = durable
        self._ranks: dict[str, dict[str, int]] = {}
        for rank, stage in enumerate(stages):
            self._ranks.setdefault(_lock_of(stage), {})[stage.name or ""] = rank
        self._marks = _recall(project)
        self._locks: dict[str, OrderedFile] = {}
        self._pending: list[Finished] = []
        self._adding = ExitStack()
        self._syncing = 0.0  # seconds that the last sync took
        self._writing = 0.0  # seconds that the last writing of metadata took
        self._flushed = float("-inf")
        paths = [path for stage in stages for path in kept_from_git(stage)]
        self._gitignores = None if project.git is None else Gitignores(project, project.git, paths, self._marks, durable=durable)
        self._ordered = ordered

    # --- taking in

    def adding(self) -> None:
        """Objects are about to be added: from now to `flush`, nobody collects what nothing names yet."""
        if not self._pending:
            self._adding.close()
            self._adding.enter_context(locks.objects(self._store.cache_dir, wait=True))

    def put(self, finished: Finished) -> None:
        """Take a finished stage in. It is recorded by `flush`."""
        self._pending.append(finished)

    def has_pending_inside(self, folders: Sequence[str]) -> bool:
        """Whether an output of a stage that is not recorded yet lies in one of `folders` (the root is the empty path)."""
        insides = tuple(f"{folder}/" if folder not in {"", "."} else "" for folder in folders)
        return any(path.startswith(insides) for finished in self._pending for path in kept_from_git(finished.stage))

    def due(self) -> float | None:
        """When (monotonic seconds) what was taken in must be recorded; None where there is nothing."""
        if not self._pending:
            return None
        cost = self._writing + (self._syncing if self._needs_sync() else 0.0)
        return self._flushed + cost * _SHARE if cost > _FREE else float("-inf")

    # --- recording

    def flush(self) -> tuple[str, ...]:
        """Record everything now; the metadata files that changed. What could not be recorded is kept for the next time."""
        if self._needs_sync():
            began = time.monotonic()
            self._store.sync()
            self._syncing = time.monotonic() - began
        changed: list[str] = []
        if self._pending:
            for finished in self._pending:
                if finished.result:
                    runcache.save(self._store.cache_dir, finished.entry)
            with locks.metadata(self._project, wait=True):
                self._note_order()
                changed = [*self._ignore(), *self._record()]
            self._flushed = time.monotonic()
        self._end_pending(recorded=True)
        return tuple(dict.fromkeys(changed))

    def close(self, *, whole: bool) -> None:
        """End the run. `whole`: every stage was tried, so the next run is not a part of this one."""
        self._end_pending(recorded=False)
        for book in self._locks.values():
            book.close()
        if self._gitignores is not None:
            self._gitignores.close()
        if whole:
            files.remove(_order_file(self._project))

    def recorded(self, stage: Stage) -> LockEntry | None:
        """What dvc.lock has of a stage at this moment: another process may have run it since the run began."""
        path, name = _lock_of(stage), stage.name or ""
        book = self._lock(path)
        if book.refresh():
            piece = book.get(name)
            text = None if piece is None else format_.HEAD + piece.decode()
        else:
            data = files.read(self._project.full(path))
            text = None if data is None else data.decode()
        return None if text is None else format_.read(text, path).stages.get(name)

    def _end_pending(self, *, recorded: bool) -> None:
        ended, self._pending = self._pending, []
        self._adding.close()
        for finished in ended:
            if recorded:
                outputs.forget(finished.kept)
            if finished.lease is not None:
                finished.lease.release(soon=True)

    def _needs_sync(self) -> bool:
        return self._durable and any(finished.stored for finished in self._pending)

    def _ignore(self) -> list[str]:
        if self._gitignores is None:
            return []
        return self._gitignores.add(path for finished in self._pending for path in kept_from_git(finished.stage))

    def _record(self) -> list[str]:
        changed: list[str] = []
        touched: dict[str, OrderedFile] = {}
        for finished in self._pending:
            path, name = _lock_of(finished.stage), finished.stage.name or ""
            book = self._lock(path)
            usual = book.refresh()
            entry = with_versions(finished.stage, finished.entry)
            block = format_.block(name, entry, (book.get(name) or b"").decode()) if usual else None
            if block is None:
                book.save()
                edits = Edits(self._project)
                edits.put_lock(finished.stage, entry)
                changed += edits.commit()
                continue
            if book.get("") is None:
                book.put("", format_.HEAD.encode())
            book.put(name, block.encode())
            touched[path] = book
        changed += [path for path, book in touched.items() if book.save()]
        self._writing = sum(book.cost for book in touched.values()) + (0.0 if self._gitignores is None else self._gitignores.cost)
        return changed

    def _lock(self, path: str) -> OrderedFile:
        book = self._locks.get(path)
        if book is None:
            growing = GrowingFile(self._project.full(path), self._project.tmp_dir, shown=self._project.shown(path), durable=self._durable)
            book = self._locks[path] = OrderedFile(growing, _cut, self._ranks.get(path, {}), self._marks.get(path))
            book.refresh()
        return book

    def _note_order(self) -> None:
        """Before the first entry of a run whose stages finish in any order: where new ones begin, for a run that goes on with it."""
        if not self._ordered:
            return
        self._ordered = False
        marks = dict(self._marks)
        for path in self._ranks:
            marks.setdefault(path, self._lock(path).mark())
        for path, mark in self._gitignores.marks().items() if self._gitignores is not None else ():
            marks.setdefault(path, mark)
        files.atomic_write(_order_file(self._project), json.dumps(marks))


def kept_from_git(stage: Stage) -> list[str]:
    """The outputs of a stage, relative to the root, that git is to leave out."""
    paths = (stage.locate(out.path) for out in stage.outs if out.cache and "://" not in out.path)
    return [path for path in paths if not path.startswith(("/", "../"))]


def _lock_of(stage: Stage) -> str:
    return posixpath.join(posixpath.dirname(stage.file), LOCK)


def _cut(data: bytes | None) -> list[tuple[str, bytes]] | None:
    if not data:
        return []
    try:
        blocks = format_.cut(data.decode())
    except UnicodeDecodeError:
        return None
    if blocks is None:
        return None
    return [("", format_.HEAD.encode()), *((name, block.encode()) for name, block in blocks.items())]


def _order_file(project: Project) -> str:
    return os.path.join(project.tmp_dir, _ORDER)


def _recall(project: Project) -> Mapping[str, Mark]:
    """The marks of a run that was cut short; a note that makes no sense says nothing."""
    try:
        found = json.loads(files.read(_order_file(project)) or b"{}")
        return {path: Mark(int(count), str(last)) for path, (count, last) in found.items()}
    except (ValueError, TypeError, AttributeError):
        return {}
