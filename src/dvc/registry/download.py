"""Copies a file or folder out of a repository: tracked data from its objects, plain files from the workspace or the commit.

All is made in a temporary folder beside the target and renamed; the target is whole or not there. Nothing outside of it is
written: names come from a checked manifest or from git, and links are not followed out of the repository.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from dvc import engine
from dvc.engine.contract import Manifest
from dvc.exceptions import EngineProblem, MissingObjects
from dvc.model.hashes import Algorithm, TreeId
from dvc.model.stage import Out
from dvc.registry.catalog import Catalog, Item
from dvc.registry.repository import Repository, SourceProblem
from dvc.storage.remotes import LocalRemote
from dvc.transfer.execute import Place, lacking
from dvc.values import dataclass

LINKS = ("reflink", "copy")  # never a link into somebody else's cache


@dataclass(frozen=True, slots=True)
class Downloaded:
    path: str
    files: int


def download(repository: Repository, path: str, target: str, *, force: bool, jobs: int = 0) -> Downloaded:
    """Put what `path` names at `target` (absolute). Raises TargetNotFound, MissingObjects, SourceProblem where `target` exists."""
    catalog = Catalog(repository)
    item = catalog.find(path)
    if os.path.lexists(target) and not force:
        raise SourceProblem(f"'{target}' exists", hint="pass -f to replace it, or -o to name another place")
    os.makedirs(os.path.dirname(target) or ".", exist_ok=True)
    with _beside(target) as work:
        made = os.path.join(work, "data")
        count = _make(repository, catalog, item, made, work, jobs)
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


def _make(repository: Repository, catalog: Catalog, item: Item, made: str, work: str, jobs: int) -> int:
    owner = repository.owner(item.full) if item.full else None
    if owner is not None and (repository.root is None or owner[1].content.oid is not None):
        return _place_out(repository, catalog, owner, item, made, work, jobs)
    if not item.is_folder:
        _copy_plain(repository, item, made)
        return 1
    os.makedirs(made, exist_ok=True)
    count = 0
    for row in catalog.children(item.full):
        name = row.full.rsplit("/", 1)[-1]
        if repository.view is not None and _is_metadata(name):
            continue
        count += _make(repository, catalog, row, os.path.join(made, name), work, jobs)
    return count


def _is_metadata(name: str) -> bool:
    return name == "dvc.yaml" or (name.endswith(".dvc") and name != ".dvc")


def _copy_plain(repository: Repository, item: Item, made: str) -> None:
    if repository.root is not None:
        full = os.path.join(repository.root, item.full)
        real = os.path.realpath(full)
        if real != full and not real.startswith(os.path.realpath(repository.root) + os.sep):
            raise SourceProblem(f"'{item.full}' is a link that leads out of the repository")
        shutil.copyfile(full, made)
    else:
        data = repository.source.read(item.full)
        if data is None:
            raise SourceProblem(f"'{item.full}' cannot be read at this revision")
        with open(made, "wb") as file:
            file.write(data)
    if item.is_exec:
        os.chmod(made, os.stat(made).st_mode | 0o111 & ~_umask())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _place_out(repository: Repository, catalog: Catalog, owner: tuple[str, Out], item: Item, made: str, work: str, jobs: int) -> int:
    top, out = owner
    oid = out.content.oid
    if oid is None:
        raise MissingObjects(f"nothing is recorded for '{top}' yet", hint="reproduce it in its repository first")
    if isinstance(oid, TreeId):
        tree = catalog.manifest(out)
        if tree is None:
            raise _missing(repository, top, [f"{oid.hex}.dir"])
        inner = "" if item.full == top else item.full[len(top) + 1 :]
        manifest = tree.below(inner).rebase(inner, "") if item.is_folder and inner else tree.below(inner)
        if not item.is_folder:
            manifest = engine.manifest([(os.path.basename(made), digest) for _, digest in manifest])
    else:
        manifest = engine.manifest([(os.path.basename(made), oid.hex)])
    root = made if item.is_folder else os.path.dirname(made)
    os.makedirs(root, exist_ok=True)
    folder = _folder(repository, top, manifest, oid.algorithm, work, jobs)
    placed = engine.place(
        root,
        manifest,
        folder,
        links=LINKS,
        temp=os.path.join(work, "place"),
        executable=out.content.isexec,
        algorithm=oid.algorithm,
        jobs=jobs,
    )
    if placed.problems:
        first = placed.problems[0]
        raise EngineProblem(first.code, first.path, first.message, hint="see that there is room, and that the source's data is whole")
    return len(manifest)


def _folder(repository: Repository, top: str, manifest: Manifest, algorithm: Algorithm, work: str, jobs: int) -> str:
    """One object folder that holds all of `manifest`: a place of the repository, or a temporary one filled from several."""
    wanted = manifest.digests()
    lacks = [(place, lacking(place.folder(algorithm), wanted, algorithm, None, jobs)) for place in repository.places]
    for place, names in lacks:
        if not len(names):
            return place.folder(algorithm)
    folder = os.path.join(work, "objects")
    missing = wanted
    for place, names in lacks:
        got = missing - names
        if len(got):
            moved = engine.copy(place.folder(algorithm), folder, got, algorithm=algorithm, verify=True, jobs=jobs)
            for problem in moved.problems:
                raise EngineProblem(problem.code, problem.path, problem.message)
        missing = missing & names
    if len(missing):
        raise _missing(repository, top, list(missing)[:3])
    return folder


def _missing(repository: Repository, path: str, names: Sequence[str]) -> MissingObjects:
    where = f"the cache or the remote '{repository.remote.name}'" if repository.remote else "the cache, and there is no remote"
    return MissingObjects(
        f"the data of '{path}' ({', '.join(names)}) is not in {where} of '{repository.name}'", hint="have its owner `dvc push` it"
    )


def object_url(repository: Repository, path: str) -> str:
    """Where the object of a tracked file or folder is: on the remote, else in the cache. SourceProblem for what is not tracked."""
    catalog = Catalog(repository)
    item = catalog.find(path)
    if not item.is_out or item.md5 is None:
        raise SourceProblem(f"'{path}' is not tracked by DVC", hint="only tracked data has an object")
    algorithm = catalog.algorithm(path)
    place: Place = repository.remote or repository.places[0]
    folder = place.folder(algorithm)
    if isinstance(place, LocalRemote):
        folder = place.url + folder[len(place.root) :]
    return os.path.join(folder, item.md5[:2], item.md5[2:])
