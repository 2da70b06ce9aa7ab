"""`dvc fetch` from a cloud-versioned remote: each file by the version that its metadata records."""

from collections.abc import Sequence

from dvc import engine
from dvc.model.hashes import MD5, TreeId
from dvc.ops.needs import Need, refuse_old
from dvc.ops.saving import durable
from dvc.progress import Progress
from dvc.project import locks
from dvc.project.project import Project
from dvc.storage.remotes import VersionedRemote
from dvc.store import listing
from dvc.store.objects import Store, object_name
from dvc.transfer.tally import Tally
from dvc.transfer.versioned import Held, bring, held
from dvc.values import dataclass


@dataclass(frozen=True, slots=True)
class FetchedVersions:
    """`missing`: (path, hash) of what nobody has recorded a version of. `failed`: what is not there in that version, or is not right."""

    count: int
    size: int
    missing: tuple[tuple[str, str], ...]
    failed: tuple[tuple[str, str], ...]


def fetch_versions(
    project: Project, store: Store, remote: VersionedRemote, needs: Sequence[Need], *, jobs: int, wait: bool, progress: Progress
) -> FetchedVersions:
    """What can be had is in the cache afterwards, with the object of each folder that is listed file by file."""
    with locks.objects(store.cache_dir, wait=wait):
        for need in needs:
            refuse_old(project, need)
        wanted = {file: None for need in needs for file in _files(need, remote.name)}
        lacking = store.presence(MD5, engine.digests([file.digest for file in wanted])).missing
        going = [file for file in wanted if file.digest in lacking]
        tally = Tally(len(going))
        with progress.task(f"Fetching from {remote.name}", files=len(going)) as task:
            task.watch(tally.read)
            came = bring(remote.storage, going, store.folder(MD5), jobs=jobs, dir_mode=store.dir_mode, tally=tally)
        for need in needs:
            listing.keep(store, need.out.content)
        if durable(project) and came.count:
            store.sync()
    still = store.presence(MD5, engine.digests([file.digest for file in going])).missing
    gone = [file for file in going if file.digest in still]
    unlisted = [(project.shown(need.path), object_name(need.oid)) for need in needs if _is_unlisted(store, need)]
    missing = [(project.shown(file.path), file.digest) for file in gone if file.version is None]
    failed = [(project.shown(file.path), file.digest) for file in gone if file.version is not None]
    return FetchedVersions(came.count, came.size, (*unlisted, *missing), tuple(failed))


def _files(need: Need, remote: str) -> list[Held]:
    inner = None if need.inner is None else f"{need.path}/{need.inner}"
    files = held(need.path, need.out.content, remote)
    return [file for file in files if inner is None or file.path == inner or file.path.startswith(inner + "/")]


def _is_unlisted(store: Store, need: Need) -> bool:
    """A folder that was never pushed here: such a remote has no object that would tell what it holds."""
    return isinstance(need.oid, TreeId) and listing.tree_of(store, need.out.content) is None
