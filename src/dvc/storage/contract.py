"""What a kind of storage offers: a dozen calls on whole files. tests/contract/test_storages.py holds every kind to it.

Paths are relative to the URL that was opened, POSIX, without a leading `/`. All calls may be made from many threads at once.
A file has its final name only when it is whole. A call retries what may pass (timeouts, 429, 5xx) with growing pauses, a
bounded number of times, before it raises.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

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
    that costs a request of its own: see `Storage.named`)."""

    path: str
    size: int
    etag: str = ""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """`lists`: it can say what it holds. `jobs`: how many calls at a time serve it well. `named_by`: the key that a dependency
    has the storage's name for its content under."""

    lists: bool = True
    removes: bool = True
    jobs: int = 16
    named_by: str = "etag"


class Storage(Protocol):
    """One opened URL."""

    url: str
    capabilities: Capabilities

    def stat(self, path: str) -> Found | None:
        """The file, None where there is none. AccessDenied, StorageProblem."""

    def read(self, path: str) -> bytes | None:
        """A small file's bytes, None where there is none."""

    def chunks(self, path: str) -> Iterator[bytes]:
        """A file's bytes, piece by piece. NotThere where there is none, StorageProblem where it ends early."""

    def upload(self, source: str, path: str) -> int:
        """Make `path` from the local file `source`, replacing what is there; its size."""

    def put(self, path: str, data: bytes) -> None:
        """Make the small file `path`."""

    def list(self, prefix: str) -> Iterable[Found]:
        """All files below the folder `prefix` ("" for all), in any order; none where there is no such folder."""

    def named(self, files: Sequence[Found]) -> Sequence[Found]:
        """The same files, each with what the storage calls its content."""

    def remove(self, path: str) -> None:
        """Delete a file; one that is not there is passed over."""

    def close(self) -> None: ...
