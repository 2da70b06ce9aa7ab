"""`dvc push`: bring objects that the remote lacks from the cache to it."""

from collections.abc import Mapping

from dvc.engine.contract import Digests
from dvc.exceptions import MissingObjects
from dvc.model.hashes import Algorithm
from dvc.ops.cache import store_of
from dvc.ops.needs import Gathering, Need, paths_of, reader
from dvc.ops.places import any_remote_of, remote_lock
from dvc.ops.push_versions import PushResult, push_versions
from dvc.ops.saving import durable
from dvc.ops.select import Selection, select_needs
from dvc.progress import NullProgress, Progress
from dvc.project import locks
from dvc.project.project import Project
from dvc.storage.remotes import AnyRemote, Remote, VersionedRemote
from dvc.store.objects import Store, object_name
from dvc.transfer import runs
from dvc.transfer.execute import apply, prepare
from dvc.transfer.tally import Tally
from dvc.values import dataclass


@dataclass(frozen=True, slots=True)
class PushOptions:
    """`verify`: look at the content of what the remote has, and replace what is wrong."""

    selection: Selection
    remote: str | None = None
    run_cache: bool = False
    jobs: int = 0
    wait: bool = False
    verify: bool = False


def push(project: Project, options: PushOptions, progress: Progress = NullProgress()) -> PushResult:
    """Raises NoRemote, RemoteNotFound, ConfigProblem, and MissingObjects where an object that is there could not be copied."""
    needs = [need for need in select_needs(project, options.selection) if need.out.push and not need.imported]
    fallback = any_remote_of(project, options.remote)
    store = store_of(project)
    result = PushResult()
    for remote, group in by_remote(project, needs, options.remote, fallback):
        if not group and not options.run_cache:
            continue  # nothing comes of it: not even the remote's folder
        with locks.objects(store.cache_dir, wait=options.wait), remote_lock(remote, wait=options.wait):  # in gc's order
            if isinstance(remote, VersionedRemote):
                result += push_versions(project, store, remote, group, jobs=options.jobs, wait=options.wait, progress=progress)
            else:
                result += _push(project, store, remote, group, options, progress)
    return result


def _push(project: Project, store: Store, remote: Remote, group: list[Need], options: PushOptions, progress: Progress) -> PushResult:
    gathering = Gathering(reader((store, remote)))
    gathering.add(group)
    # A part of a directory goes up without its .dir object: on a remote that object vouches for all its files.
    partial = {object_name(need.oid) for need in group if need.inner is not None}
    for names in gathering.parts.values():
        for name in partial & set(names):
            del names[name]
    looking = Tally()
    with progress.task(f"Comparing with {remote.name}") as task:
        task.watch(looking.read)
        plan = prepare(
            gathering.wanted(),
            store,
            remote,
            verify=options.verify,
            recheck=options.verify,
            quarantine=project.quarantine,
            jobs=options.jobs,
            tally=looking,
        )
    tally = Tally(plan.count)
    with progress.task(f"Pushing to {remote.name}", files=plan.count) as task:
        task.watch(tally.read)
        result = apply(plan, jobs=options.jobs, durable=durable(project), notes=project.tmp_dir, tally=tally)
    if result.problems:
        first = result.problems[0]
        raise MissingObjects(
            f"{len(result.problems)} objects could not be pushed to '{remote.name}', the first: {first.path}: {first.message}",
            hint="see that the remote's folder can be written to and has room, and push again",
        )
    count = result.count + (runs.copy(store, remote) if options.run_cache else 0)
    return PushResult(count, result.size, tuple(_named(project, group, dict(result.failed), gathering)))


def by_remote(project: Project, needs: list[Need], chosen: str | None, fallback: AnyRemote) -> list[tuple[AnyRemote, list[Need]]]:
    """Needs by the remote they belong to: an output may name one of its own, which a remote given by hand overrules."""
    groups: dict[str, list[Need]] = {}
    for need in needs:
        groups.setdefault("" if chosen else need.out.remote or "", []).append(need)
    return [(any_remote_of(project, name) if name else fallback, group) for name, group in groups.items()] or [(fallback, [])]


def _named(project: Project, needs: list[Need], names: Mapping[Algorithm, Digests], gathering: Gathering) -> list[tuple[str, str]]:
    return [(project.shown(path), name) for path, name, _ in paths_of(needs, names, gathering.trees.get)]
