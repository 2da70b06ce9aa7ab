"""What `import`, `import-url` and `update` share: where the import goes, and its way into the workspace and its `.dvc` file."""

import os
import posixpath
from collections.abc import Sequence

from dvc.exceptions import DvcException, TargetProblem, UnsavedChanges
from dvc.model.stage import UNKNOWN, Content, Dep, Stage
from dvc.ops.adding import Item, resolve
from dvc.ops.checkout import CheckoutOptions, bring_back
from dvc.ops.saving import durable
from dvc.pipeline.outputs import clear
from dvc.progress import Progress
from dvc.project import locks
from dvc.project.edits import Edits
from dvc.project.project import Project
from dvc.store.objects import Store
from dvc.values import dataclass, replace
from dvc.workspace.changes import Wanted
from dvc.workspace.survey import Place, survey


class TargetInTheWay(DvcException):
    """Something stands where the import is to go."""

    code = "target-in-the-way"


@dataclass(frozen=True, slots=True)
class Imported:
    """`path` (relative to the root) is what was imported; `changed` the metadata files written."""

    path: str
    changed: tuple[str, ...]


def destination(project: Project, source: str, out: str | None, *, force: bool, wait: bool) -> Item:
    """Where an import of `source` goes, as `cp` would have it. Raises TargetInTheWay, TargetProblem and its like."""
    name = posixpath.basename(source.rstrip("/").replace(os.sep, "/"))
    if name in ("", ".", "..") and not out:
        raise TargetProblem(f"'{source}' says no name for what is imported", hint="give one")
    full = os.path.join(project.cwd, out or name)
    if out and os.path.isdir(full):
        out = os.path.join(out, name)
        full = os.path.join(project.cwd, out)
    target = out or name
    if os.path.lexists(full) and not force:
        raise TargetInTheWay(f"'{target}' exists already", hint="use `--force` to replace it, or give another name")
    if not os.path.isdir(os.path.dirname(full) or project.cwd):
        raise TargetProblem(f"there is no folder '{os.path.dirname(target)}' to import into", hint="make it first")
    with locks.metadata(project, wait=wait):
        (item,) = resolve(project, project.workspace(), [target], made=True)
    if item.inner is not None:
        raise TargetProblem(
            f"'{target}' lies inside of the tracked folder '{project.shown(item.whole)}'", hint="import to a place outside of it"
        )
    if item.stage.outs and not force:
        raise TargetInTheWay(
            f"'{project.shown(item.stage.file)}' exists already and tracks '{target}'",
            hint="use `--force` to replace it, or give another name",
        )
    return item


def import_stage(item: Item, dep: Dep, content: Content = UNKNOWN, *, push: bool = True) -> Stage:
    """The `.dvc` file of a new import."""
    out = replace(item.out, content=content, push=push)
    return Stage(file=item.stage.file, deps=(dep,), outs=(out,), frozen=True)


def put_in_place(project: Project, store: Store, stage: Stage, *, jobs: int, wait: bool, progress: Progress) -> None:
    """Bring the outputs of `stage` into the workspace. What stands there and is in no cache is moved to `.dvc/tmp/kept`."""
    if durable(project):
        store.sync()
    wanted = [Wanted(stage.locate(out.path), out.content) for out in stage.outs if out.content.oid is not None]
    options = CheckoutOptions(jobs=jobs, wait=wait)
    try:
        done = bring_back(project, project.workspace(), wanted, options, everything=False, progress=progress)
    except UnsavedChanges:
        make_room(project, store, stage)
        done = bring_back(project, project.workspace(), wanted, options, everything=False, progress=progress)
    if done.error is not None:
        raise done.error


def make_room(project: Project, store: Store, stage: Stage) -> None:
    """Take what stands at the outputs of `stage` out of the workspace; nothing is lost by it."""
    seen = survey(project, [Place(stage.locate(out.path), out.content.algorithm) for out in stage.outs])
    clear(project, store, stage, seen)


def record(project: Project, stages: Sequence[Stage], *, wait: bool, sealed: bool = True) -> tuple[str, ...]:
    """Write the `.dvc` files, and keep their outputs out of git; the metadata files that changed."""
    edits = Edits(project)
    for stage in stages:
        edits.put_data(stage, seal=sealed)
        for out in stage.outs:
            edits.ignore(stage.locate(out.path))
    with locks.metadata(project, wait=wait):
        return edits.commit()
