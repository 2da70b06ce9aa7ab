"""Brings what a path of another repository holds into a store, as objects: imports, and data that was imported in its turn.

Objects that the source tracks are copied as they are; everything else (files of Git, folders that mix both, hashes of DVC 2)
is made in a temporary folder and stored. Objects first, then the directory's; nothing refers to them before the caller does.
"""

import os
import shutil
from collections.abc import Sequence

from dvc import engine
from dvc.engine.contract import Digests, Listing, Manifest
from dvc.exceptions import DvcException, EngineProblem, MissingObjects
from dvc.model.hashes import MD5, Algorithm, Oid, TreeId
from dvc.model.stage import Content, Out, RepoDep, Stage
from dvc.registry.catalog import Catalog, Item, look
from dvc.registry.repository import Repository, SourceProblem, open_repository
from dvc.registry.sources import options_of, place_of
from dvc.storage.remotes import VersionedRemote
from dvc.store.objects import Store
from dvc.transfer.moving import move
from dvc.transfer.shelf import lacking, shelf
from dvc.transfer.tally import Tally
from dvc.transfer.versioned import bring, held

LINKS = ("reflink", "copy")  # never a link into somebody else's cache
_DEPTH = 16  # imports of imports of imports; a longer chain is a circle


def supply(repository: Repository, path: str, store: Store, *, jobs: int = 0, depth: int = 0) -> Content:
    """Have the objects of `path` in `store`; what an output with that content is. Raises TargetNotFound, MissingObjects."""
    catalog, item = look(repository, path)
    found = catalog.repository
    owner = found.owner_stage(item.full) if item.full else None
    oid = None if owner is None else owner[1].content.oid
    if owner is None or oid is None or oid.algorithm != MD5:
        return _stored(found, item, store, jobs)
    if item.is_folder:
        return _tree(catalog, item, owner, store, jobs, depth)
    if item.md5 is None:
        raise MissingObjects(f"nothing is recorded for '{item.full}' yet", hint="reproduce it in its repository first")
    names = engine.digests([item.md5])
    _objects(found, owner, item.full, names, MD5, store, jobs, depth)
    return Content(Oid(MD5, item.md5), store.presence(MD5, names).size)


def _tree(catalog: Catalog, item: Item, owner: tuple[Stage, Out], store: Store, jobs: int, depth: int) -> Content:
    stage, out = owner
    top = stage.locate(out.path)
    tree = catalog.manifest(out)
    if tree is None and depth < _DEPTH and isinstance(stage.deps[0] if stage.deps else None, RepoDep):
        return _from_origin(catalog.repository, owner, item.full, store, jobs, depth)
    if tree is None:
        raise missing(catalog.repository, top, [item.md5 or "its .dir object"])
    inner = "" if item.full == top else item.full[len(top) + 1 :]
    manifest = tree.below(inner).rebase(inner, "") if inner else tree
    _objects(catalog.repository, owner, item.full, manifest.digests(), MD5, store, jobs, depth)
    size = out.content.size if not inner and out.content.size is not None else _size(store, [digest for _, digest in manifest])
    return Content(store.put_tree(manifest), size, len(manifest))


def _size(store: Store, digests: list[str]) -> int:
    folder = store.folder(MD5)
    sizes = {digest: os.stat(os.path.join(folder, digest[:2], digest[2:])).st_size for digest in set(digests)}
    return sum(sizes[digest] for digest in digests)


def _objects(
    repository: Repository,
    owner: tuple[Stage, Out],
    path: str,
    names: Digests,
    algorithm: Algorithm,
    store: Store,
    jobs: int,
    depth: int,
) -> None:
    """Copy `names` from the repository's places, then from where the repository itself imported them."""
    target = shelf(store, algorithm)
    absent = lacking(target, names, store.quarantine, jobs)
    for place in repository.places:
        if not len(absent):
            return
        source = shelf(place, algorithm)
        got = absent - lacking(source, absent, None, jobs)
        if len(got):
            moved = move(source, target, got, verify=True, jobs=jobs, dir_mode=store.dir_mode)
            for problem in moved.problems:
                if problem.code != "corrupt":  # another place may have it whole
                    raise EngineProblem(problem.code, problem.path, problem.message)
            absent = lacking(target, absent, store.quarantine, jobs)
    if len(absent) and isinstance(repository.remote, VersionedRemote):
        absent = _versions(repository.remote, owner, absent, store, jobs)
    if len(absent) and depth < _DEPTH and any(isinstance(dep, RepoDep) for dep in owner[0].deps):
        _from_origin(repository, owner, path, store, jobs, depth)
        absent = lacking(target, absent, store.quarantine, jobs)
    if len(absent):
        raise missing(repository, path, list(absent)[:3])


def _versions(remote: VersionedRemote, owner: tuple[Stage, Out], absent: Digests, store: Store, jobs: int) -> Digests:
    """Bring files by the versions that the repository recorded; what is lacking still."""
    stage, out = owner
    files = [file for file in held(stage.locate(out.path), out.content, remote.name) if file.digest in absent]
    came = bring(remote.storage, files, store.folder(MD5), jobs=jobs, dir_mode=store.dir_mode, tally=Tally(len(files)))
    for problem in came.problems:
        if problem.code != "missing":
            raise EngineProblem(problem.code, problem.path, problem.message)
    return store.presence(MD5, absent).missing


