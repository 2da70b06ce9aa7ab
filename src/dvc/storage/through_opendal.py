"""Storages that opendal speaks to, each as a `contract.Storage`. Which service, and with what settings, is the caller's affair."""

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import IO, TYPE_CHECKING, Protocol

from dvc.storage import patience
from dvc.storage.contract import AT_ONCE, Capabilities, Found, Head, NotThere, Sending, Take, Unavailable
from dvc.storage.loop import Loop
from dvc.storage.opendal_words import Worded, words_of

if TYPE_CHECKING:
    import opendal
    from opendal.file import AsyncFile

_PAGE = 1000
_CHUNK = 4 << 20
_PART = 8 << 20  # size of a part of a large upload
_PARTS = 10_000  # so many may there be
_WHOLE = 8 << 20  # up to this size a file is sent in one request

_NO_LIMIT = 86400.0  # a day: none that anybody would notice
# How servers say that they never gave out such an id; one that was deleted is "not found".
_NO_VERSION = ("status: 400", "NoSuchVersion")


def _bare(etag: str) -> str:
    return etag.strip('"')


class Large(Protocol):
    """Uploads of large files that are continued after a kill; opendal's begin anew."""

    def upload(self, file: IO[bytes], size: int, path: str, sending: Sending) -> None:
        """Make `path` of the `size` bytes of `file`. AccessDenied, StorageProblem."""

    def close(self) -> None: ...


