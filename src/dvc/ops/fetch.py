"""`dvc fetch`: bring objects that the cache lacks from the remote into it, each verified on the way."""

from collections.abc import Mapping, Sequence

from dvc.exceptions import MissingObjects
from dvc.model.hashes import TreeId
from dvc.model.stage import Content, Out, Stage
from dvc.ops.cache import store_of
from dvc.ops.fetch_imports import fetch_imports, held, unloaded
from dvc.ops.fetch_versions import fetch_versions
from dvc.ops.needs import Gathering, Need, of_outs, paths_of, reader
from dvc.ops.places import NoRemote, any_remote_of
from dvc.ops.push import by_remote
from dvc.ops.saving import durable
from dvc.ops.select import Selection, expand, select_needs
from dvc.progress import NullProgress, Progress
from dvc.project import locks
from dvc.project.project import Project
from dvc.storage.remotes import AnyRemote, VersionedRemote
from dvc.store.objects import Store, object_name
from dvc.transfer import runs
from dvc.transfer.execute import apply, prepare
from dvc.transfer.tally import Tally
from dvc.values import dataclass, field

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class FetchOptions:
    """`max_size`: only outputs smaller than so many bytes. `types`: only metrics or plots. `verify`: look at the content of what the
    cache has, and fetch what is wrong again."""

    selection: Selection
    remote: str | None = None
    run_cache: bool = False
    max_size: int | None = None
    types: tuple[str, ...] = ()
    jobs: int = 0
    wait: bool = False
    verify: bool = False


@dataclass(frozen=True, slots=True)
class FetchResult:
    """`count` objects came. Others, as (path, object name), did not.

    `missing`: neither the cache nor the remote has them. `failed`: they should be on the remote, as a directory's object that
    names them is, or they are there and wrong; of an import that its source does not give, the reason stands for the name.
    `contents`: what imports turned out to be of which no data was recorded, by path.
    """

    count: int = 0
    size: int = 0
    missing: tuple[tuple[str, str], ...] = ()
    failed: tuple[tuple[str, str], ...] = ()
    contents: Mapping[str, Content] = field(default_factory=dict)

    def __add__(self, other: "FetchResult") -> "FetchResult":
        return FetchResult(
            self.count + other.count,
            self.size + other.size,
            self.missing + other.missing,
            self.failed + other.failed,
            {**self.contents, **other.contents},
        )

    def check(self) -> None:
        """MissingObjects where something failed."""
        if self.failed:
            raise MissingObjects(
                f"some data could not be fetched:\n{listed(self.failed)}",
                hint="whoever has it can `dvc push` it; `dvc pull --allow-missing` goes on without",
            )


def listed(rows: Sequence[tuple[str, str]]) -> str:
    """The first few of (path, object name), one a line."""
    lines = [f"    {path} ({name})" for path, name in rows[:_SHOWN]]
    return "\n".join(lines + ([f"    and {len(rows) - _SHOWN} more"] if len(rows) > _SHOWN else []))


def fetch(project: Project, options: FetchOptions, progress: Progress = NullProgress()) -> FetchResult:
    """Fetch what can be had; what cannot is in the result. A remote is asked for only when something is lacking."""
    chosen = [need for need in select_needs(project, options.selection) if _chosen(need.out, options)]
    store = store_of(project)
    result = _fetch_imports(project, store, [need for need in chosen if need.imported], options, progress)
    needs = [need for need in chosen if not need.imported]
    fallback = None
    if options.remote is not None or options.run_cache:
        fallback = any_remote_of(project, options.remote)
    # A configured remote that is broken is said at once, as is an unknown one.
    elif project.config.get("core", "remote"):
        fallback = any_remote_of(project, None)
    if fallback is None:
        needs = [need for need in needs if need.out.remote or not held(store, need)]
        if not needs:
            return result
        if any(need.out.remote is None for need in needs):
            raise NoRemote
        fallback = any_remote_of(project, needs[0].out.remote)
    for remote, group in by_remote(project, needs, options.remote, fallback):
        result += _fetch(project, store, remote, group, options.jobs, progress, wait=options.wait, verify=options.verify)
    if options.run_cache and not isinstance(fallback, VersionedRemote):  # those keep none
        result += FetchResult(runs.copy(fallback, store))
    return result


