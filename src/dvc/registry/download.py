"""Copies a file or folder out of a repository: tracked data from its objects, plain files from the workspace or the commit.

All is made in a temporary folder beside the target and renamed; the target is whole or not there. Nothing outside of it is
written: names come from a checked manifest or from git, and links are not followed out of the repository.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from dvc.exceptions import TargetNotFound
from dvc.registry import supply
from dvc.registry.catalog import look
from dvc.registry.opening import VERSION_ID
from dvc.registry.repository import Repository, SourceProblem
from dvc.storage.remotes import LocalRemote, VersionedRemote
from dvc.transfer.shelf import Place, shelf, shown
from dvc.transfer.versioned import held
from dvc.values import dataclass


@dataclass(frozen=True, slots=True)
class Downloaded:
    path: str
    files: int


def download(repository: Repository, path: str, target: str, *, force: bool, jobs: int = 0) -> Downloaded:
    """Put what `path` names at `target` (absolute). Raises TargetNotFound, MissingObjects, SourceProblem where `target` exists."""
    catalog, item = look(repository, path)
    repository = catalog.repository
    if os.path.lexists(target) and not force:
        raise SourceProblem(f"'{target}' exists", hint="pass -f to replace it, or -o to name another place")
    os.makedirs(os.path.dirname(target) or ".", exist_ok=True)
    with _beside(target) as work:
        made = os.path.join(work, "data")
        count = supply.make(repository, catalog, item, made, work, jobs)
        _replace(made, target, work)
    return Downloaded(target, count)


@contextmanager
def _beside(target: str) -> Iterator[str]:
    work = tempfile.mkdtemp(dir=os.path.dirname(target) or ".", prefix=".dvc-get-")
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _replace(made: str, target: str, work: str) -> None:
    """Give `made` its name. What stood there goes only once the new one is in its place."""
    if os.path.lexists(target) and (os.path.isdir(made) or os.path.isdir(target)):
        os.rename(target, os.path.join(work, "old"))
    os.replace(made, target)


def object_url(repository: Repository, path: str) -> str:
    """Where the object of a tracked file or folder is: on the remote, else in the cache. TargetNotFound for what is not tracked."""
    catalog, item = look(repository, path)
    repository, path = catalog.repository, item.full
    if not item.is_out or item.md5 is None:
        raise TargetNotFound(f"'{path}' is not tracked by DVC", hint="only tracked data has an object")
    if isinstance(repository.remote, VersionedRemote):
        return _version_url(repository, repository.remote, path)
    algorithm = catalog.algorithm(path)
    place: Place = repository.remote or repository.places[0]
    where = shown(shelf(place, algorithm), item.md5)
    return place.url + where[len(place.root) :] if isinstance(place, LocalRemote) else where


def _version_url(repository: Repository, remote: VersionedRemote, path: str) -> str:
    """Where a cloud-versioned remote has a file, with its version as S3's own URLs have it; a folder has none."""
    owner = repository.owner_stage(path)
    known = [] if owner is None else held(owner[0].locate(owner[1].path), owner[1].content, remote.name)
    version = next((file.version for file in known if file.path == path and file.version is not None), None)
    return f"{remote.storage.url}/{path}{VERSION_ID}{version.id}" if version is not None else f"{remote.storage.url}/{path}"
