"""What a kind of storage offers: a dozen calls on files, one or many at a time. tests/contract/test_storages.py holds every kind to it.

Paths are relative to the URL that was opened, POSIX, without a leading `/`. All calls may be made from many threads at once.
A file has its final name only when it is whole. A call retries what may pass (timeouts, 429, 5xx) with growing pauses, a
bounded number of times, before it raises. Kinds that have no better way for many files at a time take it from `one_by_one.OneByOne`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol, TypeVar, cast

from dvc.exceptions import DvcException
from dvc.values import dataclass


class StorageProblem(DvcException):
    """A storage cannot be reached, or refused: what, by whom, why."""

    code = "storage"


class AccessDenied(StorageProblem):
    """The storage does not let us: never to be taken for "not there"."""

    code = "access-denied"


class NotThere(StorageProblem):
    """No file of that name."""

    code = "not-there"


class Unavailable(StorageProblem):
    """The URL's kind needs a package that is not installed, or an option that this version cannot honour."""

    code = "unavailable"


class Found(NamedTuple):
    """A file: its path, its size in bytes (-1 where the storage does not say), and what the storage calls its content ("" where
    that costs a request of its own: see `Storage.named`). `version`: the id of this state of it, "" where none is kept or known."""

    path: str
    size: int
    etag: str = ""
    version: str = ""


class Head(NamedTuple):
    """The beginning of a file. `whole`: there is no more of it."""

    data: bytes
    whole: bool


A = TypeVar("A")
R = TypeVar("R")
# Called for one file of many with what was asked of it, or the StorageProblem (of a local file, the OSError) that came instead.
# One call at a time, in the order in which the answers come, and not always from the caller's thread.
Take = Callable[[A, R | StorageProblem | OSError], None]


def _nobody(size: int) -> None:
    """Nobody is told how many bytes went."""


@dataclass(frozen=True, slots=True)
class Sending:
    """How a large upload is made so that it outlives its process, where the kind can (`Capabilities.resumes`).

    `content` names the bytes: what an earlier upload of the same content to the same path left there is not sent again; "" begins
    anew. `notes`: a folder of this machine for kinds that must remember where they were ("" for none). `moved` is told, from any
    thread, of bytes that went.
    """

    content: str = ""
    notes: str = ""
    moved: Callable[[int], None] = _nobody


AT_ONCE = Sending()


@dataclass(frozen=True, slots=True)
class Capabilities:
    """`lists`: it can say what it holds. `jobs`: how many calls at a time serve it well. `named_by`: the key that a dependency
    has the storage's name for its content under. `ranges`: any part of a file can be asked for alone, without what is before it.
    `resumes`: a large upload that was interrupted is continued. `versions`: it is a `VersionedStorage`."""

    lists: bool = True
    removes: bool = True
    jobs: int = 16
    named_by: str = "etag"
    ranges: bool = True
    resumes: bool = False
    versions: bool = False


class Storage(Protocol):
    """One opened URL."""

    url: str
    capabilities: Capabilities

    def stat(self, path: str) -> Found | None:
        """The file, None where there is none. AccessDenied, StorageProblem."""

    def read(self, path: str) -> bytes | None:
        """A small file's bytes, None where there is none."""

    def chunks(self, path: str, start: int = 0) -> Iterator[bytes]:
        """A file's bytes from `start` on, piece by piece. NotThere where there is none, StorageProblem where it ends early."""

    def part(self, path: str, start: int, size: int) -> bytes:
        """Exactly these bytes of a file that has them. NotThere, StorageProblem where they do not come."""

    def upload(self, source: str, path: str, sending: Sending = AT_ONCE) -> int:
        """Make `path` from the local file `source`, replacing what is there; its size. OSError where `source` cannot be read."""

    def put(self, path: str, data: bytes) -> None:
        """Make the small file `path`."""

    def list(self, prefix: str) -> Iterable[Found]:
        """All files below the folder `prefix` ("" for all), in any order; none where there is no such folder."""

    def named(self, files: Sequence[Found]) -> Sequence[Found]:
        """The same files, each with what the storage calls its content."""

    def remove(self, path: str) -> None:
        """Delete a file; one that is not there is passed over."""

    # Many files at a time, at most `jobs` requests at once. AccessDenied ends these calls: the other files would fare no better.

    def stat_all(self, paths: Sequence[str], jobs: int, take: Take[str, Found | None]) -> None:
        """`stat` of each."""

    def head_all(self, paths: Sequence[str], most: int, jobs: int, take: Take[str, Head]) -> None:
        """The first `most` bytes of each, of many files mostly all there is, by one request. NotThere for one that is not there."""

    def read_all(self, paths: Sequence[str], jobs: int, take: Take[str, bytes]) -> None:
        """All of each; for files that are known to be small. NotThere for one that is not there."""

    def upload_all(self, files: Sequence[tuple[str, str]], jobs: int, take: Take[tuple[str, str], int]) -> None:
        """`upload` of each (source, path); files that fit into one request."""

    def remove_all(self, paths: Sequence[str], jobs: int, take: Take[str, None]) -> None:
        """`remove` of each."""

    def close(self) -> None: ...


class VersionedStorage(Storage, Protocol):
    """A storage that can keep what its files were before. Whether it does is the owner's choice: a file whose `stat` has no version
    is replaced for good."""

    def stat_version(self, path: str, version: str) -> Found | None:
        """The file as it was in this version; None where there is no such version of it, or no such file."""

    def chunks_of(self, path: str, version: str) -> Iterator[bytes]:
        """Its bytes, as `chunks` has it. NotThere where the version is gone."""

    def newest(self, prefix: str) -> Sequence[Found]:
        """All files below the folder `prefix` as they are now, each with its version; what was deleted is not among them."""

    def history(self, path: str) -> Iterable[Found]:
        """The versions of one file, the newest first."""


def keeping_versions(storage: Storage) -> VersionedStorage | None:
    """The storage, where it can keep versions."""
    return cast("VersionedStorage", storage) if storage.capabilities.versions else None
