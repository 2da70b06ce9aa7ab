"""The objects of one place under one algorithm: looked for, sized and read, here or behind a URL.

Local folders are the engine's work, whole sets at a time. Behind a URL each object is a request; many run at once. As few
requests are made as the case allows: a few objects are asked for one by one, many are found in a listing.
"""

import os
from collections.abc import Iterator, Mapping
from itertools import islice

from dvc import engine
from dvc.engine.contract import Digests
from dvc.model.hashes import Algorithm
from dvc.storage.contract import Found, Storage, StorageProblem
from dvc.storage.one_by_one import each
from dvc.storage.remotes import FarRemote, LocalRemote
from dvc.store.objects import Store
from dvc.transfer.tally import Tally
from dvc.values import dataclass

Place = Store | LocalRemote | FarRemote

_FEW = 64  # objects that are asked for one by one without a thought
_PAGE = 1000  # names that one request of a listing brings
_FOLDERS = tuple(f"{number:02x}" for number in range(256))  # objects are spread evenly over these
_SAMPLE = _FOLDERS[0]  # how many begin so tells how many there are
_ALONE = 16  # pages that are listed one after the other; beyond that, folder by folder at the same time
_PASSING = 20  # requests beside which one does not count
_HEX = set("0123456789abcdef")


@dataclass(frozen=True, slots=True)
class Shelf:
    """`folder` is a folder of this machine, or (with `storage`) a path in the storage."""

    folder: str
    algorithm: Algorithm
    storage: Storage | None = None


def shelf(place: Place, algorithm: Algorithm) -> Shelf:
    return Shelf(place.folder(algorithm), algorithm, place.storage)


def lacking(on: Shelf, names: Digests, quarantine: str | None, jobs: int = 0, tally: Tally | None = None) -> Digests:
    """Those of `names` that are not there; all of them where there is no such folder."""
    if not len(names):
        return names
    if on.storage is None:
        if not os.path.isdir(on.folder):
            return names
        return engine.exists(on.folder, names, algorithm=on.algorithm, quarantine=quarantine, jobs=jobs).missing
    return names - engine.digests(list(found(on, names, jobs, tally)))


def found(on: Shelf, names: Digests, jobs: int = 0, tally: Tally | None = None) -> Mapping[str, Found]:
    """What a storage holds of `names`, by name; it may hold more than that."""
    storage = on.storage
    assert storage is not None
    pages = _pages(on, storage, len(names))
    if pages is not None:
        return _listed(on, storage, pages, jobs, tally)
    held: dict[str, Found] = {}
    by_path = {object_path(on, name): name for name in names}

    def take(path: str, answer: Found | StorageProblem | OSError | None) -> None:
        if isinstance(answer, Exception):
            raise answer
        if answer is not None:
            held[by_path[path]] = answer
        if tally is not None:
            tally.add(files=1)

    storage.stat_all(list(by_path), jobs or storage.capabilities.jobs, take)
    return held


def found_in_passing(on: Shelf, names: Digests, jobs: int = 0) -> Mapping[str, Found]:
    """What a storage holds of `names`, where that costs next to nothing beside asking for all of them; else nothing."""
    storage = on.storage
    assert storage is not None
    pages = _pages(on, storage, len(names) // _PASSING)
    return _listed(on, storage, pages, jobs, None) if pages is not None else {}


def _pages(on: Shelf, storage: Storage, wanted: int) -> int | None:
    """About how many pages a listing of all objects has; None where it is cheaper to ask for each one."""
    if not storage.capabilities.lists or wanted <= _FEW:
        return None
    most = wanted * _PAGE // len(_FOLDERS) + 1  # with so many in one folder a listing has more pages than are wanted
    sample = sum(1 for _ in islice(storage.list(path_on(on, _SAMPLE)), most))
    return sample * len(_FOLDERS) // _PAGE + 1 if sample < most else None


def _listed(on: Shelf, storage: Storage, pages: int, jobs: int, tally: Tally | None) -> dict[str, Found]:
    held: dict[str, Found] = {}

    def take(folder: str, answer: list[Found] | StorageProblem | OSError) -> None:
        if isinstance(answer, Exception):
            raise answer
        held.update(_objects_in(on, answer))
        if tally is not None:
            tally.add(files=len(answer))

    # What is at the top of a remote is all there is in it, of other layouts too: there each folder is listed alone.
    folders = [on.folder] if on.folder and pages <= _ALONE else [path_on(on, folder) for folder in _FOLDERS]
    each(folders, lambda folder: list(storage.list(folder)), jobs or storage.capabilities.jobs, take)
    return held


def _objects_in(on: Shelf, files: list[Found]) -> Iterator[tuple[str, Found]]:
    """Those that lie where objects lie; other files are passed over."""
    start = len(on.folder) + 1 if on.folder else 0
    for file in files:
        head, _, rest = file.path[start:].partition("/")
        if len(head) == 2 and len(rest.removesuffix(".dir")) == 30 and not set(head + rest.removesuffix(".dir")) - _HEX:
            yield head + rest, file


def objects(on: Shelf) -> Digests:
    """All objects that are there; names that are no object's are passed over."""
    if on.storage is None:
        return engine.objects(on.folder)
    return engine.digests(list(_all(on, on.storage)))


def sizes_of(on: Shelf) -> dict[str, int] | None:
    """All objects behind a URL with their sizes; None for a folder of this machine."""
    return None if on.storage is None else {name: file.size for name, file in _all(on, on.storage).items()}


def _all(on: Shelf, storage: Storage) -> dict[str, Found]:
    sample = sum(1 for _ in islice(storage.list(path_on(on, _SAMPLE)), _PAGE))
    return _listed(on, storage, sample * len(_FOLDERS) // _PAGE + 1, 0, None)


def size(on: Shelf, name: str) -> int | None:
    """How large an object is; None where it is not there."""
    if on.storage is not None:
        there = on.storage.stat(object_path(on, name))
        return None if there is None or there.size < 0 else there.size
    try:
        return os.stat(object_path(on, name)).st_size
    except OSError:
        return None


def read(on: Shelf, name: str) -> bytes | None:
    """An object's bytes; None where it is not there."""
    return engine.read(on.folder, name) if on.storage is None else on.storage.read(object_path(on, name))


def shown(on: Shelf, name: str) -> str:
    """Where an object is, for people."""
    path = object_path(on, name)
    return path if on.storage is None else f"{on.storage.url}/{path}"


def object_path(on: Shelf, name: str) -> str:
    return path_on(on, f"{name[:2]}/{name[2:]}")


def path_on(on: Shelf, path: str) -> str:
    return f"{on.folder}/{path}" if on.folder else path
