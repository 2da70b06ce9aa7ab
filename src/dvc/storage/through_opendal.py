"""Storages that opendal speaks to, each as a `contract.Storage`. Which service, and with what settings, is the caller's affair."""

import os
import re
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from dvc.storage.contract import AccessDenied, Capabilities, Found, NotThere, StorageProblem, Unavailable
from dvc.storage.loop import Loop

if TYPE_CHECKING:
    import opendal
    from opendal.file import AsyncFile

_CHUNK = 8 << 20
_PART = 16 << 20  # size of a part of a large upload
_WHOLE = 32 << 20  # up to this size a file is sent in one request

# How servers and opendal say that they do not know us; some answer 404 to a key that they do not know.
_DENIED = (
    "UserNotFound",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "AccessDenied",
    "failed to load signing credential",
    "status: 401",
    "status: 403",
)


class OpendalStorage:
    """See `contract.Storage`."""

    def __init__(self, url: str, store: "opendal.Operator", capabilities: Capabilities, *, renames: bool = False) -> None:
        """`renames`: an upload is seen while it arrives, so that it gets its final name afterwards."""
        self.url = url.rstrip("/")
        self.capabilities = capabilities
        self._store = store
        self._renames = renames
        self._loop = Loop()
        self._lock = threading.Lock()
        self._may_look = False

    def stat(self, path: str) -> Found | None:
        with _Worded(self._named(path)):
            found = self._store.stat(path)
            return None if found.mode.is_dir() else Found(path, found.content_length, (found.etag or "").strip('"'))
        self._see_that_we_may_look()
        return None

    def _see_that_we_may_look(self) -> None:
        """AccessDenied where "not there" is what a server says to strangers: an answer to HEAD has no text that would tell. Asked once."""
        with self._lock:
            if self._may_look:
                return
            with _Worded(self.url):
                next(iter(self._store.list("", limit=1)), None)
            self._may_look = True

    def read(self, path: str) -> bytes | None:
        with _Worded(self._named(path)):
            return bytes(self._store.read(path))
        return None

    def chunks(self, path: str) -> Iterator[bytes]:
        # By the asynchronous operator: the other one's file object keeps all threads waiting while it reads.
        with _Worded(self._named(path)) as said:
            file, piece = self._loop.run(self._begin(path))
            yield piece
            while len(piece) == _CHUNK:
                piece = self._loop.run(_more(file))
                if piece:
                    yield piece
        if said.missing:
            raise NotThere(f"'{self._named(path)}' is not there")

    async def _begin(self, path: str) -> "tuple[AsyncFile, bytes]":
        file = await self._store.to_async_operator().open(path, "rb")
        return file, await _more(file)

    def upload(self, source: str, path: str) -> int:
        size = os.stat(source).st_size
        with open(source, "rb") as file, _Worded(self._named(path)) as said, self._named_at_last(path) as target:
            if size <= _WHOLE:
                self._store.write(target, file.read())
            else:
                with self._store.open(target, "wb", chunk=_PART, concurrent=4) as out:
                    while piece := file.read(_PART):
                        out.write(piece)
        said.no_place(self.url)
        return size

    def put(self, path: str, data: bytes) -> None:
        with _Worded(self._named(path)) as said, self._named_at_last(path) as target:
            self._store.write(target, data)
        said.no_place(self.url)

    @contextmanager
    def _named_at_last(self, path: str) -> Iterator[str]:
        if not self._renames:
            yield path
            return
        temp = f"{os.path.dirname(path)}/.tmp-{os.urandom(8).hex()}".lstrip("/")
        try:
            yield temp
            self._store.rename(temp, path)
        except BaseException:
            with suppress(Exception):  # it may never have come to be; what happened before is what is said
                self._store.delete(temp)
            raise

    def list(self, prefix: str) -> Iterable[Found]:
        folder = prefix.rstrip("/") + "/" if prefix else ""
        with _Worded(self._named(prefix)) as said:
            for entry in self._store.list(folder, recursive=True):
                if not entry.path.endswith("/"):
                    yield Found(entry.path, entry.metadata.content_length, (entry.metadata.etag or "").strip('"'))
        said.no_place(self.url)

    def named(self, files: Sequence[Found]) -> Sequence[Found]:
        return files

    def remove(self, path: str) -> None:
        with _Worded(self._named(path)):
            self._store.delete(path)

    def close(self) -> None:
        self._loop.close()

    def _named(self, path: str) -> str:
        return f"{self.url}/{path}" if path else self.url


