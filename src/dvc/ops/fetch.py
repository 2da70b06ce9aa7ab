"""`dvc fetch`: bring objects that the cache lacks from the remote into it, each verified on the way."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

from dvc.exceptions import MissingObjects
from dvc.model.hashes import TreeId
from dvc.model.stage import Out, Stage
from dvc.ops.needs import Gathering, Need, of_outs, paths_of, reader
from dvc.ops.places import NoRemote, remote_of
from dvc.ops.push import by_remote
from dvc.ops.saving import store_of
from dvc.ops.select import Selection, select_needs
from dvc.progress import NullProgress, Progress
from dvc.project import locks
from dvc.project.project import Project
from dvc.storage.remotes import LocalRemote
from dvc.store.objects import Store
from dvc.transfer import runs
from dvc.transfer.execute import apply, prepare

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class FetchOptions:
    """`max_size`: only outputs smaller than so many bytes. `types`: only metrics or plots."""

    selection: Selection
    remote: str | None = None
    run_cache: bool = False
    max_size: int | None = None
    types: tuple[str, ...] = ()
    jobs: int = 0


@dataclass(frozen=True, slots=True)
class FetchResult:
    """`count` objects came. `missing`: (path, object name) of what is neither in the cache nor on the remote."""

    count: int
    size: int
    missing: tuple[tuple[str, str], ...]

    def check(self) -> None:
        """MissingObjects where something is missing."""
        if self.missing:
            raise MissingObjects(
                "some data is neither in the cache nor on the remote:\n"
                + "\n".join(f"    {path} ({name})" for path, name in self.missing[:_SHOWN])
                + (f"\n    and {len(self.missing) - _SHOWN} more" if len(self.missing) > _SHOWN else ""),
                hint="whoever has it can `dvc push` it; `--allow-missing` of pull goes on without",
            )


def fetch(project: Project, options: FetchOptions, progress: Progress = NullProgress()) -> FetchResult:  # noqa: B008 - has no state
    """Fetch what can be had; what cannot is in the result. A remote is asked for only when something is lacking."""
    needs = [need for need in select_needs(project, options.selection) if _chosen(need.out, options)]
    store = store_of(project)
    fallback = None
    if options.remote is not None or options.run_cache:
        fallback = remote_of(project, options.remote)
    # A configured remote that is broken is said at once, as is an unknown one.
    elif project.config.get("core", "remote"):
        fallback = remote_of(project, None)
    if fallback is None:
        needs = [need for need in needs if need.out.remote or not _cached(store, need)]
        if not needs:
            return FetchResult(0, 0, ())
        if any(need.out.remote is None for need in needs):
            raise NoRemote
        fallback = remote_of(project, needs[0].out.remote)
    count = size = 0
    missing: list[tuple[str, str]] = []
    for remote, group in by_remote(project, needs, options.remote, fallback):
        got = _fetch(project, store, remote, group, options.jobs, progress)
        count, size = count + got.count, size + got.size
        missing += got.missing
    if options.run_cache:
        count += runs.copy(fallback.runs, os.path.join(store.cache_dir, "runs"))
    return FetchResult(count, size, tuple(missing))


def fetch_outs(project: Project, stage: Stage, outs: Sequence[Out], progress: Progress = NullProgress()) -> FetchResult:  # noqa: B008
    """Fetch what `outs` of `stage` record, as far as it can be had; nothing where no remote is configured."""
    needs = of_outs((stage.locate(out.path), stage, out, None) for out in outs)
    result = FetchResult(0, 0, ())
    try:
        groups = by_remote(project, needs, None, remote_of(project, None))
    except NoRemote:
        return result
    for remote, group in groups:
        got = _fetch(project, store_of(project), remote, group, 0, progress)
        result = FetchResult(result.count + got.count, result.size + got.size, result.missing + got.missing)
    return result


def _fetch(project: Project, store: Store, remote: LocalRemote, needs: Sequence[Need], jobs: int, progress: Progress) -> FetchResult:
    with locks.objects(store.cache_dir):
        gathering = Gathering(reader((store, remote)))
        gathering.add(needs)
        plan = prepare(gathering.wanted(), remote, store, verify=True, quarantine=project.quarantine, jobs=jobs)
        with progress.task(f"Fetching from {remote.name}", files=plan.count):
            result = apply(plan, jobs=jobs, dir_mode=store.dir_mode)
    # What push leaves out on purpose is not expected on a remote.
    expected = [need for need in needs if need.out.push]
    named = paths_of(expected, dict(result.failed), gathering.trees.get)
    return FetchResult(result.count, result.size, tuple((project.shown(path), name) for path, name, _ in named))


def _chosen(out: Out, options: FetchOptions) -> bool:
    if options.types and f"{out.kind}s" not in options.types:
        return False
    size = out.content.size
    return options.max_size is None or size is None or size < options.max_size


def _cached(store: Store, need: Need) -> bool:
    """Whether the cache holds all of the need."""
    if not store.holds(need.oid):
        return False
    if not isinstance(need.oid, TreeId):
        return True
    manifest = store.tree(need.oid)
    return manifest is not None and not len(store.presence(need.oid.algorithm, manifest.below(need.inner or "").digests()).missing)
