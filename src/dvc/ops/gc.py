"""`dvc gc`: find what the chosen scope uses, and remove the other objects from the cache (and a remote, with `cloud`).

Nothing is removed while something of the scope cannot be read: what is used must be known first. The exclusive lock of
the cache is held from the look at what is used to the last removal.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack

from dvc import engine
from dvc.engine.contract import Digests, Manifest
from dvc.exceptions import DvcException, MissingObjects
from dvc.model.hashes import Algorithm, TreeId
from dvc.model.scope import Scope
from dvc.ops.cache import store_of
from dvc.ops.needs import Gathering, of_view
from dvc.ops.places import remote_lock, remote_of
from dvc.ops.scopes import views
from dvc.progress import NullProgress, Progress
from dvc.project import locks
from dvc.project.project import Project
from dvc.storage.remotes import Remote
from dvc.store.objects import object_name
from dvc.transfer import garbage
from dvc.transfer.execute import read_tree
from dvc.transfer.garbage import GcPlan, GcResult
from dvc.transfer.shelf import Place, lacking, shelf
from dvc.values import dataclass, replace


@dataclass(frozen=True, slots=True)
class GcOptions:
    scope: Scope
    not_in_remote: bool = False
    cloud: bool = False
    remote: str | None = None
    skip_failed: bool = False
    dry: bool = False
    jobs: int = 0
    wait: bool = False

    def __post_init__(self) -> None:
        if self.scope.num != 1 and not self.scope.revs:
            raise DvcException("--num counts back from a revision", hint="name one with `--rev`")
        if self.scope.empty:
            raise DvcException(
                "gc needs to be told what to keep",
                hint="pass at least one of -w, --rev, -a, -T, -A, --date and --all-experiments",
            )
        if self.not_in_remote and self.cloud:
            raise DvcException("--not-in-remote is about the local cache, --cloud about the remote: pass one of them")


@dataclass(frozen=True, slots=True)
class GcOutcome:
    """What was decided for the cache (and the remote), what came of it (None in a dry run), and what people should know."""

    cache: GcPlan
    remote: GcPlan | None
    removed: GcResult | None
    removed_remote: GcResult | None
    notes: tuple[str, ...]


def gc(
    project: Project,
    options: GcOptions,
    progress: Progress = NullProgress(),
    *,
    others: Sequence[Project] = (),
    show: Callable[[GcPlan], None] | None = None,
) -> GcOutcome:
    """Plan and, unless `options.dry`, remove. What `others` (which share the cache) use stays. `show` sees the plan before it is carried out."""
    remote = (
        remote_of(project, options.remote, doing="collecting garbage by what a remote holds")
        if options.cloud or options.not_in_remote
        else None
    )
    store = store_of(project)
    with ExitStack() as held:
        held.enter_context(locks.objects(store.cache_dir, exclusive=True, wait=options.wait))
        if options.cloud and remote is not None:
            held.enter_context(remote_lock(remote, exclusive=True, wait=options.wait))
        notes: list[str] = []
        used = _used([project, *others], options, [store, *([remote] if remote else [])], notes)
        on_remote = _held(used, remote, options) if options.not_in_remote and remote is not None else None
        cache = garbage.plan(store, used, on_remote)
        far = garbage.plan(remote, used) if options.cloud and remote is not None else None
        if show is not None:
            show(cache)
        if options.dry:
            return GcOutcome(cache, far, None, None, tuple(notes))
        with progress.task("Removing", files=cache.count + (far.count if far else 0)):
            removed = garbage.apply(cache)
            removed_far = garbage.apply(far) if far is not None else None
        if os.path.isdir(project.temp):  # who makes files there holds the lock as well
            engine.sweep(project.temp)
    return GcOutcome(cache, far, removed, removed_far, tuple(notes))


def _used(projects: list[Project], options: GcOptions, places: Sequence[Place], notes: list[str]) -> Mapping[Algorithm, Digests]:
    """Everything that the views of all projects refer to. The workspace always counts: its data is in use right now."""
    gathering = Gathering(lambda tree: _read(places, tree, notes))

    def skip(rev: str, why: DvcException) -> None:
        notes.append(f"revision {rev[:7]} is skipped: {why.message}")

    scope = replace(options.scope, workspace=True)
    for project in projects:
        for view in views(project, scope, skip if options.skip_failed else None):
            try:
                gathering.add(of_view(view))
            except DvcException as why:
                if not options.skip_failed or view.rev is None:
                    raise DvcException(
                        f"nothing was removed: {view.name} cannot be read: {why.message}",
                        hint=why.hint or "mend it, or pass --skip-failed to go on without it",
                    ) from why
                skip(view.name, why)
    notes += [
        f"'{need.path}': its .dir object {object_name(need.oid)} is missing, so that its files are not known" for need in gathering.unread
    ]
    return gathering.used()


def _read(places: Sequence[Place], tree: TreeId, notes: list[str]) -> Manifest | None:
    try:
        return read_tree(places, tree.algorithm, object_name(tree))
    except DvcException as why:
        raise MissingObjects(
            f"nothing was removed: the .dir object {object_name(tree)} cannot be read: {why.message}",
            hint=why.hint or "remove that object and `dvc fetch` it again; until then nobody knows which files it names",
        ) from why


def _held(used: Mapping[Algorithm, Digests], remote: Remote, options: GcOptions) -> Mapping[Algorithm, Digests]:
    """The part of `used` that the remote holds."""
    return {algorithm: names - lacking(shelf(remote, algorithm), names, None, options.jobs) for algorithm, names in used.items()}