class OpendalStorage:
    """See `contract.Storage`."""

    def __init__(
        self,
        url: str,
        store: "opendal.Operator",
        capabilities: Capabilities,
        *,
        renames: bool = False,
        etag: Callable[[str], str] = _bare,
        large: Callable[[], Large] | None = None,
    ) -> None:
        """`renames`: an upload is seen while it arrives, so that it gets its final name afterwards. `etag`: an ETag of the server's
        as dependencies have it. `large`: makes what sends large files, when there is one; None: opendal does."""
        self.url = url.rstrip("/")
        self.capabilities = capabilities
        self._store = store
        self._waiting = store.to_async_operator()
        self._renames = renames
        self._etag = etag
        self._large = large
        self._made_large: Large | None = None
        self._loop = Loop()
        self._lock = threading.Lock()
        self._may_look = False
        self._asking: asyncio.Lock | None = None

    def stat(self, path: str) -> Found | None:
        with Worded(self._named(path)):
            return self._found(path, self._store.stat(path))
        self._loop.run(self._see_that_we_may_look())
        return None

    async def _see_that_we_may_look(self) -> None:
        """AccessDenied where "not there" is what a server says to strangers: an answer to HEAD has no text that would tell. Asked once."""
        if self._asking is None:
            self._asking = asyncio.Lock()
        async with self._asking:
            if self._may_look:
                return
            with Worded(self.url) as said:
                async for _ in await self._waiting.list("", limit=1):
                    break
            said.no_place(self.url)
            self._may_look = True

    def read(self, path: str) -> bytes | None:
        with Worded(self._named(path)):
            return bytes(self._store.read(path))
        return None

    def chunks(self, path: str, start: int = 0) -> Iterator[bytes]:
        return self._chunks(path, start)

    def _chunks(self, path: str, start: int, version: str | None = None) -> Iterator[bytes]:
        # By the asynchronous operator: the other one's file object keeps all threads waiting while it reads.
        with Worded(self._named(path), unknown=_NO_VERSION if version else ()) as said:
            file, piece = self._loop.run(self._begin(path, start, _CHUNK, version))
            yield piece
            while len(piece) == _CHUNK:
                piece = self._loop.run(_more(file, _CHUNK))
                if piece:
                    yield piece
        self._there(path, said)

    async def _begin(self, path: str, start: int, size: int, version: str | None = None) -> "tuple[AsyncFile, bytes]":
        file = await (self._waiting.open(path, "rb", version=version) if version else self._waiting.open(path, "rb"))
        if start:
            await file.seek(start)
        return file, await _more(file, size)

    def part(self, path: str, start: int, size: int) -> bytes:
        with Worded(self._named(path)) as said:
            return self._store.read(path, offset=start, size=size)
        self._there(path, said)
        raise AssertionError

    def _there(self, path: str, said: "Worded") -> None:
        if said.missing:
            raise NotThere(f"'{self._named(path)}' is not there")

    def upload(self, source: str, path: str, sending: Sending = AT_ONCE) -> int:
        size = os.stat(source).st_size
        if size > _WHOLE and self._large is not None:
            with open(source, "rb") as file:
                self._sender(self._large).upload(file, size, path, sending)
            return size
        with open(source, "rb") as file, Worded(self._named(path)) as said, self._named_at_last(path) as target:
            if size <= _WHOLE or not self._store.capability().write_can_multi:
                self._store.write(target, file.read())
                sending.moved(size)
            else:
                part = max(_PART, -(-size // _PARTS))
                with self._store.open(target, "wb", chunk=part, concurrent=4) as out:
                    while piece := file.read(_PART):
                        out.write(piece)
                        sending.moved(len(piece))
        said.no_place(self.url)
        return size

    def _sender(self, make: Callable[[], Large]) -> Large:
        with self._lock:
            if self._made_large is None:
                self._made_large = make()
            return self._made_large

    def put(self, path: str, data: bytes) -> None:
        with Worded(self._named(path)) as said, self._named_at_last(path) as target:
            self._store.write(target, data)
        said.no_place(self.url)

    @contextmanager
    def _named_at_last(self, path: str) -> Iterator[str]:
        if not self._renames:
            yield path
            return
        temp = _beside(path)
        try:
            yield temp
            self._store.rename(temp, path)
        except BaseException:
            with suppress(Exception):  # it may never have come to be; what happened before is what is said
                self._store.delete(temp)
            raise

    def list(self, prefix: str) -> Iterable[Found]:
        folder = prefix.rstrip("/") + "/" if prefix else ""
        with Worded(self._named(prefix)) as said:
            for entry in self._entries(folder):
                if not entry.path.endswith("/"):
                    yield Found(entry.path, entry.metadata.content_length, self._etag(entry.metadata.etag or ""))
        said.no_place(self.url)

    def _entries(self, folder: str, *, versions: bool = False) -> "Iterator[opendal.types.Entry]":
        """All below `folder`. By the asynchronous operator: the other one's iterator keeps all threads waiting while it asks for a page."""

        async def begin() -> "AsyncIterator[opendal.types.Entry]":
            return aiter(await self._waiting.list(folder, recursive=True, versions=versions))

        async def more() -> "Sequence[opendal.types.Entry]":
            page: list[opendal.types.Entry] = []
            async for entry in entries:
                page.append(entry)
                if len(page) == _PAGE:
                    break
            return page

        entries = self._loop.run(begin())
        while page := self._loop.run(more()):
            yield from page

    def named(self, files: Sequence[Found]) -> Sequence[Found]:
        return files

    def remove(self, path: str) -> None:
        with Worded(self._named(path)):
            self._store.delete(path)

    # --- many at a time: in the loop's thread from end to end, as each change of thread costs more than a request

    def stat_all(self, paths: Sequence[str], jobs: int, take: Take[str, Found | None]) -> None:
        async def stat(path: str) -> Found | None:
            with Worded(self._named(path)):
                return self._found(path, await self._waiting.stat(path))
            await self._see_that_we_may_look()
            return None

        self._loop.each(paths, stat, jobs, take)

    def head_all(self, paths: Sequence[str], most: int, jobs: int, take: Take[str, Head]) -> None:
        async def head(path: str) -> Head:
            with Worded(self._named(path)) as said:
                _, data = await self._begin(path, 0, most + 1)
                return Head(data[:most], len(data) <= most)
            self._there(path, said)
            raise AssertionError

        self._loop.each(paths, head, jobs, take)

    def read_all(self, paths: Sequence[str], jobs: int, take: Take[str, bytes]) -> None:
        async def read(path: str) -> bytes:
            with Worded(self._named(path)) as said:
                return await self._waiting.read(path)
            self._there(path, said)
            raise AssertionError

        self._loop.each(paths, read, jobs, take)

    def upload_all(self, files: Sequence[tuple[str, str]], jobs: int, take: Take[tuple[str, str], int]) -> None:
        async def upload(file: tuple[str, str]) -> int:
            source, path = file
            with open(source, "rb") as opened:  # noqa: ASYNC230 - a small file: quicker than handing it to another thread
                data = opened.read()
            with Worded(self._named(path)) as said:
                async with self._named_after(path) as target:
                    await self._waiting.write(target, data)
            said.no_place(self.url)
            return len(data)

        self._loop.each(files, upload, jobs, take)

    @asynccontextmanager
    async def _named_after(self, path: str) -> AsyncIterator[str]:
        """As `_named_at_last`."""
        if not self._renames:
            yield path
            return
        temp = _beside(path)
        try:
            yield temp
            await self._waiting.rename(temp, path)
        except BaseException:
            with suppress(Exception):  # as above
                await self._waiting.delete(temp)
            raise

    def remove_all(self, paths: Sequence[str], jobs: int, take: Take[str, None]) -> None:
        async def remove(path: str) -> None:
            with Worded(self._named(path)):
                await self._waiting.delete(path)

        self._loop.each(paths, remove, jobs, take)

    # --- versions (see `contract.VersionedStorage`)

    def stat_version(self, path: str, version: str) -> Found | None:
        with Worded(self._named(path), unknown=_NO_VERSION):
            return self._found(path, self._store.stat(path, version=version))
        return None

    def chunks_of(self, path: str, version: str) -> Iterator[bytes]:
        return self._chunks(path, 0, version=version)

    def newest(self, prefix: str) -> Sequence[Found]:
        # A listing has no versions, and one of versions does not say which is the newest: what both have in common does.
        now = {found.path: found for found in self.list(prefix)}
        newest: dict[str, Found] = {}
        for found in self._versions(prefix.rstrip("/") + "/" if prefix else ""):
            there = now.get(found.path)
            if there is not None and (there.etag, there.size) == (found.etag, found.size):
                newest.setdefault(found.path, found)
        for path in now.keys() - newest.keys():  # changed between the two
            again = self.stat(path)
            if again is not None:
                newest[path] = again
        return list(newest.values())

    def history(self, path: str) -> Iterable[Found]:
        return (found for found in self._versions(path) if found.path == path)

    def _versions(self, prefix: str) -> Iterator[Found]:
        with Worded(self._named(prefix)) as said:
            for entry in self._entries(prefix, versions=True):
                found = None if entry.path.endswith("/") else self._found(entry.path, entry.metadata)
                if found is not None:
                    yield found
        said.no_place(self.url)

    def close(self) -> None:
        self._loop.close()
        if self._made_large is not None:
            self._made_large.close()

    def _named(self, path: str) -> str:
        return f"{self.url}/{path}" if path else self.url

    def _found(self, path: str, found: "opendal.types.Metadata") -> Found | None:
        return None if found.mode.is_dir() else Found(path, found.content_length, self._etag(found.etag or ""), found.version or "")


def _beside(path: str) -> str:
    """A name that no object has, in the folder of `path`."""
    return f"{os.path.dirname(path)}/.tmp-{os.urandom(8).hex()}".lstrip("/")


async def _more(file: "AsyncFile", size: int) -> bytes:
    """The next `size` bytes; fewer at the end."""
    pieces = []
    lacking = size
    while lacking and (piece := await file.read(lacking)):
        pieces.append(piece)
        lacking -= len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def operator(
    kind: str, extra: str, url: str, settings: Mapping[str, str], *, timeout: float = 0, io_timeout: float = 0
) -> "opendal.Operator":
    """An operator of opendal's service `kind` that retries what may pass. Unavailable where opendal is not installed,
    or a setting is nonsense.

    `timeout`, `io_timeout`: seconds (0: no limit) for a request that moves no file, and for one that moves a file's bytes.
    """
    try:
        import opendal
        from opendal.layers import RetryLayer, TimeoutLayer
    except ImportError:
        raise Unavailable(
            f"'{url}': remotes of kind '{extra}' need the package opendal", hint=f"install it: pip install 'cairn-dvc[{extra}]'"
        ) from None
    try:
        made = opendal.Operator(kind, **settings)
    except opendal.exceptions.ConfigInvalid as why:
        raise Unavailable(f"'{url}': {words_of(str(why))}", hint="see the remote's options") from None
    if timeout or io_timeout:
        made = made.layer(TimeoutLayer(timeout=timeout or _NO_LIMIT, io_timeout=io_timeout or _NO_LIMIT))
    return made.layer(RetryLayer(max_times=5, factor=2.0, jitter=True, min_delay=patience.PAUSE, max_delay=50 * patience.PAUSE))
