"""Brings tracked data to the versions that the `.dvc` files and dvc.lock name."""

import os
from collections.abc import Container, Iterable, Mapping, Sequence
from types import MappingProxyType

from dvc.exceptions import DvcException, EngineProblem, MissingObjects, TargetNotFound, UnsavedChanges
from dvc.model.stage import Content, Out
from dvc.ops.cache import store_of
from dvc.ops.leftovers import leftovers
from dvc.ops.saving import cache_lock
from dvc.progress import NullProgress, Progress
from dvc.project import leases, locks, targets
from dvc.project.project import Project
from dvc.project.view import View
from dvc.store import listing
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
    unrecorded = _unrecorded(chosen, options.known)
    there = [path for path in unrecorded if os.path.lexists(project.full(path))]
    if there and not options.force:
        raise UnsavedChanges(
            f"{_named(project, there)}: there is something, and nothing is recorded of it",
            hint="`dvc commit` records what is there; or move it away",
        )
    done = bring_back(project, view, outs_of(chosen, options.known), options, everything=not options.targets, progress=progress)
    lost = there if options.allow_missing else unrecorded  # what is there is left alone, also with `force`
    return replace(done, error=done.error or (_nothing_recorded(project, lost) if lost else None))


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
    stale = [Wanted(path, None) for path in leftovers(project, view)] if everything else []
    paths = [want.path for want in wanted]
    with leases.lease(project, (), paths, wait=options.wait), cache_lock(project, wait=options.wait, adding=False):
        for want in wanted:
            if want.content is not None:
                listing.keep(store, want.content)
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


def _unrecorded(chosen: Iterable[targets.Target], known: Container[str]) -> list[str]:
    """The cached outputs of the targets that no version is recorded of."""
    found: dict[str, None] = {}
    for target in chosen:
        for out in (target.out,) if target.out is not None else target.stage.outs:
            path = target.stage.locate(out.path)
            if out.content.oid is None and path not in known and _is_ours(out, path):
                found[path] = None
    return list(found)


def _named(project: Project, paths: Iterable[str]) -> str:
    return ", ".join(f"'{project.shown(path)}'" for path in paths)


def _nothing_recorded(project: Project, paths: Iterable[str]) -> MissingObjects:
    return MissingObjects(
        f"nothing is recorded of {_named(project, paths)}, so there is no version to bring back",
        hint="`dvc repro` makes a stage's outputs, `dvc commit` records what is there, `dvc update` fetches an import",
    )


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
