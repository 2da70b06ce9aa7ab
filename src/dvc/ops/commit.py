"""Records what is in the workspace: outputs go into the cache, `.dvc` files and dvc.lock name them. Nothing is run."""

import os
from collections.abc import Iterable, Mapping

from dvc.exceptions import DvcException, TargetNotFound
from dvc.formats.lock import LockEntry, Recorded
from dvc.model.stage import EMPTY, Content, PathDep, Stage
from dvc.ops import far
from dvc.ops.adding import Item
from dvc.ops.cache import store_of
from dvc.ops.parts import merged
from dvc.ops.saving import Saving, cache_lock, with_content
from dvc.ops.status import called
from dvc.pipeline import record, runcache
from dvc.pipeline.params import Params
from dvc.pipeline.status import places, stage_changes
from dvc.progress import NullProgress, Progress
from dvc.project import leases, locks, targets
from dvc.project.edits import Edits
from dvc.project.project import Project
from dvc.values import dataclass, replace
from dvc.workspace import memory
from dvc.workspace.survey import Seen, is_outside, survey


class NeedsForce(DvcException):
    """What is there is not what was recorded, and nobody has said yet that it is right."""

    code = "needs-force"


@dataclass(frozen=True, slots=True)
class CommitOptions:
    targets: tuple[str, ...] = ()
    force: bool = False
    with_deps: bool = False
    recursive: bool = False
    no_relink: bool = False
    jobs: int = 0
    wait: bool = False


@dataclass(frozen=True, slots=True)
class CommitResult:
    """`changed`: the metadata files written; `warnings`: for people."""

    changed: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def commit(project: Project, options: CommitOptions, progress: Progress | None = None) -> CommitResult:
    """Record the targets' stages (all when there are none). Raises NeedsForce, with nothing written, for changes without `force`."""
    with locks.metadata(project, wait=options.wait):
        chosen = targets.select(project.workspace(), options.targets, with_deps=options.with_deps, recursive=options.recursive)
    stages = {(t.stage.file, t.stage.name): t.stage for t in chosen if t.inner is None}
    parts = [_part(project, t) for t in chosen if t.inner is not None and (t.stage.file, t.stage.name) not in stages]
    params = Params(project)
    thawed = [_thawed(stage) for stage in stages.values()]
    seen = {**survey(project, places(thawed), jobs=options.jobs, progress=progress), **far.look(project, thawed)}
    if not options.force:
        for stage in stages.values():
            _check_unchanged(project, stage, seen, params)
    saving = Saving(project, store_of(project), relink=not options.no_relink, jobs=options.jobs, progress=progress or NullProgress())
    paths = [stage.locate(out.path) for stage in stages.values() for out in stage.outs] + [item.whole for item in parts]
    with leases.lease(project, (), paths, wait=options.wait), cache_lock(project, wait=options.wait, adding=bool(paths)):
        outs, unstored = _outs(stages.values())
        saved = saving.save(outs, [item.path for item in parts if item.there], unstored=unstored)
        distant = {path: there.content for path, there in seen.items() if "://" in path and there.content is not None}
        contents = saved.contents | merged(project, saving, parts, saved.kept, look_up=True) | distant
        entries = {key: _entry(project, stage, seen, params, contents) for key, stage in stages.items() if stage.name is not None}
        saving.finish()
        for key, entry in entries.items():
            if runcache.may_save(stages[key]):
                runcache.save(saving.store.cache_dir, entry)
        edits = Edits(project)
        for key, stage in stages.items():
            _record(edits, stage, seen, contents, entries.get(key))
        for stage in {item.stage.file: item.stage for item in parts}.values():
            edits.put_data(_with(stage, contents))
        with locks.metadata(project, wait=options.wait):
            changed = edits.commit()
    memory.remember(project.tmp_dir, outs)
    warnings = tuple(f"'{project.shown(p.path)}' is saved, but was not linked to the cache: {p.message}" for p in saving.problems)
    return CommitResult(changed, warnings)


