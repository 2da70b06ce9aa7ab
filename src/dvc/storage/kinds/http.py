"""HTTP and HTTPS: files by GET and HEAD, made by POST (or what `method` says). Servers do not list and do not delete."""

import hashlib
import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import IO, TYPE_CHECKING
from urllib.parse import SplitResult, quote, unquote, urlsplit

from dvc.storage.contract import AT_ONCE, Capabilities, Found, NotThere, Sending, StorageProblem, Unavailable
from dvc.storage.kinds.identity import Digest, Fixed, Identity, basic
from dvc.storage.kinds.web import GONE, Web, see
from dvc.storage.one_by_one import OneByOne
from dvc.storage.options import flag, password_of, text

if TYPE_CHECKING:
    import urllib3

_CHUNK = 1 << 20
_PARTIAL, _NO_MORE = 206, 416
_IS_FOLDER = (200, 201, 405)  # what MKCOL is answered with; 405: it was there


class HttpStorage(OneByOne):
    """See `contract.Storage`."""

    capabilities = Capabilities(lists=False, removes=False, jobs=16, named_by="checksum")

    def __init__(self, url: str, options: Mapping[str, object]) -> None:
        self.url = url.rstrip("/")
        self._address, user, password = without_user(self.url)
        self._method = text(options, "method") or "POST"
        seconds = (_seconds(options, "connect_timeout", 60), _seconds(options, "read_timeout", 60))
        self._web = Web(self.url, options, jobs=self.capabilities.jobs, connect=seconds[0], read=seconds[1])
        self._making = threading.Lock()
        self._web.identity = _identity(self.url, options, user, password)

    def stat(self, path: str) -> Found | None:
        answer = self._web.ask("HEAD", self._at(path))
        if answer.status in (405, 501):  # some servers know no HEAD
            answer = self._web.ask("GET", self._at(path), stream=True)
            answer.close()
        if self._check(answer, path) is None:
            return None
        size = answer.headers.get("Content-Length", "")
        return Found(path, int(size) if size.isdigit() else -1, _etag(self._named(path), answer.headers))

    def read(self, path: str) -> bytes | None:
        answer = self._check(self._web.ask("GET", self._at(path), stream=True), path)
        return None if answer is None else b"".join(self._pieces(answer, path))

    def chunks(self, path: str, start: int = 0) -> Iterator[bytes]:
        answer = self._web.ask("GET", self._at(path), stream=True, headers={"Range": f"bytes={start}-"} if start else None)
        if answer.status == _NO_MORE:
            return
        if self._check(answer, path) is None:
            raise NotThere(f"'{self._named(path)}' is not there")
        passed = start if answer.status != _PARTIAL else 0  # a server that knows no ranges sends all of it
        for piece in self._pieces(answer, path):
            if passed < len(piece):
                yield piece[passed:]
            passed = max(passed - len(piece), 0)

    def part(self, path: str, start: int, size: int) -> bytes:
        answer = self._web.ask("GET", self._at(path), stream=True, headers={"Range": f"bytes={start}-{start + size - 1}"})
        if answer.status != _PARTIAL:
            answer.close()
            return super().part(path, start, size)
        data = b"".join(self._pieces(answer, path))
        if len(data) != size:
            raise StorageProblem(f"'{self._named(path)}': {len(data)} bytes came instead of {size}", hint="run the command again")
        return data

    def _pieces(self, answer: "urllib3.BaseHTTPResponse", path: str) -> Iterator[bytes]:
        """As they lie on the server: one that calls a `.tar.gz` a compressed file must not have it unpacked."""
        import urllib3

        try:
            yield from answer.stream(_CHUNK, decode_content=False)
            answer.release_conn()
        except urllib3.exceptions.HTTPError as why:
            raise StorageProblem(f"'{self._named(path)}' ended early: {why}", hint="run the command again") from why
        finally:
            answer.close()  # after a whole answer this does nothing: its connection is back in the pool

    def upload(self, source: str, path: str, sending: Sending = AT_ONCE) -> int:
        size = os.stat(source).st_size
        with open(source, "rb") as file:
            self._make(path, file, size)
        sending.moved(size)
        return size

    def put(self, path: str, data: bytes) -> None:
        self._make(path, data, len(data))

    def list(self, prefix: str) -> Iterable[Found]:
        raise Unavailable(f"'{self.url}' cannot say what it holds: HTTP has no such request")

    def named(self, files: Sequence[Found]) -> Sequence[Found]:
        return files

    def remove(self, path: str) -> None:
        raise Unavailable(f"files cannot be deleted from '{self.url}'", hint="delete them on the server")

    def close(self) -> None:
        self._web.close()

    # --- requests

    def _named(self, path: str) -> str:
        return f"{self.url}/{path}" if path else self.url

    def _at(self, path: str) -> str:
        return f"{self._address}/{quote(path)}" if path else self._address

    def _check(self, answer: "urllib3.BaseHTTPResponse", path: str) -> "urllib3.BaseHTTPResponse | None":
        """The answer if the file is there, None if it is not. AccessDenied, StorageProblem."""
        if answer.status in GONE:
            return None
        see(answer, self._named(path))
        return answer

    def _make(self, path: str, body: IO[bytes] | bytes, size: int) -> None:
        see(self._sent(self._method, path, body, size), self._named(path), gone="the server has no such place")

    def _sent(self, method: str, path: str, body: IO[bytes] | bytes, size: int) -> "urllib3.BaseHTTPResponse":
        """The answer to a file that was sent. Servers that make no folders of their own say 409 (RFC 4918): then the folders are made."""
        for _ in range(2):
            answer = self._web.ask(method, self._at(path), body=body, headers={"Content-Length": str(size)})
            if answer.status != 409 or not self._made_folders(os.path.dirname(path)):
                break
            if not isinstance(body, bytes):
                body.seek(0)
        return answer

    def _made_folders(self, folder: str) -> bool:
        """Make a folder and those above it that are missing; False where the server knows no folders."""
        parts = urlsplit(self._at(folder))
        path, missing = parts.path.rstrip("/"), []
        with self._making:  # servers that are asked for the same folder twice at a time may refuse both
            while path and (status := self._made_folder(parts, path)) not in _IS_FOLDER:
                if status != 409:
                    return False
                missing.append(path)
                path = os.path.dirname(path)
            # Another process may be at the same: what was refused for that is there when it is asked for again.
            return bool(path) and all(
                self._made_folder(parts, path) in _IS_FOLDER or self._made_folder(parts, path) in _IS_FOLDER for path in reversed(missing)
            )

    def _made_folder(self, parts: SplitResult, path: str) -> int:
        return self._web.ask("MKCOL", parts._replace(path=path + "/").geturl()).status


