"""`dvc cache migrate`: bring 2.x objects into the 3.x layout, and, with `dvc_files`, the records that name them.

Objects are hard-linked under their new names where that works, else copied; the old ones stay. `.dir` objects are not carried
over under their old names (nothing could refer to them): new ones are written when the records are migrated.
"""

import os

from dvc import engine
from dvc.engine.contract import Digests, Manifest
from dvc.exceptions import DvcException, EngineProblem
from dvc.formats.lock import LockEntry, Recorded
from dvc.model.hashes import MD5, MD5_DOS2UNIX, Oid, TreeId
from dvc.model.stage import Out, PathDep, Stage
from dvc.ops.cache import store_of
from dvc.ops.saving import durable
from dvc.progress import NullProgress, Progress
from dvc.project import locks
from dvc.project.edits import Edits
from dvc.project.project import Project
from dvc.store.objects import Store
from dvc.values import dataclass, replace


@dataclass(frozen=True, slots=True)
class MigrateOptions:
    dvc_files: bool = False
    dry: bool = False
    wait: bool = False


@dataclass(frozen=True, slots=True)
class MigrateResult:
    """`count` objects are new in the 3.x layout (or would be); `changed` files were rewritten; `notes` tell what could not be."""

    count: int
    changed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def migrate(project: Project, options: MigrateOptions, progress: Progress = NullProgress()) -> MigrateResult:
    store = store_of(project)
    with locks.objects(store.cache_dir):
        old = engine.objects(store.folder(MD5_DOS2UNIX)).files()
        new = _rehash(store, old, progress)
        missing = engine.exists(store.folder(MD5), engine.digests(list(new.values())), algorithm=MD5).missing if new else engine.digests([])
        if options.dry:
            return MigrateResult(len(missing))
        _link(store, new, missing, progress)
        if len(missing) and durable(project):
            engine.sync(store.cache_dir)
        if not options.dvc_files:
            return MigrateResult(len(missing))
        edits, notes = _records(project, store, new)
        with locks.metadata(project, wait=options.wait):
            changed = edits.commit()
    return MigrateResult(len(missing), changed, tuple(notes))


def _rehash(store: Store, names: Digests, progress: Progress) -> dict[str, str]:
    """Old name to the MD5 of the very bytes. Objects that cannot be read are left out."""
    folder = store.folder(MD5_DOS2UNIX)
    paths = {f"{name[:2]}/{name[2:]}": name for name in names}
    if not paths:
        return {}
    counters = engine.counters()
    with progress.task("Hashing", files=len(paths)) as task:
        task.watch(lambda: (counters.files, counters.bytes))
        rows = engine.hash(folder, engine.stat(folder, list(paths)), algorithm=MD5, counters=counters)
    return {paths[row.path]: row.digest for row in rows if row.digest is not None}


def _link(store: Store, new: dict[str, str], missing: Digests, progress: Progress) -> None:
    old_folder, folder = store.folder(MD5_DOS2UNIX), store.folder(MD5)
    with progress.task("Migrating", files=len(missing)) as task:
        for name, digest in new.items():
            if digest not in missing:
                continue
            source = os.path.join(old_folder, name[:2], name[2:])
            target = os.path.join(folder, digest[:2], digest[2:])
            os.makedirs(os.path.dirname(target), exist_ok=True)
            try:
                os.link(source, target)
                os.chmod(target, 0o444)
            except FileExistsError:
                pass
            except OSError:
                with open(source, "rb") as file:
                    engine.put(folder, file.read(), dir_mode=store.dir_mode)
            task.advance(1)


# --- records


def _records(project: Project, store: Store, new: dict[str, str]) -> tuple[Edits, list[str]]:
    """The edits that turn every 2.x record whose objects are in the cache into a 3.x one."""
    edits = Edits(project)
    notes: list[str] = []
    for stage in project.workspace().stages():
        try:
            migrated = _stage(store, stage, new)
        except DvcException as why:
            notes.append(f"'{project.shown(stage.file)}' keeps its 2.x records: {why.message}")
            continue
        if migrated == stage:
            continue
        if stage.name is None:
            edits.put_data(migrated)
        else:
            edits.put_lock(migrated, _entry(migrated))
    return edits, notes


def _entry(stage: Stage) -> LockEntry:
    """What the lock says of the stage, with the contents that it has now."""
    deps = tuple(Recorded(dep.path, dep.content) for dep in stage.deps if isinstance(dep, PathDep))
    params = {dep.path: dict(dep.values) for dep in stage.params if dep.values is not None}
    outs = tuple(Recorded(out.path, out.content) for out in stage.outs)
    return LockEntry(cmd=stage.recorded_cmd, deps=deps, params=params, outs=outs)


def _stage(store: Store, stage: Stage, new: dict[str, str]) -> Stage:
    outs = tuple(_out(store, stage, out, new) for out in stage.outs)
    deps = tuple(_dep(store, stage, dep, new) if isinstance(dep, PathDep) else dep for dep in stage.deps)
    return replace(stage, outs=outs, deps=deps)


def _out(store: Store, stage: Stage, out: Out, new: dict[str, str]) -> Out:
    oid = _oid(store, stage.locate(out.path), out.content.oid, new)
    return out if oid is None else replace(out, content=replace(out.content, oid=oid, algorithm=MD5))


def _dep(store: Store, stage: Stage, dep: PathDep, new: dict[str, str]) -> PathDep:
    oid = _oid(store, stage.locate(dep.path), dep.content.oid, new)
    return dep if oid is None else replace(dep, content=replace(dep.content, oid=oid, algorithm=MD5))


def _oid(store: Store, path: str, oid: Oid | TreeId | None, new: dict[str, str]) -> Oid | TreeId | None:
    """The 3.x name of what a 2.x record names; None where nothing is to be done."""
    if oid is None or oid.algorithm != MD5_DOS2UNIX:
        return None
    if isinstance(oid, Oid):
        if oid.hex not in new:
            raise EngineProblem("missing", path, "its object is not in the cache")
        return Oid(MD5, new[oid.hex])
    old = store.tree(oid)
    if old is None:
        raise EngineProblem("missing", path, "its .dir object is not in the cache")
    return store.put_tree(_tree(old, path, new))


def _tree(old: Manifest, path: str, new: dict[str, str]) -> Manifest:
    pairs = []
    for inner, digest in old:
        if digest not in new:
            raise EngineProblem("missing", f"{path}/{inner}", "its object is not in the cache")
        pairs.append((inner, new[digest]))
    return engine.manifest(pairs)