def _part(project: Project, target: targets.Target) -> Item:
    stage, out, inner = target.stage, target.out, target.inner
    if out is None or inner is None:
        raise TargetNotFound(f"'{project.shown(stage.address)}' is no part of a folder")
    path = f"{stage.locate(out.path)}/{inner}"
    if stage.name is not None:
        raise TargetNotFound(
            f"'{project.shown(path)}' is a part of what stage '{called(project, stage)}' makes",
            hint=f"commit all of it: `dvc commit {called(project, stage)}`",
        )
    return Item(path, stage, out, inner, there=os.path.lexists(project.full(path)))


def _thawed(stage: Stage) -> Stage:
    """A frozen pipeline stage's dependencies are looked at too: its entry needs them when it has none yet."""
    return replace(stage, frozen=False) if stage.name is not None else stage


def _check_unchanged(project: Project, stage: Stage, seen: Mapping[str, Seen], params: Params) -> None:
    changes = stage_changes(stage, seen, (), params.read)
    missing = [path for path, state in changes.outs.items() if state == "deleted"]
    if missing:
        raise TargetNotFound(f"'{project.shown(missing[0])}' does not exist", hint="`dvc checkout` brings back what was recorded")
    if changes.deps or changes.outs or changes.command or changes.unrecorded:
        why = "; ".join(changes.reasons()) or "it changed"
        raise NeedsForce(
            f"'{called(project, stage)}' is not what was recorded: {why}",
            hint="look at `dvc status`, then use `--force` to record it as it is. Use `-f` to force.",
        )


def _outs(stages: Iterable[Stage]) -> tuple[dict[str, Content], set[str]]:
    """What to save, with what is recorded of it, and which of that is not to be stored."""
    outs: dict[str, Content] = {}
    unstored: set[str] = set()
    for stage in stages:
        storable = stage.name is not None and runcache.may_save(stage)
        for out in stage.outs:
            path = stage.locate(out.path)
            if "://" in path:
                continue
            outs[path] = out.content
            if (not out.cache and not storable) or is_outside(path):
                unstored.add(path)
    return outs, unstored


def _entry(project: Project, stage: Stage, seen: Mapping[str, Seen], params: Params, contents: Mapping[str, Content]) -> LockEntry:
    entry = record.entry(stage, seen, params.read, outs=False, shown=project.shown)
    if stage.frozen and stage.recorded:
        old = {dep.path: dep.content for dep in stage.deps if isinstance(dep, PathDep)}
        values = {dep.path: dict(dep.values) for dep in stage.params if dep.values is not None}
        entry = replace(entry, deps=tuple(Recorded(dep.path, old.get(dep.path, dep.content)) for dep in entry.deps), params=values)
    outs = tuple(Recorded(out.path, contents.get(stage.locate(out.path), out.content)) for out in stage.outs)
    # A folder is recorded by its hash here, as DVC has it, also where the entry before listed its files.
    return replace(
        entry, outs=tuple(item if "://" in item.path else replace(item, content=replace(item.content, foreign=EMPTY)) for item in outs)
    )


def _record(edits: Edits, stage: Stage, seen: Mapping[str, Seen], contents: Mapping[str, Content], entry: LockEntry | None) -> None:
    for out in stage.outs:
        path = stage.locate(out.path)
        if out.cache and path in contents and not is_outside(path):
            edits.ignore(path)
    if entry is not None:
        edits.put_lock(stage, record.with_versions(stage, entry))
        return
    deps = tuple(_dep(stage, dep, seen) if isinstance(dep, PathDep) else dep for dep in stage.deps)
    edits.put_data(_with(replace(stage, deps=deps), contents))


def _dep(stage: Stage, dep: PathDep, seen: Mapping[str, Seen]) -> PathDep:
    found = seen.get(stage.locate(dep.path))
    return dep if found is None or found.content is None else replace(dep, content=found.content)


def _with(stage: Stage, contents: Mapping[str, Content]) -> Stage:
    return replace(stage, outs=tuple(with_content(stage, out, contents) for out in stage.outs))
