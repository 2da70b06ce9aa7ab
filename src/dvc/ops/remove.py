"""`dvc remove`: stop tracking. The data stays, unless `outs` asks for it to go; then it must be in the cache.

Order: data (proven to be in the cache), then dvc.lock, dvc.yaml, `.dvc` files, then `.gitignore` entries: stopped anywhere, the
same command run again finishes.
"""

import os
import shutil

from dvc import engine
from dvc.exceptions import DvcException, TargetNotFound, TargetProblem, UnsavedChanges
from dvc.model.stage import Stage
from dvc.ops.cache import store_of
from dvc.progress import NullProgress, Progress
from dvc.project import leases, locks
from dvc.project.edits import Edits
from dvc.project.project import Project
from dvc.project.targets import select
from dvc.project.view import View
from dvc.store.objects import object_name
from dvc.values import dataclass
from dvc.workspace import memory
from dvc.workspace.survey import Place, Survey, survey


@dataclass(frozen=True, slots=True)
class RemoveOptions:
    targets: tuple[str, ...]
    outs: bool = False
    wait: bool = False


@dataclass(frozen=True, slots=True)
class RemovePlan:
    """`stages` lose their records; `entries` are (file, name) as they stand in a dvc.yaml."""

    stages: tuple[Stage, ...]
    entries: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RemoveResult:
    removed: tuple[str, ...]
    changed: tuple[str, ...]


def remove(project: Project, options: RemoveOptions, progress: Progress = NullProgress()) -> RemoveResult:
    """Raises TargetNotFound, TargetProblem, UnsavedChanges; then nothing was removed."""
    with locks.metadata(project, wait=options.wait):
        view = project.workspace()
        try:
            plan = plan_remove(project, view, options)
        except Parametrized as refusal:
            _unignore(project, refusal.stage)
            raise
    paths = [stage.locate(out.path) for stage in plan.stages for out in stage.outs]
    inside = [path for path in paths if "://" not in path and not path.startswith(("/", "../"))]
    with leases.lease(project, (), inside, wait=options.wait):
        if options.outs:
            _delete(project, plan, progress)
        edits = Edits(project)
        for stage in plan.stages:
            if stage.name is None:
                edits.remove_data(stage.file)
        for file, name in plan.entries:
            edits.remove_pipeline_stage(file, name)
        for path in inside:
            edits.unignore(path)
        memory.forget(project.tmp_dir, inside)  # the data is the user's own from here on: checkout must leave it
        with locks.metadata(project, wait=options.wait):
            changed = edits.commit()
    return RemoveResult(tuple(stage.address for stage in plan.stages), changed)


class Parametrized(TargetProblem):
    """What stands in dvc.yaml is not the stage but what makes it."""

    def __init__(self, stage: Stage, why: str, hint: str) -> None:
        super().__init__(why, hint=hint)
        self.stage = stage


def _unignore(project: Project, stage: Stage) -> None:
    """DVC 3 takes the `.gitignore` entries of such a stage's outputs out before it refuses; a team that uses both sees one state."""
    edits = Edits(project)
    for out in stage.outs:
        path = stage.locate(out.path)
        if "://" not in path and not path.startswith(("/", "../")):
            edits.unignore(path)
    edits.commit()


def plan_remove(project: Project, view: View, options: RemoveOptions) -> RemovePlan:
    """Which records the targets mean. Only stages and `.dvc` files are targets: an output's path is refused."""
    stages: dict[str, Stage] = {}
    entries: dict[tuple[str, str], None] = {}
    for text in options.targets:
        found = select(view, [text], granular=False)
        for target in found:
            stage = target.stage
            if target.out is not None:
                raise TargetNotFound(
                    f"'{text}' is an output, not a stage", hint=f"name what tracks it: `dvc remove {_address(project, stage)}`"
                )
            if stage.name is not None:
                entries[stage.file, _entry(view, stage, text)] = None
            stages[stage.address] = stage
    return RemovePlan(tuple(stages.values()), tuple(entries))


def _address(project: Project, stage: Stage) -> str:
    file = project.shown(stage.file)
    return file if stage.name is None else stage.name if file == "dvc.yaml" else f"{file}:{stage.name}"


def _entry(view: View, stage: Stage, text: str) -> str:
    """The name under `stages:` that goes. Raises Parametrized for what a template makes: it must be taken out by hand."""
    name = stage.name or ""
    templates = view.templates(stage.file)
    if templates is None or not templates.is_parametrized(name):
        return name
    group = templates.group_of(name)
    file = view.project.shown(stage.file)
    if group is None:
        raise Parametrized(stage, f"the stage '{name}' of '{file}' uses templates", hint="take it out of that file by hand")
    hint = f"take `{group}`, or this item of it, out of that file by hand"
    if text.rpartition(":")[2] == group:
        raise TargetProblem(f"'{group}' of '{file}' is no stage, it generates stages", hint=hint)
    raise Parametrized(stage, f"the stage '{name}' is generated by '{group}' of '{file}'", hint=hint)


def _delete(project: Project, plan: RemovePlan, progress: Progress) -> None:
    """Delete the outputs' data. Data that the cache is meant to keep must be there: all of it is looked at before any goes."""
    kept: list[tuple[str, str]] = []
    loose: list[tuple[str, str]] = []
    for stage in plan.stages:
        for out in stage.outs:
            path = stage.locate(out.path)
            if "://" not in path:
                (kept if out.cache else loose).append((path, out.content.algorithm))
    places = [Place(path, algorithm) for path, algorithm in kept]
    found = survey(project, places, progress=progress)
    for place in places:
        _prove(project, found, place)
    for place in places:
        _discard(project, found, place)
    for path, _ in loose:
        full = project.full(path)
        if os.path.isdir(full) and not os.path.islink(full):
            shutil.rmtree(full)
        elif os.path.lexists(full):
            os.unlink(full)


def _prove(project: Project, found: Survey, place: Place) -> None:
    seen = found[place.path]
    shown = project.shown(place.path)
    if seen.kind == "missing":
        return
    if seen.content is None or seen.content.oid is None:
        raise DvcException(f"'{shown}' cannot be read, so that nobody knows whether it is saved", hint="remove it by hand")
    store = store_of(project)
    names = engine.digests([object_name(seen.content.oid)]) if seen.manifest is None else seen.manifest.digests()
    if len(store.presence(place.algorithm, names).missing):
        raise UnsavedChanges(
            f"'{shown}' holds data that is not in the cache, and would be lost",
            hint=f"`dvc commit {shown}` saves it, or delete it by hand first",
        )


def _discard(project: Project, found: Survey, place: Place) -> None:
    seen = found[place.path]
    if seen.kind == "folder" and seen.listing is not None:
        moved = engine.discard(seen.root, seen.listing)
        try:
            os.rmdir(seen.root)
        except OSError:
            pass  # something that is not tracked is left in it
    elif seen.kind == "file":
        listing = found.files(place.algorithm)
        moved = engine.discard(project.root, listing.only(engine.manifest([(place.path, "0" * 32)])))
    else:
        return
    for problem in moved.problems:
        raise DvcException(
            f"'{project.shown(place.path)}' was not removed: {problem.path}: {problem.message}", hint="run the command again"
        )