async def _more(file: "AsyncFile") -> bytes:
    """The next `_CHUNK` bytes; fewer at the end."""
    pieces = []
    lacking = _CHUNK
    while lacking and (piece := bytes(await file.read(lacking))):
        pieces.append(piece)
        lacking -= len(piece)
    return b"".join(pieces)


class _Worded:
    """Turns opendal's errors into ours. A missing file is no error here: `missing` says so afterwards."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.missing = False

    def __enter__(self) -> "_Worded":
        return self

    def __exit__(self, kind: object, why: BaseException | None, _: object) -> bool:
        # opendal's errors have no class in common, and its file objects raise the system's ones without a number.
        of_file = isinstance(why, OSError) and why.errno is None
        if why is None or not (of_file or type(why).__module__ == "opendal.exceptions"):
            return False
        message = str(why)
        name = message.split(" ", 1)[0]  # such as `NotFound (persistent) at read ...`
        said = _said(message)
        if name == "PermissionDenied" or any(word in message for word in _DENIED):
            raise AccessDenied(
                f"'{self._name}': access denied: {said}",
                hint="see the keys in the remote's options, the environment (AWS_ACCESS_KEY_ID, ...) or your AWS profile",
            ) from None
        if name == "NotFound" and "NoSuchBucket" not in message:
            self.missing = True
            return True
        hint = "make the bucket first, or correct the remote's url" if "NoSuchBucket" in message else None
        raise StorageProblem(f"'{self._name}': {said}", hint=hint) from None

    def no_place(self, url: str) -> None:
        """A write that finds nothing has no place to write to."""
        if self.missing:
            raise StorageProblem(f"'{url}': there is no such place", hint="make the bucket or folder first, or correct the remote's url")


def _said(message: str) -> str:
    """The part of opendal's long messages that people can use: what failed and the cause beneath it, or the server's own words."""
    for tag in ("Message", "Code"):
        start, end = message.find(f"<{tag}>"), message.find(f"</{tag}>")
        if 0 <= start < end:
            return message[start + len(tag) + 2 : end]
    for field in ('message: "', 'message: \\"'):
        if field in message:
            return message.split(field, 1)[1].split('"', 1)[0].rstrip("\\")
    first = message.split("\n", 1)[0].split("=> ", 1)[-1]
    status = re.search(r"status: (\d{3})", message)
    if first.startswith("<") and status:  # a page meant for a browser
        return f"the server answered {status[1]}"
    cause = message.split("Source:\n", 1)[1].strip().split("\n", 1)[0].strip() if "Source:\n" in message else ""
    return f"{first}: {cause}"[:400] if cause else first[:400]


def operator(kind: str, extra: str, url: str, settings: Mapping[str, str]) -> "opendal.Operator":
    """An operator of opendal's service `kind` that retries what may pass. Unavailable where opendal is not installed."""
    try:
        import opendal
        from opendal.layers import RetryLayer
    except ImportError:
        raise Unavailable(
            f"'{url}': remotes of kind '{extra}' need the package opendal", hint=f"install it: pip install 'cairn-dvc[{extra}]'"
        ) from None
    made = opendal.Operator(kind, **settings)
    return made.layer(RetryLayer(max_times=5, factor=2.0, jitter=True, min_delay=0.2, max_delay=10.0))
