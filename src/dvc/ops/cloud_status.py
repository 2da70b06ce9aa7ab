"""`dvc status --cloud`: compare the cache with a remote, path by path. Directories' objects that only the remote has are fetched."""

from collections.abc import Mapping
from typing import Literal

from dvc import engine
from dvc.engine.contract import Digests, Manifest
from dvc.model.hashes import Algorithm, TreeId
from dvc.ops.cache import store_of
from dvc.ops.needs import Gathering, Need, paths_of
from dvc.ops.places import any_remote_of
from dvc.ops.push import by_remote
from dvc.ops.select import Selection, select_needs
from dvc.project import locks
from dvc.project.project import Project
from dvc.storage.remotes import CloudVersioned, Remote, VersionedRemote
from dvc.store.objects import Store, object_name
from dvc.transfer.checking import unsound
from dvc.transfer.execute import read_tree
from dvc.transfer.moving import move
from dvc.transfer.shelf import lacking, shelf
from dvc.transfer.tally import Tally
from dvc.values import dataclass

State = Literal["new", "deleted", "missing"]


@dataclass(frozen=True, slots=True)
class CloudStatusOptions:
    selection: Selection
    remote: str | None = None
    jobs: int = 0
    verify: bool = False


@dataclass(frozen=True, slots=True)
class CloudStatus:
    """Path (relative to the working folder) to what differs: "new" only the cache has it, "deleted" only the remote, "missing" neither."""

    entries: Mapping[str, State]


def cloud_status(project: Project, options: CloudStatusOptions) -> CloudStatus:
    """Raises NoRemote, RemoteNotFound, ConfigProblem, TargetNotFound."""
    fallback = any_remote_of(project, options.remote)
    needs = [need for need in select_needs(project, options.selection) if need.out.push and not need.imported]
    store = store_of(project)
    entries: dict[str, State] = {}
    for remote, group in by_remote(project, needs, options.remote, fallback):
        if isinstance(remote, VersionedRemote):
            raise CloudVersioned("`status --cloud`", remote.name)
        entries.update(_compare(project, store, remote, group, options))
    return CloudStatus(entries)


def _compare(project: Project, store: Store, remote: Remote, needs: list[Need], options: CloudStatusOptions) -> dict[str, State]:
    jobs = options.jobs
    gathering = Gathering(lambda tree: _tree(store, remote, tree))
    gathering.add(needs)
    here: dict[Algorithm, Digests] = {}
    there: dict[Algorithm, Digests] = {}
    for algorithm, names in gathering.used().items():
        here[algorithm] = lacking(shelf(store, algorithm), names, project.quarantine, jobs)
        if options.verify:
            there[algorithm] = unsound(shelf(remote, algorithm), names, None, jobs, Tally(), like=None, verify=True)
            continue
        trees = lacking(shelf(remote, algorithm), names.trees(), None, jobs)
        # A .dir object on the remote vouches for its files: they were there before it.
        vouched = engine.digests([])
        for name, members in gathering.parts.get(algorithm, {}).items():
            if name not in trees:
                vouched = vouched | members
        there[algorithm] = lacking(shelf(remote, algorithm), names.files() - vouched, None, jobs) | trees
    states: dict[str, State] = {}
    both = {a: here[a] & there[a] for a in here}
    parts: tuple[tuple[State, Mapping[Algorithm, Digests]], ...] = (
        ("new", {a: there[a] - here[a] for a in here}),
        ("deleted", {a: here[a] - there[a] for a in here}),
        ("missing", both),
    )
    for state, differing in parts:
        for path, _, _ in paths_of(needs, differing, gathering.trees.get):
            states[project.shown(path)] = state
    return states


def _tree(store: Store, remote: Remote, tree: TreeId) -> Manifest | None:
    """The directory; its object is copied into the cache when only the remote has it, as the next command will want it too."""
    name = object_name(tree)
    manifest = read_tree([store], tree.algorithm, name)
    if manifest is not None:
        return manifest
    manifest = read_tree([remote], tree.algorithm, name)
    if manifest is not None:
        with locks.objects(store.cache_dir):
            there, here = shelf(remote, tree.algorithm), shelf(store, tree.algorithm)
            move(there, here, engine.digests([name]), verify=True, dir_mode=store.dir_mode)
    return manifest
