"""Owns which data of the workspace was an output once: `checkout` takes it away, as nothing names it any more."""

import os
import posixpath
from collections.abc import Mapping

from dvc.model.paths import is_within, meet
from dvc.model.stage import Content
from dvc.ops.cache import store_of
from dvc.pipeline.outputs import held
from dvc.project.project import Project
from dvc.project.view import View
from dvc.workspace import memory
from dvc.workspace.survey import Place, is_outside, survey


def leftovers(project: Project, view: View) -> list[str]:
    """Paths that were outputs and are nothing to the project now: no output, nothing above or below one, no dependency."""
    known = {*memory.recall(project.tmp_dir), *_in_locks(project, view)}
    gone = [path for path in sorted(known) if view.owner(path) is None and not view.outs_below(path)]
    return [path for path in gone if not _is_dep(view, path)]


def _is_dep(view: View, path: str) -> bool:
    for stage in view.stages():
        for dep in stage.deps:
            at = stage.locate(getattr(dep, "path", ""))
            if meet(at, path):
                return True
    return False


def _in_locks(project: Project, view: View) -> list[str]:
    """Outputs of stages that a dvc.lock still has and its dvc.yaml has not: another checkout, or DVC, may have put them here.

    Only what is just as the entry says, is in the cache and not in Git: the entry does not tell which outputs were cached.
    """
    recorded = {path: content for path, content in _entries(view).items() if os.path.lexists(project.full(path))}
    if not recorded:
        return []
    store = store_of(project)
    found = survey(project, [Place(path, content.algorithm) for path, content in recorded.items()])
    same = [
        path for path, seen in found.items() if seen.content is not None and seen.content.oid == recorded[path].oid and held(store, seen)
    ]
    git = project.git
    tracked = set(git.tracked(project.git_path(path) for path in same)) if git is not None and same else set()
    return [path for path in same if not any(is_within(one, project.git_path(path)) for one in tracked)]


def _entries(view: View) -> Mapping[str, Content]:
    found: dict[str, Content] = {}
    for file in view.files():
        if not file.endswith("dvc.yaml"):
            continue
        entries = view.lock(file).stages
        for name in entries.keys() - set(view.names(file)) if entries else ():
            for item in entries[name].outs:
                path = posixpath.normpath(posixpath.join(posixpath.dirname(file), item.path))
                if item.content.oid is not None and not is_outside(path) and "://" not in item.path:
                    found[path] = item.content
    return found
