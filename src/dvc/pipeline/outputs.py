"""Makes room for a stage's outputs before it runs, and knows which recorded outputs the cache holds. Loses nothing on the way.

What is removed before a run is in the cache already; what is not is moved into `.dvc/tmp/kept`, where it stays.
"""

import os
import posixpath
import secrets
import shutil
import time
from collections.abc import Iterable, Mapping

from dvc import engine
from dvc.engine.contract import Manifest
from dvc.exceptions import DvcException
from dvc.model.hashes import Algorithm, ObjectId, Oid, TreeId
from dvc.model.stage import Stage
from dvc.project import files
from dvc.project.project import Project
from dvc.store.objects import Store, object_name
from dvc.values import dataclass
from dvc.workspace.survey import Seen, absolute

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
    stamp = _stamp()
    for out in stage.outs:
        path = stage.locate(out.path)
        there = seen.get(path)
        if out.persist or there is None or there.kind == "missing":
            continue
        if held(store, there):
            _discard(there)
        if not os.path.lexists(absolute(project, path)):
            continue
        if there.kind == "folder" and held(store, there):
            continue  # what is left in there is ignored, and none of ours
        as_recorded = there.content is not None and there.content.oid is not None and there.content.oid == out.content.oid
        kept.append(Kept(path, _aside(project, path, stamp), as_recorded))
    return kept


def aside(project: Project, path: str) -> str:
    """Move one output out of the way; where it is now."""
    return _aside(project, path, _stamp())


def forget(kept: Iterable[Kept]) -> None:
    """Delete what was moved aside and is nothing but an earlier result of the stage that has now run again."""
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


def _discard(seen: Seen) -> None:
    if seen.listing is not None:
        engine.discard(seen.root, seen.listing)
        try:
            os.rmdir(seen.root)
        except OSError:  # not empty: it holds ignored files
            pass
    elif seen.entry is not None:
        now = engine.stat(seen.root, [seen.entry.path])
        row = now.get(seen.entry.path)
        if row is not None and (row.size, row.mtime, row.inode) == (seen.entry.size, seen.entry.mtime, seen.entry.inode):
            engine.discard(seen.root, now)


def _stamp() -> str:
    """A folder name that no other run uses."""
    return f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}-{secrets.token_hex(2)}"


def _aside(project: Project, path: str, stamp: str) -> str:
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
    return where


def absent(store: Store, contents: Iterable[ObjectId]) -> frozenset[ObjectId]:
    """Those that the cache does not hold whole: a directory is absent when its own object or one of its files is."""
    lacking: set[ObjectId] = set()
    by_algorithm: dict[Algorithm, set[ObjectId]] = {}
    for oid in contents:
        by_algorithm.setdefault(oid.algorithm, set()).add(oid)
    for algorithm, oids in by_algorithm.items():
        names = engine.digests([object_name(oid) for oid in oids])
        missing = store.presence(algorithm, names).missing
        trees: dict[ObjectId, Manifest] = {}
        for oid in oids:
            tree = store.tree(oid) if isinstance(oid, TreeId) and object_name(oid) not in missing else None
            if tree is not None:
                trees[oid] = tree
            elif isinstance(oid, TreeId) or oid.hex in missing:
                lacking.add(oid)
        members = engine.digests([])
        for tree in trees.values():
            members = members | tree.digests()
        gone = store.presence(algorithm, members).missing if len(members) else members
        if len(gone):
            lacking.update(oid for oid, tree in trees.items() if len(tree.digests() & gone))
    return frozenset(lacking)
