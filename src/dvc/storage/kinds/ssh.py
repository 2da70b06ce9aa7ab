"""SSH: files over SFTP through asyncssh, many requests at a time on one connection. `~/.ssh/config`, agents and known hosts count.

A host whose key is not known is refused, as `ssh` would ask. Uploads get their final name when they are whole.
"""

import asyncio
import hashlib
import os
import stat as modes
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar, cast
from urllib.parse import unquote, urlsplit

from dvc.storage import patience
from dvc.storage.contract import AT_ONCE, Capabilities, Found, Head, NotThere, Sending, StorageProblem, Take, Unavailable
from dvc.storage.kinds.ssh_login import login, refused, unreachable
from dvc.storage.loop import Loop

if TYPE_CHECKING:
    import asyncssh

T = TypeVar("T")
_CHUNK = 8 << 20
_WHOLE = 8 << 20  # up to this size a file is sent at once
_PIECE = 4 << 20  # of a larger one, at a time
_BLOCK = 16 << 10
_TRIES = 4


class SshStorage:
    """See `contract.Storage`."""

    capabilities = Capabilities(jobs=16, named_by="md5", resumes=True)

    def __init__(self, url: str, options: Mapping[str, object]) -> None:
        try:
            import asyncssh
        except ImportError:
            raise Unavailable(
                f"'{url}': remotes of kind 'ssh' need the package asyncssh", hint="install it: pip install 'cairn-dvc[ssh]'"
            ) from None
        self.url = url.rstrip("/")
        self._root = unquote(urlsplit(url).path).rstrip("/")
        self._settings = login(url, options)
        self._loop = Loop()
        self._opening: asyncio.Lock | None = None
        self._client: asyncssh.SFTPClient | None = None
        self._folders: set[str] = set()

    def stat(self, path: str) -> Found | None:
        return self._loop.run(self._stat(path))

    async def _stat(self, path: str) -> Found | None:
        async def look(sftp: "asyncssh.SFTPClient") -> Found | None:
            found = await sftp.stat(self._at(path))
            return None if modes.S_ISDIR(found.permissions or 0) else Found(path, -1 if found.size is None else found.size)

        return await self._asked(path, look)

    def read(self, path: str) -> bytes | None:
        return self._loop.run(self._asked(path, lambda sftp: self._piece(sftp, path, 0, -1)))

    def chunks(self, path: str, start: int = 0) -> Iterator[bytes]:
        at = start
        while True:
            data = self._loop.run(self._bytes(path, at, _CHUNK))
            if data or at == start:
                yield data
            at += len(data)
            if len(data) < _CHUNK:
                return

    def part(self, path: str, start: int, size: int) -> bytes:
        data = self._loop.run(self._bytes(path, start, size))
        if len(data) < size:
            raise StorageProblem(f"'{self._named(path)}' ended early", hint="run the command again")
        return data

    async def _bytes(self, path: str, start: int, size: int) -> bytes:
        data = await self._asked(path, lambda sftp: self._piece(sftp, path, start, size))
        if data is None:
            raise NotThere(f"'{self._named(path)}' is not there")
        return data

    async def _piece(self, sftp: "asyncssh.SFTPClient", path: str, start: int, size: int) -> bytes:
        """`size` bytes (-1 for all), fewer at the end. One request brings a small file; more are sent at once only when that was not all."""
        async with sftp.open(self._at(path), "rb") as file:
            first = cast("bytes", await file.read(_BLOCK if size < 0 else min(size, _BLOCK), start))  # opened for bytes
            if len(first) < _BLOCK or len(first) == size:
                return first
            return first + cast("bytes", await file.read(-1 if size < 0 else size - _BLOCK, start + _BLOCK))

    def upload(self, source: str, path: str, sending: Sending = AT_ONCE) -> int:
        size = os.stat(source).st_size
        if size > _WHOLE:
            self._loop.run(self._upload_large(source, path, size, sending))
        else:
            self._loop.run(self._upload((source, path)))
            sending.moved(size)
        return size

    async def _upload_large(self, source: str, path: str, size: int, sending: Sending) -> None:
        """Piece by piece into a temporary file that stays when it is cut off, and is named by its content: the next upload goes on with it."""
        target = self._at(path)
        name = hashlib.sha256(f"{sending.content}\n{target}".encode()).hexdigest() if sending.content else os.urandom(16).hex()
        temp = f"{os.path.dirname(target)}/.tmp-{name[:32]}"

        async def make(sftp: "asyncssh.SFTPClient") -> bool:
            await self._have(sftp, os.path.dirname(target))
            try:
                await _continue(sftp, source, temp, size, sending)
                await _rename(sftp, temp, target, size)
            except BaseException:
                if not sending.content:
                    await asyncio.gather(sftp.remove(temp), return_exceptions=True)
                raise
            return True

        if await self._asked(path, make) is None:
            raise StorageProblem(f"'{self._named(path)}' cannot be made: its folder is gone", hint="run the command again")

    async def _upload(self, file: tuple[str, str]) -> int:
        source, path = file
        size = os.stat(source).st_size

        async def send(sftp: "asyncssh.SFTPClient", temp: str) -> None:
            await sftp.put(source, temp)

        await self._make(path, send)
        return size

    def put(self, path: str, data: bytes) -> None:
        async def write(sftp: "asyncssh.SFTPClient", temp: str) -> None:
            async with sftp.open(temp, "wb") as file:
                await file.write(data)

        self._loop.run(self._make(path, write))

    def list(self, prefix: str) -> Iterable[Found]:
        async def walk(sftp: "asyncssh.SFTPClient") -> list[Found]:
            found: list[Found] = []
            level: Sequence[str] = [prefix]
            while level:
                rows = await asyncio.gather(*(self._folder(sftp, folder) for folder in level))
                level = [folder for folders, _ in rows for folder in folders]
                found += [file for _, files in rows for file in files]
            return found

        return self._loop.run(self._asked(prefix, walk)) or []

    def named(self, files: Sequence[Found]) -> Sequence[Found]:
        return files

    def remove(self, path: str) -> None:
        self._loop.run(self._remove(path))

    async def _remove(self, path: str) -> None:
        await self._asked(path, lambda sftp: sftp.remove(self._at(path)))

    def stat_all(self, paths: Sequence[str], jobs: int, take: Take[str, Found | None]) -> None:
        self._loop.each(paths, self._stat, jobs, take)

    def head_all(self, paths: Sequence[str], most: int, jobs: int, take: Take[str, Head]) -> None:
        async def head(path: str) -> Head:
            data = await self._bytes(path, 0, most + 1)
            return Head(data[:most], len(data) <= most)

        self._loop.each(paths, head, jobs, take)

    def read_all(self, paths: Sequence[str], jobs: int, take: Take[str, bytes]) -> None:
        self._loop.each(paths, lambda path: self._bytes(path, 0, -1), jobs, take)

    def upload_all(self, files: Sequence[tuple[str, str]], jobs: int, take: Take[tuple[str, str], int]) -> None:
        self._loop.each(files, self._upload, jobs, take)

    def remove_all(self, paths: Sequence[str], jobs: int, take: Take[str, None]) -> None:
        self._loop.each(paths, self._remove, jobs, take)

    def close(self) -> None:
        self._loop.close()

    # --- requests

    def _at(self, path: str) -> str:
        return f"{self._root}/{path}" if path else self._root or "/"

    def _named(self, path: str) -> str:
        return f"{self.url}/{path}" if path else self.url

    async def _folder(self, sftp: "asyncssh.SFTPClient", folder: str) -> tuple[Sequence[str], Sequence[Found]]:
        folders, files = [], []
        async for row in sftp.scandir(self._at(folder)):
            name = os.fsdecode(row.filename) if isinstance(row.filename, bytes) else row.filename
            path = f"{folder}/{name}" if folder else name
            mode = row.attrs.permissions or 0
            if name not in (".", "..") and modes.S_ISDIR(mode):
                folders.append(path)
            elif modes.S_ISREG(mode):
                files.append(Found(path, -1 if row.attrs.size is None else row.attrs.size))
        return folders, files

    async def _have(self, sftp: "asyncssh.SFTPClient", folder: str) -> None:
        """Make a folder and those above it; most are there already, and each is asked for once."""
        import asyncssh

        if folder in self._folders or folder in ("", "/"):
            return
        try:
            await sftp.mkdir(folder)
        except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath):
            await self._have(sftp, os.path.dirname(folder))
            await self._have(sftp, folder)
        except asyncssh.SFTPError:
            if not await sftp.isdir(folder):  # it was there, or another made it
                raise
        self._folders.add(folder)

    async def _make(self, path: str, fill: "Callable[[asyncssh.SFTPClient, str], Awaitable[None]]") -> None:
        target = self._at(path)
        folder = os.path.dirname(target)

        async def make(sftp: "asyncssh.SFTPClient") -> bool:
            await self._have(sftp, folder)
            temp = f"{folder}/.tmp-{os.urandom(8).hex()}"
            try:
                await fill(sftp, temp)
                await sftp.posix_rename(temp, target)
            except BaseException:
                await asyncio.gather(sftp.remove(temp), return_exceptions=True)
                raise
            return True

        if await self._asked(path, make) is None:
            raise StorageProblem(f"'{self._named(path)}' cannot be made: its folder is gone", hint="run the command again")

    async def _asked(self, path: str, ask: "Callable[[asyncssh.SFTPClient], Awaitable[T]]") -> T | None:
        """What `ask` answers; None where there is no such file. A lost connection is made anew, a few times."""
        import asyncssh

        for attempt in range(_TRIES):
            try:
                return await ask(await self._connected())
            except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath):
                return None
            except (asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection, asyncssh.ConnectionLost, OSError) as why:
                self._client = None
                if attempt == _TRIES - 1:
                    raise unreachable(self.url, why) from why
                await asyncio.sleep(patience.PAUSE * 3**attempt)
            except (asyncssh.Error, ValueError) as why:
                denied = refused(str(self._settings["host"]), self._named(path), why)
                if denied is not None:
                    raise denied from why
                raise StorageProblem(f"'{self._named(path)}': {why}") from why
        return None

    async def _connected(self) -> "asyncssh.SFTPClient":
        import asyncssh

        if self._opening is None:
            self._opening = asyncio.Lock()
        async with self._opening:
            if self._client is None:
                connection = await asyncssh.connect(**self._settings)
                self._loop.leaving.append(partial(_left, connection))
                self._client = await connection.start_sftp_client()
        return self._client


async def _continue(sftp: "asyncssh.SFTPClient", source: str, temp: str, size: int, sending: Sending) -> None:
    """Write what the file `temp` lacks of `source`. Of the last piece that it has something of, not all need be there."""
    there = (await sftp.stat(temp)).size or 0 if await sftp.exists(temp) else -1
    at = max(there - 1, 0) // _PIECE * _PIECE if there <= size else 0
    with open(source, "rb") as file:  # noqa: ASYNC230 - read piece by piece, while nothing else is to be done
        file.seek(at)
        async with sftp.open(temp, "wb" if there < 0 or there > size else "r+b") as out:
            while piece := file.read(_PIECE):
                await out.write(piece, at)
                at += len(piece)
                sending.moved(len(piece))


async def _rename(sftp: "asyncssh.SFTPClient", temp: str, target: str, size: int) -> None:
    import asyncssh

    try:
        await sftp.posix_rename(temp, target)
    except asyncssh.SFTPNoSuchFile:  # another process sends the same, and was quicker
        if (await sftp.stat(target)).size != size:
            raise


async def _left(connection: "asyncssh.SSHClientConnection") -> None:
    connection.close()
    await connection.wait_closed()