def _fetch_imports(project: Project, store: Store, needs: Sequence[Need], options: FetchOptions, progress: Progress) -> FetchResult:
    """What comes from other repositories; and the data of imports that none was downloaded of, wherever they are from."""
    selection = options.selection
    new = []
    if not options.types:
        view = project.workspace()
        chosen = expand(project, view, selection.targets) if selection.glob else selection.targets
        if any(stage.is_import for stage in view.stages()):
            new = unloaded(view, chosen, recursive=selection.recursive, with_deps=selection.with_deps)
    lacking = [need for need in needs if not held(store, need)]
    if not lacking and not new:
        return FetchResult()
    came = fetch_imports(project, store, lacking, new, options.jobs, progress, wait=options.wait)
    return FetchResult(came.count, failed=came.failed, contents=came.contents)


def fetch_outs(project: Project, stage: Stage, outs: Sequence[Out], progress: Progress = NullProgress()) -> FetchResult:
    """Fetch what `outs` of `stage` record, as far as it can be had; nothing where no remote is configured."""
    needs = of_outs((stage.locate(out.path), stage, out, None) for out in outs)
    result = FetchResult()
    try:
        groups = by_remote(project, needs, None, any_remote_of(project, None))
    except NoRemote:
        return result
    for remote, group in groups:
        result += _fetch(project, store_of(project), remote, group, 0, progress)
    return result


def _fetch(
    project: Project,
    store: Store,
    remote: AnyRemote,
    needs: Sequence[Need],
    jobs: int,
    progress: Progress,
    *,
    wait: bool = False,
    verify: bool = False,
) -> FetchResult:
    if isinstance(remote, VersionedRemote):
        came = fetch_versions(project, store, remote, needs, jobs=jobs, wait=wait, progress=progress)
        return FetchResult(came.count, came.size, came.missing, came.failed)
    with locks.objects(store.cache_dir, wait=wait):
        gathering = Gathering(reader((store, remote)))
        gathering.add(needs)
        looking = Tally()
        with progress.task(f"Comparing with {remote.name}") as task:
            task.watch(looking.read)
            plan = prepare(
                gathering.wanted(),
                remote,
                store,
                verify=True,
                vouching=True,
                recheck=verify,
                quarantine=project.quarantine,
                jobs=jobs,
                tally=looking,
            )
        tally = Tally(plan.count)
        with progress.task(f"Fetching from {remote.name}", files=plan.count) as task:
            task.watch(tally.read)
            result = apply(plan, jobs=jobs, dir_mode=store.dir_mode, durable=durable(project), tally=tally)
    # What push leaves out on purpose is not expected on a remote.
    expected = [need for need in needs if need.out.push]
    lacking = {step.algorithm: step.lacking for step in plan.steps}
    nobody = {(need.oid.algorithm, object_name(need.oid)) for need in gathering.unread}
    missing: list[tuple[str, str]] = []
    failed: list[tuple[str, str]] = []
    for need in expected:
        for path, name, _ in paths_of([need], dict(result.failed), gathering.trees.get):
            alone = not isinstance(need.oid, TreeId) and name in lacking[need.oid.algorithm]
            unknown = (need.oid.algorithm, name) in nobody
            (missing if alone or unknown else failed).append((project.shown(path), name))
    return FetchResult(result.count, result.size, tuple(missing), tuple(failed))


def _chosen(out: Out, options: FetchOptions) -> bool:
    if options.types and f"{out.kind}s" not in options.types:
        return False
    size = out.content.size
    return options.max_size is None or size is None or size < options.max_size