def _from_origin(repository: Repository, owner: tuple[Stage, Out], path: str, store: Store, jobs: int, depth: int) -> Content:
    """The same path where `repository` has it from."""
    stage, out = owner
    dep = next(dep for dep in stage.deps if isinstance(dep, RepoDep))
    inner = path[len(stage.locate(out.path)) :].lstrip("/")
    root = repository.root or (repository.view.project.root if repository.view is not None else os.getcwd())
    url, cwd = place_of(dep, root, stage.folder, root)
    try:
        with open_repository(url, options_of(dep, cwd, locked=True), cwd, repository.environ) as origin:
            return supply(origin, f"{dep.path}/{inner}" if inner else dep.path, store, jobs=jobs, depth=depth + 1)
    except DvcException as why:
        raise MissingObjects(
            f"'{path}' of '{repository.name}' is an import, and its own source cannot be read: {why.message}", hint=why.hint
        ) from why


def missing(repository: Repository, path: str, names: Sequence[str]) -> MissingObjects:
    where = f"the cache or the remote '{repository.remote.name}'" if repository.remote else "the cache, and there is no remote"
    return MissingObjects(
        f"the data of '{path}' ({', '.join(names)}) is not in {where} of '{repository.name}'", hint="have its owner `dvc push` it"
    )


# --- what no object is there for yet


def _stored(repository: Repository, item: Item, store: Store, jobs: int) -> Content:
    with store.work() as work:
        made = os.path.join(work, "data")
        make(repository, Catalog(repository), item, made, work, jobs)
        if os.path.isdir(made):
            listing = _store(made, engine.scan(made, base="", rules=(), jobs=jobs), store, jobs)
            manifest = listing.manifest()
            return Content(store.put_tree(manifest), listing.size, len(manifest))
        (row,) = _store(work, engine.stat(work, ["data"]), store, jobs)
        return Content(Oid(MD5, row.digest or ""), row.size)


def _store(root: str, listing: Listing, store: Store, jobs: int) -> Listing:
    stored = engine.store(root, listing, store.folder(MD5), algorithm=MD5, jobs=jobs, dir_mode=store.dir_mode)
    for problem in stored.problems:
        raise EngineProblem(problem.code, problem.path, problem.message)
    return stored


# --- as files


def make(repository: Repository, catalog: Catalog, item: Item, made: str, work: str, jobs: int) -> int:
    """Make `item` at the new path `made`, with `work` for what is temporary; how many files it has."""
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
        count += make(repository, catalog, row, os.path.join(made, name), work, jobs)
    return count


def _is_metadata(name: str) -> bool:
    return name in ("dvc.yaml", ".dvcignore") or (name.endswith(".dvc") and name != ".dvc")


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
    if not isinstance(oid, TreeId):
        manifest = engine.manifest([(os.path.basename(made), oid.hex)])
    elif catalog.manifest(out) is None:
        return _place_import(repository, item, made, work, jobs)
    else:
        manifest = _part(catalog.manifest(out) or engine.manifest([]), top, item, made)
    folder = _folder(repository, item.full, manifest, oid.algorithm, work, jobs)
    return _place(manifest, folder, oid.algorithm, made, work, jobs, folders=item.is_folder, executable=out.content.isexec)


def _part(tree: Manifest, top: str, item: Item, made: str) -> Manifest:
    """The files of `item` as they are called below `made` (a folder), or beside it (a file)."""
    inner = "" if item.full == top else item.full[len(top) + 1 :]
    if item.is_folder:
        return tree.below(inner).rebase(inner, "") if inner else tree
    return engine.manifest([(os.path.basename(made), digest) for _, digest in tree.below(inner)])


def _place_import(repository: Repository, item: Item, made: str, work: str, jobs: int) -> int:
    """A directory that the repository imported and of which it has not even the list of files."""
    owner = repository.owner_stage(item.full)
    if owner is None or not any(isinstance(dep, RepoDep) for dep in owner[0].deps):
        raise missing(repository, item.full, [f"{item.md5}" if item.md5 else "its .dir object"])
    store = Store(os.path.join(work, "objects"))
    content = _from_origin(repository, owner, item.full, store, jobs, 0)
    tree = store.tree(content.oid) if isinstance(content.oid, TreeId) else None
    name = content.oid.hex if content.oid is not None else ""
    manifest = tree if tree is not None else engine.manifest([(os.path.basename(made), name)])
    return _place(manifest, store.folder(MD5), MD5, made, work, jobs, folders=tree is not None, executable=False)


def _place(
    manifest: Manifest, folder: str, algorithm: Algorithm, made: str, work: str, jobs: int, *, folders: bool, executable: bool
) -> int:
    root = made if folders else os.path.dirname(made)
    os.makedirs(root, exist_ok=True)
    temp = os.path.join(work, "place")
    placed = engine.place(root, manifest, folder, links=LINKS, temp=temp, executable=executable, algorithm=algorithm, jobs=jobs)
    for problem in placed.problems:
        raise EngineProblem(problem.code, problem.path, problem.message, hint="see that there is room, and that the source's data is whole")
    return len(manifest)


def _folder(repository: Repository, path: str, manifest: Manifest, algorithm: Algorithm, work: str, jobs: int) -> str:
    """One object folder that holds all of `manifest`: a place of the repository, or a temporary one filled from several."""
    wanted = manifest.digests()
    for place in repository.places:
        if place.storage is None and not len(lacking(shelf(place, algorithm), wanted, None, jobs)):
            return place.folder(algorithm)
    store = Store(os.path.join(work, "objects"))
    owner = repository.owner_stage(path)
    if owner is None:
        raise missing(repository, path, list(wanted)[:3])
    _objects(repository, owner, path, wanted, algorithm, store, jobs, 0)
    return store.folder(algorithm)
