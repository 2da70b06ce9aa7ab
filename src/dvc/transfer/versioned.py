"""Files between a cache and a cloud-versioned remote, by their workspace paths (docs/formats/cloud.md).

What comes is hashed on the way, and gets its name in the cache only if it is what was recorded. What goes up is looked at before
and afterwards: bytes that are there already are not sent again, and the version that is recorded is the one of these very bytes.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence

from dvc.engine.contract import Moved, Problem
from dvc.exceptions import EngineProblem
from dvc.formats import cloud
from dvc.model.hashes import TreeId
from dvc.model.stage import Content
from dvc.model.versions import Version
from dvc.storage.contract import Found, NotThere, Sending, StorageProblem, VersionedStorage
from dvc.storage.one_by_one import each
from dvc.transfer.tally import Tally
from dvc.values import dataclass, replace

_FEW = 64  # files that are asked for one by one without a thought
_SMALL = 8 << 20  # bytes that go in one request
_MEMORY = 64 << 20  # bytes that all of those on their way may take
_LARGE = 2  # larger ones at a time: each goes in parts
_NO_VERSION = ("", "null")  # "null": S3's word for what was put while no versions were kept


_Take = Callable[[str, int | StorageProblem | OSError], None]


class KeepsNoVersions(StorageProblem):
    """A storage replaces files for good, where versions of them are to be recorded."""

    code = "keeps-no-versions"


@dataclass(frozen=True, slots=True, order=True)
class Held:
    """A recorded file: its path in the remote, its hash, and its version there (None: none is recorded).

    `other`: the version that is recorded for another remote. It may be this one under its old name; the hash tells what comes.
    """

    path: str
    digest: str
    version: Version | None
    other: Version | None = None


def held(path: str, content: Content, remote: str) -> list[Held]:
    """The files of an output at `path`, as far as its metadata lists them; for a folder recorded by its hash there are none."""
    rows = cloud.members(content)
    if rows is not None:
        return [_held(f"{path}/{row.path}", row.md5, row.versions, remote) for row in rows if row.md5 is not None]
    if content.oid is None or isinstance(content.oid, TreeId):
        return []
    return [_held(path, content.oid.hex, cloud.versions(content), remote)]


def _held(path: str, digest: str, versions: Mapping[str, Version], remote: str) -> Held:
    version = versions.get(remote) or versions.get("")
    return Held(path, digest, version, next(iter(versions.values()), None) if version is None else None)


# --- down


def bring(storage: VersionedStorage, files: Sequence[Held], folder: str, *, jobs: int, dir_mode: int, tally: Tally) -> Moved:
    """Put the recorded versions of `files` into the object folder `folder`. Those without a version are passed over."""
    once = {file.digest: file for file in files if file.version is not None or file.other is not None}
    size = 0
    problems: list[Problem] = []

    def one(file: Held) -> int:
        version = file.version or file.other
        assert version is not None
        target = os.path.join(folder, file.digest[:2], file.digest[2:])
        pieces = storage.chunks_of(file.path, version.id)
        return _arrive(pieces, folder, target, f"{storage.url}/{file.path}", file.digest, dir_mode)

    def take(file: Held, answer: int | StorageProblem | OSError) -> None:
        nonlocal size
        if isinstance(answer, int):
            size += answer
            tally.add(files=1, size=answer)
        else:
            problems.append(_problem(f"{storage.url}/{file.path}", answer))

    each(list(once.values()), _kept_going(one), jobs or storage.capabilities.jobs, take)
    return Moved(len(once) - len(problems), size, problems)


class _Wrong(StorageProblem):
    """What arrived is not what was recorded, or could not be kept."""

    def __init__(self, why: EngineProblem) -> None:
        super().__init__(why.message)
        self.why = why


def _kept_going(one: Callable[[Held], int]) -> Callable[[Held], int]:
    def tried(file: Held) -> int:
        try:
            return one(file)
        except EngineProblem as why:
            raise _Wrong(why) from why

    return tried


def _problem(shown: str, why: StorageProblem | OSError) -> Problem:
    if isinstance(why, NotThere):
        return Problem(shown, "missing", why.message)
    if isinstance(why, _Wrong):
        return Problem(shown, why.why.kind, why.message)
    return Problem(shown, "io", why.message if isinstance(why, StorageProblem) else why.strerror or str(why))


def _arrive(pieces: Iterable[bytes], folder: str, target: str, shown: str, digest: str, dir_mode: int) -> int:
    """Into a temporary file, hashed while it arrives; it gets its name only if it is what that says."""
    parent = os.path.dirname(target)
    if not os.path.isdir(parent):
        os.makedirs(parent, exist_ok=True)
        if dir_mode & 0o2000:
            os.chmod(parent, dir_mode)
    hashed = hashlib.md5(usedforsecurity=False)
    size = 0
    temp = os.path.join(folder, f".cairn-{os.urandom(8).hex()}.tmp")  # such names are swept after a crash
    try:
        with open(temp, "xb") as file:
            for piece in pieces:
                hashed.update(piece)
                size += file.write(piece)
        if hashed.hexdigest() != digest:
            raise EngineProblem("corrupt", shown, "its bytes are not what was recorded")
        os.chmod(temp, 0o444)
        os.rename(temp, target)
    except BaseException:
        if os.path.lexists(temp):
            os.unlink(temp)
        raise
    return size


# --- up


@dataclass(frozen=True, slots=True)
class Going:
    """A file to have in the remote: `source` is its object in the cache, `known` what was recorded as its version there before."""

    path: str
    digest: str
    source: str
    known: Version | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """`versions` by path of all that is there now, `count` of which were sent. `replaced`: the version that was newest before, of
    files that were there; it stays in their history."""

    versions: Mapping[str, Version]
    count: int
    size: int
    replaced: Mapping[str, str]
    problems: tuple[Problem, ...]


def send(storage: VersionedStorage, files: Sequence[Going], *, jobs: int, notes: str, tally: Tally) -> Sent:
    """Make each of `files` the newest of its path, unless it is. KeepsNoVersions before anything that is there was replaced for good.

    `notes`: a folder for what is remembered of uploads that were interrupted.
    """
    at_once = jobs or storage.capabilities.jobs
    before = looked_at(storage, [file.path for file in files], at_once)
    versions = {file.path: found for file in files if (found := _same(before.get(file.path), file)) is not None}
    going = [file for file in files if file.path not in versions]
    problems: list[Problem] = []
    sizes: dict[str, int] = {}

    def take(path: str, answer: int | StorageProblem | OSError) -> None:
        if isinstance(answer, int):
            sizes[path] = answer
            tally.add(files=1)
        else:
            problems.append(_problem(f"{storage.url}/{path}", answer))

    if going and not any(found.version not in _NO_VERSION for found in before.values()):
        going = _try(storage, going, before, take)
    _upload(storage, going, at_once, notes, tally, take)
    after = looked_at(storage, list(sizes), at_once, ask=True)
    for file in files:
        if file.path in sizes:
            versions[file.path] = _made(storage, file, sizes[file.path], after.get(file.path))
    replaced = {path: found.version for path, found in before.items() if path in sizes}
    return Sent(versions, len(sizes), sum(sizes.values()), replaced, tuple(problems))


def looked_at(storage: VersionedStorage, paths: Sequence[str], jobs: int, *, ask: bool = False) -> dict[str, Found]:
    """What is there of `paths`, with versions. Many are found in a listing, unless `ask`: they are known to be there."""
    if len(paths) > _FEW and not ask:
        wanted = set(paths)
        top = os.path.commonpath([os.path.dirname(path) for path in paths])
        paths = [found.path for found in storage.list(top) if found.path in wanted]
    found: dict[str, Found] = {}
    failed: list[StorageProblem | OSError] = []

    def take(path: str, answer: Found | StorageProblem | OSError | None) -> None:
        if isinstance(answer, Found):
            found[path] = answer
        elif answer is not None:
            failed.append(answer)

    storage.stat_all(paths, jobs, take)
    for why in failed:
        raise why
    return found


def _same(found: Found | None, file: Going) -> Version | None:
    """The version that is there, where it holds these very bytes: sent before, by a command that could not record it."""
    if found is None or found.version in _NO_VERSION:
        return None
    named = found.etag == file.digest or (file.known is not None and bool(file.known.etag) and found.etag == file.known.etag)
    return Version(found.etag, found.version) if named and found.size in (-1, os.stat(file.source).st_size) else None


def _try(storage: VersionedStorage, going: list[Going], before: Mapping[str, Found], take: "_Take") -> list[Going]:
    """Send one file to see that it gets a version, one that replaces nothing; what is left to send."""
    first = next((file for file in going if file.path not in before), None)
    if first is not None:
        size = storage.upload(first.source, first.path)
        found = storage.stat(first.path)
        if found is not None and found.version not in _NO_VERSION:
            take(first.path, size)
            return [file for file in going if file is not first]
    raise KeepsNoVersions(
        f"'{storage.url}' keeps no versions of its files, and nothing is replaced that could not be had back",
        hint="turn on versioning for the bucket, or take `version_aware` and `worktree` off the remote",
    )


def _upload(storage: VersionedStorage, going: Sequence[Going], jobs: int, notes: str, tally: Tally, take: _Take) -> None:
    small: list[tuple[str, str]] = []
    large: list[Going] = []
    for file in going:
        if os.stat(file.source).st_size <= _SMALL:
            small.append((file.source, file.path))
        else:
            large.append(file)

    def taken(pair: tuple[str, str], answer: int | StorageProblem | OSError) -> None:
        if isinstance(answer, int):
            tally.moved(answer)
        take(pair[1], answer)

    storage.upload_all(small, min(jobs, _MEMORY // _SMALL * 4), taken)
    parts = Sending("", notes, tally.moved)
    each(
        large,
        lambda file: storage.upload(file.source, file.path, replace(parts, content=file.digest)),
        min(jobs, _LARGE),
        lambda file, answer: take(file.path, answer),
    )


def _made(storage: VersionedStorage, file: Going, size: int, found: Found | None) -> Version:
    """The version that an upload made. Somebody else's, that came right after it, is not taken for it."""
    if found is not None and (found.etag == file.digest or not _is_md5(found.etag)) and found.size in (-1, size):
        return Version(found.etag, found.version)
    for older in storage.history(file.path):
        if older.etag == file.digest and older.size == size:
            return Version(older.etag, older.version)
    if found is not None and found.size in (-1, size):  # encrypted with a key of the owner's: its name says nothing about the bytes
        return Version(found.etag, found.version)
    raise StorageProblem(f"'{storage.url}/{file.path}' was changed while it was sent", hint="push again")


def _is_md5(etag: str) -> bool:
    """Files that were sent in parts are called otherwise."""
    return len(etag) == 32
