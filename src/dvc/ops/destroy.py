"""Take DVC out of a project: its files and cache go, the data stays as files of its own.

Order: links become copies; only when all have, the metadata files go, then `.dvc` with the cache inside it.
"""

import os
import shutil

from dvc.exceptions import DvcException
from dvc.ops.unprotect import UnprotectOptions, unprotect
from dvc.project import files, locks
from dvc.project.ignores import NAME
from dvc.project.project import Project
from dvc.values import dataclass


@dataclass(frozen=True, slots=True)
class DestroyPlan:
    """Paths relative to the root."""

    data: tuple[str, ...]  # tracked data that is in the workspace
    files: tuple[str, ...]  # metadata files that go
    folder: str = ".dvc"


def plan(project: Project) -> DestroyPlan:
    view = project.workspace()
    metadata = []
    for path in view.files():
        metadata.append(path)
        lock = path.removesuffix(".yaml") + ".lock"
        if path.endswith(".yaml") and os.path.lexists(project.full(lock)):
            metadata.append(lock)
    ignore = [NAME] if os.path.lexists(project.full(NAME)) else []
    present = tuple(path for path in view.outs() if "://" not in path and os.path.lexists(project.full(path)))
    return DestroyPlan(present, (*metadata, *ignore))


def destroy(project: Project, what: DestroyPlan, *, wait: bool = False) -> None:
    """Carry the plan out. A dangling link means data that only a cache could have: then nothing is removed."""
    for path in what.data:
        if not os.path.isabs(path) and _dangling(project.full(path)):
            raise DvcException(
                f"'{path}' has links to data that is not in the cache", hint="bring it back with `dvc checkout`, or delete it"
            )
    inside = tuple(project.full(path) for path in what.data if not os.path.isabs(path) and not path.startswith("../"))
    if inside:
        unprotect(project, UnprotectOptions(inside, wait=wait))
    with locks.objects(project.cache_dir, exclusive=True, wait=wait):
        for path in what.files:
            files.remove(project.full(path), shown=path)
        home = os.path.join(project.root, what.folder)
        if os.path.islink(home):
            os.unlink(home)
        else:
            shutil.rmtree(home)


def _dangling(path: str) -> bool:
    if os.path.islink(path):
        return not os.path.exists(path)
    return any(
        not os.path.exists(os.path.join(folder, name))
        for folder, _, names in os.walk(path)
        for name in names
        if os.path.islink(os.path.join(folder, name))
    )