def _etag(address: str, headers: Mapping[str, str]) -> str:
    """What tells one state of a file from another: its ETag (with its quotes), its Content-MD5, or a number made of the rest."""
    named = headers.get("ETag") or headers.get("Content-MD5")
    if named:
        return named
    known = "\n".join((address, headers.get("Content-Length", ""), headers.get("Last-Modified", "")))
    return str(int(hashlib.md5(known.encode(), usedforsecurity=False).hexdigest(), 16))


def without_user(url: str) -> tuple[str, str, str]:
    """`url` without what stands before `@` in it, and the user and password from there."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=host).geturl(), unquote(parts.username or ""), unquote(parts.password or "")


def host_and_port(url: str, standard: int) -> tuple[str, int]:
    """The host of `url` ("" for none) and its port, or the standard one. Unavailable for a port that is none."""
    parts = urlsplit(url)
    try:
        return parts.hostname or "", parts.port or standard
    except ValueError as why:
        raise Unavailable(f"'{url}' has no port that can be: {why}", hint="write it as HOST:PORT, with a number") from why


def _seconds(options: Mapping[str, object], name: str, default: float) -> float:
    value = text(options, name)
    return float(value) if value else default


def _identity(url: str, options: Mapping[str, object], url_user: str, url_password: str) -> Identity:
    kind = text(options, "auth").lower()
    user, password = text(options, "user") or url_user, text(options, "password") or url_password
    if not kind and url_user:
        kind = "basic"
    if not kind:
        return Fixed({})
    if not password and flag(options, "ask_password"):
        password = password_of(urlsplit(url).hostname or url, user)
    if kind == "basic":
        return basic(user, password)
    if kind == "digest":
        return Digest(user, password)
    name = text(options, "custom_auth_header")
    if not name:
        raise Unavailable("`auth = custom` needs the name of a header", hint="set the remote's `custom_auth_header`")
    return Fixed({name: password})
