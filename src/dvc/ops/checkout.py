"""Brings tracked data to the versions that the `.dvc` files and dvc.lock name."""

import os
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from dvc.exceptions import DvcException, EngineProblem, MissingObjects, TargetNotFound, UnsavedChanges
from dvc.model.stage import Content, Out
from dvc.ops.saving import cache_lock, store_of
from dvc.progress import NullProgress, Progress
from dvc.project import leases, locks, targets
from dvc.project.project import Project
from dvc.project.view import View
from dvc.values import dataclass, field, replace
from dvc.workspace import checkout as workspace
from dvc.workspace import memory
from dvc.workspace.changes import CheckoutPlan, CheckoutResult, FolderChange, Removal, Wanted
from dvc.workspace.survey import is_outside


@dataclass(frozen=True, slots=True)
class CheckoutOptions:
    """`known`: contents by path of outputs that nothing is recorded of."""

    targets: tuple[str, ...] = ()
    with_deps: bool = False
    recursive: bool = False
    force: bool = False
    relink: bool = False
    allow_missing: bool = False
    jobs: int = 0
    wait: bool = False
    known: Mapping[str, Content] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CheckedOut:
    """What happened to which outputs (paths relative to the root, folders end in `/`), and the error to end with, if any."""

    added: tuple[str, ...] = ()
    modified: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    links: Mapping[str, int] = field(default_factory=dict)
    error: DvcException | None = None


def checkout(project: Project, options: CheckoutOptions, progress: Progress | None = None) -> CheckedOut:
    """Bring the targets (all outputs when there are none) into the workspace.

    Raises UnsavedChanges, with nothing changed, where data that is in no cache would go. Outputs that lack objects are
    left as they are, the others are done, and the result carries the error.
    """
    with locks.metadata(project, wait=options.wait):
        view = project.workspace()
        chosen = _chosen(view, options)
    done = bring_back(project, view, outs_of(chosen, options.known), options, everything=not options.targets, progress=progress)
    return replace(done, error=done.error or _unrecorded(project, chosen, options))


def bring_back(
    project: Project,
    view: View,
    wanted: Sequence[Wanted],
    options: CheckoutOptions,
    *,
    everything: bool,
    progress: Progress | None = None,
) -> CheckedOut:
    """The same for outputs that a caller chose. `everything`: these are all there are, so others that once were are removed."""
    store = store_of(project)
    stale = _stale(project, view) if everything else []
    paths = [want.path for want in wanted]
    with leases.lease(project, (), paths, wait=options.wait), cache_lock(project, wait=options.wait, adding=False):
        plan = workspace.plan(
            project, store, [*wanted, *stale], relink=options.relink, jobs=options.jobs, progress=progress or NullProgress()
        )
        if plan.unsaved and not options.force:
            raise _unsaved(project, plan)
        result = workspace.apply(plan, project, store, jobs=options.jobs, progress=progress)
    present = [path for path in paths if path not in plan.absent]
    memory.remember(project.tmp_dir, present, only=everything)
    return _told(project, plan, result, options)


def outs_of(chosen: Iterable[targets.Target], known: Mapping[str, Content] = MappingProxyType({})) -> list[Wanted]:
    """The recorded, cached outputs of targets, each once; a path inside one only where the whole is not asked for."""
    found: dict[tuple[str, str | None], Wanted] = {}
    for target in chosen:
        for out in (target.out,) if target.out is not None else target.stage.outs:
            path = target.stage.locate(out.path)
            content = known.get(path, out.content) if out.content.oid is None else out.content
            if _is_ours(out, path) and content.oid is not None:
                found.setdefault((path, target.inner), Wanted(path, content, target.inner))
    wholes = {path for path, inner in found if inner is None}
    return [want for (path, inner), want in found.items() if inner is None or path not in wholes]


def _is_ours(out: Out, path: str) -> bool:
    return out.cache and not is_outside(path) and "://" not in path


def _chosen(view: View, options: CheckoutOptions) -> Sequence[targets.Target]:
    chosen = targets.select(view, options.targets, with_deps=options.with_deps, recursive=options.recursive)
    for target in chosen:
        if target.inner is not None and target.out is not None and target.out.content.oid is None:
            raise TargetNotFound(f"nothing is recorded of '{view.project.shown(target.stage.locate(target.out.path))}'")
    return chosen


def _unrecorded(project: Project, chosen: Iterable[targets.Target], options: CheckoutOptions) -> DvcException | None:
    """What to say of outputs that nothing is recorded of. What stands there is left alone, and said even to those who allow gaps."""
    lost: list[str] = []
    for target in chosen:
        for out in (target.out,) if target.out is not None else target.stage.outs:
            path = target.stage.locate(out.path)
            if path in options.known:
                continue
            there = out.content.oid is None and os.path.lexists(project.full(path))
            if _is_ours(out, path) and out.content.oid is None and (there or not options.allow_missing):
                lost.append(project.shown(path))
    if not lost:
        return None
    names = ", ".join(f"'{path}'" for path in dict.fromkeys(lost))
    return MissingObjects(
        f"nothing is recorded of {names}, so there is no version to bring back",
        hint="`dvc repro` makes a stage's outputs, `dvc commit` records what is there, `dvc update` fetches an import",
    )


def _stale(project: Project, view: View) -> list[Wanted]:
    """Paths that were outputs and are nothing to the project now: no output, nothing above or below one, no dependency."""
    known = sorted(memory.recall(project.tmp_dir))
    gone = [path for path in known if view.owner(path) is None and not view.outs_below(path)]
    return [Wanted(path, None) for path in gone if not _is_dep(view, path)]


def _is_dep(view: View, path: str) -> bool:
    for stage in view.stages():
        for dep in stage.deps:
            at = stage.locate(getattr(dep, "path", ""))
            if at == path or at.startswith(path + "/") or path.startswith(at + "/"):
                return True
    return False


def _unsaved(project: Project, plan: CheckoutPlan) -> UnsavedChanges:
    names = [f"'{project.shown(path)}'" for path in plan.unsaved[:3]]
    more = len(plan.unsaved) - len(names)
    return UnsavedChanges(
        f"{', '.join(names)}{f' and {more} more' if more else ''}: changed and not in the cache, so checkout would lose it",
        hint="save it with `dvc add` or `dvc commit`, or let it go. Use `-f` to force.",  # clients match the last sentence
    )


def _told(project: Project, plan: CheckoutPlan, result: CheckoutResult, options: CheckoutOptions) -> CheckedOut:
    folders = {
        change.wanted.path for change in plan.changes if isinstance(change, FolderChange) or (isinstance(change, Removal) and change.folder)
    }

    def marked(paths: Iterable[str]) -> tuple[str, ...]:
        return tuple(path + "/" if path in folders else path for path in paths)

    error: DvcException | None = None
    if result.problems:
        first = result.problems[0]
        more = f" (and {len(result.problems) - 1} more)" if len(result.problems) > 1 else ""
        error = EngineProblem(first.code, project.shown(first.path), first.message + more, hint="the other data is in place")
    elif plan.absent and not options.allow_missing:
        names = ", ".join(f"'{project.shown(path)}'" for path in plan.absent)
        error = MissingObjects(f"the cache lacks data of {names}", hint="`dvc pull` or `dvc fetch` may bring it")
    return CheckedOut(marked(result.added), marked(result.modified), marked(result.deleted), result.links, error)
