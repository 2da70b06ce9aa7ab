"""The objects of one place under one algorithm: looked for, read, removed and moved, here or behind a URL.

Local folders are the engine's work, whole sets at a time. Behind a URL each object is a request; many run at once. As few
requests are made as the case allows: a few objects are asked for one by one, many are found in a listing.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TypeVar

from dvc import engine
from dvc.engine.contract import Counters, Digests, Moved, Problem
from dvc.exceptions import EngineProblem
from dvc.model.hashes import MD5, Algorithm
from dvc.storage.contract import AccessDenied, Found, NotThere, Storage, StorageProblem
from dvc.storage.remotes import FarRemote, LocalRemote
from dvc.store.objects import Store
from dvc.values import dataclass

Place = Store | LocalRemote | FarRemote

_FEW = 64  # objects that are asked for one by one without a thought
_PAGE = 1000  # names that one request of a listing brings
_SAMPLE = "00"  # objects are spread evenly: how many begin so tells how many there are
T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Shelf:
    """`folder` is a folder of this machine, or (with `storage`) a path in the storage."""

    folder: str
    algorithm: Algorithm
    storage: Storage | None = None


def shelf(place: Place, algorithm: Algorithm) -> Shelf:
    return Shelf(place.folder(algorithm), algorithm, place.storage)


# --- looking


def lacking(on: Shelf, names: Digests, quarantine: str | None, jobs: int = 0) -> Digests:
    """Those of `names` that are not there; all of them where there is no such folder."""
    if not len(names):
        return names
    if on.storage is None:
        if not os.path.isdir(on.folder):
            return names
        return engine.exists(on.folder, names, algorithm=on.algorithm, quarantine=quarantine, jobs=jobs).missing
    if _listing_is_cheaper(on, on.storage, len(names)):
        return names - objects(on)
    return names - engine.digests([name for name, found in _each(on.storage, names, jobs, lambda name: _stat(on, name)) if found])


def _listing_is_cheaper(on: Shelf, storage: Storage, wanted: int) -> bool:
    if not storage.capabilities.lists or wanted <= _FEW:
        return False
    sample = sum(1 for _ in storage.list(_path(on, _SAMPLE)))
    return sample * 256 / _PAGE < wanted


def _stat(on: Shelf, name: str) -> Found | None:
    assert on.storage is not None
    return on.storage.stat(_object(on, name))


def objects(on: Shelf) -> Digests:
    """All objects that are there; names that are no object's are passed over."""
    if on.storage is None:
        return engine.objects(on.folder)
    return engine.digests([name for name, _ in _listed(on, on.storage)])


def sizes_of(on: Shelf) -> dict[str, int] | None:
    """All objects behind a URL with their sizes; None for a folder of this machine."""
    return None if on.storage is None else dict(_listed(on, on.storage))


def size(on: Shelf, name: str) -> int | None:
    """How large an object is; None where it is not there."""
    if on.storage is not None:
        found = _stat(on, name)
        return None if found is None or found.size < 0 else found.size
    try:
        return os.stat(_object(on, name)).st_size
    except OSError:
        return None


def _listed(on: Shelf, storage: Storage) -> Iterator[tuple[str, int]]:
    base = on.folder + "/" if on.folder else ""
    for found in storage.list(on.folder):
        head, _, rest = found.path.removeprefix(base).partition("/")
        if len(head) == 2 and len(rest.removesuffix(".dir")) == 30 and not set(head + rest.removesuffix(".dir")) - _HEX:
            yield head + rest, found.size


_HEX = set("0123456789abcdef")


def read(on: Shelf, name: str) -> bytes | None:
    """An object's bytes; None where it is not there."""
    return engine.read(on.folder, name) if on.storage is None else on.storage.read(_object(on, name))


def shown(on: Shelf, name: str) -> str:
    """Where an object is, for people."""
    path = _object(on, name)
    return path if on.storage is None else f"{on.storage.url}/{path}"


# --- moving


def move(
    source: Shelf,
    target: Shelf,
    names: Digests,
    *,
    verify: bool,
    jobs: int = 0,
    dir_mode: int = 0o777,
    counters: Counters | None = None,
) -> Moved:
    """Copy objects, as the engine's `copy` has it. What comes from behind a URL is always verified.

    AccessDenied ends it at once: the other objects would fare no better.
    """
    if source.storage is None and target.storage is None:
        return engine.copy(
            source.folder,
            target.folder,
            names,
            algorithm=source.algorithm,
            verify=verify,
            jobs=jobs,
            dir_mode=dir_mode,
            counters=counters,
        )
    if source.storage is None and target.storage is not None:
        storage = target.storage
        return _moved(storage, target, names, jobs, lambda name: storage.upload(_object(source, name), _object(target, name)))
    assert source.storage is not None
    if target.storage is not None:
        return _across(source, target, names, jobs)
    if source.algorithm != MD5:
        return _through(source, target, names, jobs, dir_mode)
    return _moved(source.storage, source, names, jobs, lambda name: _download(source, target.folder, name, dir_mode))


