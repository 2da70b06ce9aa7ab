"""Whether objects that are there are right: by what a listing says of them, or by all their bytes."""

import hashlib
import os
from collections.abc import Mapping

from dvc import engine
from dvc.engine.contract import Digests
from dvc.model.hashes import MD5
from dvc.storage.contract import Found, Storage, StorageProblem
from dvc.storage.one_by_one import each
from dvc.transfer.shelf import Shelf, found, lacking, object_path
from dvc.transfer.tally import Tally


def unsound(on: Shelf, names: Digests, quarantine: str | None, jobs: int, tally: Tally, *, like: Shelf | None, verify: bool) -> Digests:
    """Those of `names` that are not there, or are there and wrong.

    Behind a URL an object is wrong whose size differs from what `like`, a folder of this machine, has under that name: that
    costs no request. With `verify` the content is looked at as well, wherever it is.
    """
    if on.storage is None:
        absent = lacking(on, names, quarantine, jobs)
        if not verify:
            return absent
        return absent | engine.verify(on.folder, names - absent, algorithm=on.algorithm, jobs=jobs, counters=tally.counters)
    held = found(on, names, jobs, tally) if len(names) else {}
    there = names & engine.digests(list(held))
    wrong = engine.digests([name for name in there if _of_another_size(like, name, held[name])]) if like is not None else engine.digests([])
    if verify:
        wrong = wrong | engine.digests(_misnamed(on, on.storage, there - wrong, held, jobs, tally))
    return (names - there) | wrong


def _of_another_size(like: Shelf, name: str, held: Found) -> bool:
    if held.size < 0:
        return False
    try:
        return os.stat(object_path(like, name)).st_size != held.size
    except OSError:
        return False  # nothing to hold it against


def _misnamed(on: Shelf, storage: Storage, names: Digests, held: Mapping[str, Found], jobs: int, tally: Tally) -> list[str]:
    """Those whose bytes are not what their names say. An ETag that is an MD5 tells; all else is read."""
    if on.algorithm != MD5:
        return []  # names of DVC 2 are not of the bytes as they are
    wrong: list[str] = []
    # A server may make its ETags of something else: then the bytes decide.
    unread = [name for name in names if held[name].etag.strip('"') != name[:32]]

    def digest(name: str) -> str:
        hashed = hashlib.md5(usedforsecurity=False)
        for piece in storage.chunks(object_path(on, name)):
            hashed.update(piece)
            tally.add(size=len(piece))
        return hashed.hexdigest()

    def take(name: str, answer: str | StorageProblem | OSError) -> None:
        if isinstance(answer, Exception):
            raise answer
        tally.add(files=1)
        if answer != name[:32]:
            wrong.append(name)

    each(unread, digest, jobs or storage.capabilities.jobs, take)
    return wrong
