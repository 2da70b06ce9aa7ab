"""Makes room for a stage's outputs before it runs, and takes them into the cache after. Loses nothing on the way.

What is removed before a run is in the cache already; what is not is moved into `.dvc/tmp/kept`, where it stays.
"""

import os
import posixpath
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dvc import engine
from dvc.engine.contract import Listing, Problem, Update
from dvc.exceptions import DvcException
from dvc.model.hashes import MD5, Oid, TreeId
from dvc.model.stage import Content, Stage
from dvc.progress import NullProgress, Progress
from dvc.project import files
from dvc.project.project import Project
from dvc.store.objects import Store, object_name
from dvc.workspace import checkout
from dvc.workspace.changes import Wanted
from dvc.workspace.survey import Seen, Survey, absolute, new_clock, save_index

KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Kept:
    """An output that was moved aside: root-relative path, and where it is now (absolute)."""

    path: str
    where: str
    as_recorded: bool  # its bytes are what the stage itself made


def clear(project: Project, store: Store, stage: Stage, seen: Mapping[str, Seen]) -> list[Kept]:
    """Remove the outputs of `stage` that it makes anew (all but `persist` ones). What no cache holds is moved aside instead."""
    kept = []
    stamp = f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}"
    for out in stage.outs:
        path = stage.locate(out.path)
        there = seen.get(path)
        if out.persist or there is None or there.kind == "missing":
            continue
        if held(store, there):
            _discard(there, path)
        if not os.path.lexists(absolute(project, path)):
            continue
        if there.kind == "folder" and held(store, there):
            continue  # what is left in there is ignored, and none of ours
        as_recorded = there.content is not None and there.content.oid is not None and there.content.oid == out.content.oid
        kept.append(_aside(project, path, stamp, as_recorded=as_recorded))
    return kept


def forget(kept: Iterable[Kept]) -> None:
    """Delete what was moved aside and is nothing but an earlier result of the stage that has now run again."""
    import shutil

    for item in kept:
        if item.as_recorded:
            if os.path.isdir(item.where) and not os.path.islink(item.where):
                shutil.rmtree(item.where, ignore_errors=True)
            else:
                files.remove(item.where)


def held(store: Store, seen: Seen) -> bool:
    """Whether the cache has every byte of what was seen."""
    content = seen.content
    if content is None or content.oid is None:
        return False
    if isinstance(content.oid, Oid):
        return store.holds(content.oid)
    if seen.manifest is None:
        return False
    return not store.presence(content.oid.algorithm, seen.manifest.digests()).missing


def _discard(seen: Seen, path: str) -> None:
    if seen.listing is not None:
        engine.discard(seen.root, seen.listing)
        try:
            os.rmdir(seen.root)
        except OSError:  # not empty: it holds ignored files
            pass
    elif seen.entry is not None:
        engine.discard(seen.root, engine.stat(seen.root, [seen.entry.path])) if _unchanged(seen) else None
    del path


def _unchanged(seen: Seen) -> bool:
    now = engine.stat(seen.root, [seen.entry.path]).get(seen.entry.path) if seen.entry else None
    return now is not None and seen.entry is not None and (now.size, now.mtime, now.inode) == (seen.entry.size, seen.entry.mtime, seen.entry.inode)


def _aside(project: Project, path: str, stamp: str, *, as_recorded: bool) -> Kept:
    inside = path.lstrip("/") if not path.startswith("../") else posixpath.basename(path)
    where = os.path.join(project.tmp_dir, KEPT, stamp, inside)
    try:
        os.makedirs(os.path.dirname(where), exist_ok=True)
        os.rename(absolute(project, path), where)
    except OSError as error:
        raise DvcException(
            f"'{project.shown(path)}' must make room for what the stage makes, and cannot be moved to '{where}': {error.strerror}",
            hint="move it away yourself",
        ) from error
    return Kept(path, where, as_recorded)


# --- afterwards


def store_all(project: Project, store: Store, paths: Sequence[str], seen: Survey, *, jobs: int = 0, progress: Progress | None = None) -> None:
    """Have the cache hold what stands at `paths`, as it was seen. Raises DvcException where a file cannot be stored."""
    folder = store.folder(MD5)
    clock = new_clock(project)
    counters = engine.counters()
    updates = []
    plain = {path for path in paths if seen[path].kind == "file"}
    with (progress or NullProgress()).task("Storing", files=len(plain)) as task:
        task.watch(lambda: (counters.files, counters.bytes))
        for root, listing, prefix in _listings(project, paths, seen):
            done = engine.store(root, listing, folder, algorithm=MD5, jobs=jobs, dir_mode=store.dir_mode, counters=counters)
            _check(project, done, prefix)
            updates.append(Update(prefix, done, clock, MD5, whole=False))
    for path in paths:
        manifest, content = seen[path].manifest, seen[path].content
        if manifest is not None and content is not None and isinstance(content.oid, TreeId):
            store.put_tree(manifest)
    if updates:
        store.sync()
        save_index(project, engine.load_index(project.index_path), updates)
    relink(project, store, {path: seen[path].content for path in paths}, jobs=jobs)


def _listings(project: Project, paths: Sequence[str], seen: Survey) -> Iterable[tuple[str, Listing, str]]:
    rows = seen.files(MD5)
    files_ = [(path, digest) for path in paths if (digest := _digest(rows, path)) is not None]
    if files_:
        yield project.root, rows.only(engine.manifest(files_)), ""
    for path in paths:
        listing = seen[path].listing
        if seen[path].kind == "folder" and listing is not None:
            yield seen[path].root, listing, path


def _digest(rows: Listing, path: str) -> str | None:
    row = rows.get(path)
    return None if row is None else row.digest


def _check(project: Project, listing: Listing, prefix: str) -> None:
    problems: list[Problem] = [p for p in listing.problems if p.code not in {"dangling-link", "special"}]
    if problems:
        first = problems[0]
        path = posixpath.join(prefix, first.path) if prefix else first.path
        raise DvcException(f"'{project.shown(path)}' cannot be stored in the cache: {first.message}", hint="nothing was recorded; see to it and try again")


def relink(project: Project, store: Store, contents: Mapping[str, Content | None], *, jobs: int = 0) -> None:
    """Where the cache is linked into the workspace, replace the files just stored by links."""
    if store.links and store.links[0] in {"hardlink", "symlink"}:
        wanted = [Wanted(path, content) for path, content in contents.items() if content is not None]
        plan = checkout.plan(project, store, wanted, relink=True, jobs=jobs)
        checkout.apply(plan, project, store, jobs=jobs)