def _moved(storage: Storage, at: Shelf, names: Digests, jobs: int, one: Callable[[str], int]) -> Moved:
    count = size = 0
    problems: list[Problem] = []

    def tried(name: str) -> int | Problem:
        try:
            return one(name)
        except AccessDenied:
            raise
        except NotThere as why:
            return Problem(shown(at, name), "missing", why.message)
        except (StorageProblem, EngineProblem) as why:
            return Problem(shown(at, name), getattr(why, "kind", "io"), why.message)
        except OSError as why:
            return Problem(shown(at, name), "io", why.strerror or str(why))

    for _, done in _each(storage, names, jobs, tried):
        if isinstance(done, Problem):
            problems.append(done)
        else:
            count += 1
            size += done
    return Moved(count, size, problems)


def _download(source: Shelf, folder: str, name: str, dir_mode: int) -> int:
    """Into a temporary file, hashed while it arrives; it gets its name, and can be used, only if it is what that says."""
    assert source.storage is not None
    target = os.path.join(folder, name[:2], name[2:])
    _folder(os.path.dirname(target), dir_mode)
    digest = hashlib.md5(usedforsecurity=False)
    size = 0
    temp = os.path.join(folder, f".cairn-{os.urandom(8).hex()}.tmp")  # such names are swept after a crash
    try:
        with open(temp, "xb") as file:
            for piece in source.storage.chunks(_object(source, name)):
                digest.update(piece)
                file.write(piece)
                size += len(piece)
        if digest.hexdigest() != name[:32]:
            raise EngineProblem("corrupt", shown(source, name), "its bytes are not what its name says")
        os.chmod(temp, 0o444)
        os.rename(temp, target)
    except BaseException:
        _discard(temp)
        raise
    return size


def _folder(path: str, dir_mode: int) -> None:
    if not os.path.isdir(path):
        os.makedirs(path, exist_ok=True)
        if dir_mode & 0o2000:
            os.chmod(path, dir_mode)


def _discard(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:  # renamed already, or never made
        pass


def _through(source: Shelf, target: Shelf, names: Digests, jobs: int, dir_mode: int) -> Moved:
    """By way of a folder beside the target: only the engine can tell whether an object of DVC 2 is right."""
    assert source.storage is not None
    storage = source.storage
    os.makedirs(target.folder, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.folder, prefix="tmp-") as work:

        def one(name: str) -> int:
            path = os.path.join(work, name[:2], name[2:])
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "xb") as file:
                return sum(file.write(piece) for piece in storage.chunks(_object(source, name)))

        came = _moved(storage, source, names, jobs, one)
        here = names & engine.objects(work)
        placed = engine.copy(work, target.folder, here, algorithm=source.algorithm, verify=True, jobs=jobs, dir_mode=dir_mode)
    return Moved(placed.count, placed.size, [*came.problems, *placed.problems])


def _across(source: Shelf, target: Shelf, names: Digests, jobs: int) -> Moved:
    """From one storage to another, by way of this machine."""
    with tempfile.TemporaryDirectory(prefix="dvc-across-") as work:
        here = Shelf(work, source.algorithm)
        came = move(source, here, names, verify=True, jobs=jobs)
        sent = move(here, target, names & engine.objects(work), verify=False, jobs=jobs)
    return Moved(sent.count, sent.size, [*came.problems, *sent.problems])


def remove(on: Shelf, names: Digests, *, jobs: int = 0, counters: Counters | None = None) -> Moved:
    """Delete objects; absent ones are passed over."""
    if on.storage is None:
        return engine.remove(on.folder, names, counters=counters)
    storage = on.storage

    def one(name: str) -> int:
        storage.remove(_object(on, name))
        return 0

    return _moved(storage, on, names, jobs, one)


# --- requests


def _object(on: Shelf, name: str) -> str:
    return _path(on, f"{name[:2]}/{name[2:]}")


def _path(on: Shelf, path: str) -> str:
    return f"{on.folder}/{path}" if on.folder else path


def _each(storage: Storage, names: Digests, jobs: int, ask: Callable[[str], R]) -> Iterator[tuple[str, R]]:
    """`ask` of every name, many at a time, in the order in which they end. The first error ends it; nothing new is begun then."""
    wanted: Sequence[str] = list(names)
    if len(wanted) == 1:
        yield wanted[0], ask(wanted[0])
        return
    with ThreadPoolExecutor(min(jobs or storage.capabilities.jobs, max(len(wanted), 1))) as pool:
        running = {pool.submit(ask, name): name for name in wanted}
        try:
            for done in as_completed(running):
                yield running[done], done.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
