"""HTTP and HTTPS: files by GET and HEAD, made by POST (or what `method` says). Servers do not list and do not delete.

A shared pool of connections; redirects, proxies of the environment, retries and `Retry-After` are urllib3's business.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import IO, TYPE_CHECKING
from urllib.parse import quote, urlsplit
from urllib.request import getproxies, proxy_bypass

from dvc.storage.contract import AT_ONCE, AccessDenied, Capabilities, Found, NotThere, Sending, StorageProblem, Unavailable
from dvc.storage.one_by_one import OneByOne
from dvc.storage.options import flag, password_of, text

if TYPE_CHECKING:
    import urllib3

_CHUNK = 1 << 20
_DENIED = (401, 403, 407)
_GONE = (404, 410)
_PARTIAL, _NO_MORE = 206, 416
_RETRIED = (429, 500, 502, 503, 504)


class HttpStorage(OneByOne):
    """See `contract.Storage`."""

    capabilities = Capabilities(lists=False, removes=False, jobs=16, named_by="checksum")

    def __init__(self, url: str, options: Mapping[str, object]) -> None:
        self.url = url.rstrip("/")
        self._method = text(options, "method") or "POST"
        self._headers = _headers(url, options)
        self._pool = _pool(url, options, self.capabilities.jobs)

    def stat(self, path: str) -> Found | None:
        answer = self._ask("HEAD", path)
        if answer.status in (405, 501):  # some servers know no HEAD
            answer = self._ask("GET", path, stream=True)
            answer.close()
        if self._check(answer, path) is None:
            return None
        size = answer.headers.get("Content-Length", "")
        return Found(path, int(size) if size.isdigit() else -1, _etag(self._named(path), answer.headers))

    def read(self, path: str) -> bytes | None:
        answer = self._check(self._ask("GET", path), path)
        return None if answer is None else bytes(answer.data)

    def chunks(self, path: str, start: int = 0) -> Iterator[bytes]:
        import urllib3

        answer = self._ask("GET", path, stream=True, headers={"Range": f"bytes={start}-"} if start else None)
        if answer.status == _NO_MORE:
            answer.close()
            return
        if self._check(answer, path) is None:
            raise NotThere(f"'{self._named(path)}' is not there")
        passed = start if answer.status != _PARTIAL else 0  # a server that knows no ranges sends all of it
        try:
            for piece in answer.stream(_CHUNK):
                if passed < len(piece):
                    yield piece[passed:]
                passed = max(passed - len(piece), 0)
        except urllib3.exceptions.HTTPError as why:
            raise StorageProblem(f"'{self._named(path)}' ended early: {why}", hint="run the command again") from why
        finally:
            answer.release_conn()

    def upload(self, source: str, path: str, sending: Sending = AT_ONCE) -> int:
        size = os.stat(source).st_size
        with open(source, "rb") as file:
            self._made(self._ask(self._method, path, body=file, headers={"Content-Length": str(size)}), path)
        sending.moved(size)
        return size

    def put(self, path: str, data: bytes) -> None:
        self._made(self._ask(self._method, path, body=data), path)

    def list(self, prefix: str) -> Iterable[Found]:
        raise Unavailable(f"'{self.url}' cannot say what it holds: HTTP has no such request")

    def named(self, files: Sequence[Found]) -> Sequence[Found]:
        return files

    def remove(self, path: str) -> None:
        raise Unavailable(f"files cannot be deleted from '{self.url}'", hint="delete them on the server")

    def close(self) -> None:
        self._pool.clear()

    # --- requests

    def _named(self, path: str) -> str:
        return f"{self.url}/{path}" if path else self.url

    def _ask(
        self,
        method: str,
        path: str,
        *,
        body: "IO[bytes] | bytes | None" = None,
        headers: Mapping[str, str] | None = None,
        stream: bool = False,
    ) -> "urllib3.BaseHTTPResponse":
        import urllib3

        address = f"{self.url}/{quote(path)}" if path else self.url
        try:
            return self._pool.request(method, address, body=body, headers={**self._headers, **(headers or {})}, preload_content=not stream)
        except urllib3.exceptions.HTTPError as why:
            raise StorageProblem(f"'{self.url}' cannot be reached: {why}", hint="see that the server runs and the URL is right") from why

    def _check(self, answer: "urllib3.BaseHTTPResponse", path: str) -> "urllib3.BaseHTTPResponse | None":
        """The answer if the file is there, None if it is not."""
        if answer.status in _GONE:
            return None
        self._refused(answer, path)
        return answer

    def _made(self, answer: "urllib3.BaseHTTPResponse", path: str) -> None:
        self._refused(answer, path, gone="the server has no such place")

    def _refused(self, answer: "urllib3.BaseHTTPResponse", path: str, gone: str = "") -> None:
        if answer.status in _DENIED:
            raise AccessDenied(
                f"'{self._named(path)}': access denied (HTTP {answer.status})",
                hint="see the remote's `auth`, `user` and `password` (`dvc remote modify --local NAME password ...`)",
            )
        if answer.status >= 300:
            said = gone if gone and answer.status in _GONE else answer.reason or "refused"
            raise StorageProblem(f"'{self._named(path)}': HTTP {answer.status}: {said}")


def _etag(address: str, headers: Mapping[str, str]) -> str:
    """What tells one state of a file from another: its ETag (with its quotes), its Content-MD5, or a number made of the rest."""
    named = headers.get("ETag") or headers.get("Content-MD5")
    if named:
        return named
    known = "\n".join((address, headers.get("Content-Length", ""), headers.get("Last-Modified", "")))
    return str(int(hashlib.md5(known.encode(), usedforsecurity=False).hexdigest(), 16))


def _pool(url: str, options: Mapping[str, object], jobs: int) -> "urllib3.PoolManager":
    import urllib3

    retry = urllib3.Retry(
        total=5,
        connect=3,
        backoff_factor=0.3,
        backoff_jitter=0.3,
        status_forcelist=_RETRIED,
        allowed_methods=None,  # what we send is named by its content, so that sending it twice does no harm
        raise_on_status=False,
    )
    timeout = urllib3.Timeout(connect=_seconds(options, "connect_timeout", 60), read=_seconds(options, "read_timeout", 60))
    settings: dict[str, object] = {"maxsize": jobs, "block": True, "retries": retry, "timeout": timeout}
    verify = text(options, "ssl_verify")
    if verify and not flag(options, "ssl_verify", default=True):
        settings |= {"cert_reqs": "CERT_NONE", "assert_hostname": False}
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    elif verify and verify.lower() not in ("true", "yes", "on", "1"):
        settings["ca_certs"] = os.path.expanduser(verify)
    parts = urlsplit(url)
    # The environment is read here, as every program that speaks HTTP reads it.
    proxy = getproxies().get(parts.scheme) or getproxies().get("all")
    if proxy and not proxy_bypass(parts.hostname or ""):
        return urllib3.ProxyManager(proxy if "://" in proxy else f"http://{proxy}", **settings)  # type: ignore[arg-type]  # of several types
    return urllib3.PoolManager(**settings)  # type: ignore[arg-type]  # of several types


def _seconds(options: Mapping[str, object], name: str, default: float) -> float:
    value = text(options, name)
    return float(value) if value else default


def _headers(url: str, options: Mapping[str, object]) -> dict[str, str]:
    import urllib3

    kind = text(options, "auth").lower()
    user, password = text(options, "user"), text(options, "password")
    parts = urlsplit(url)
    if not kind and parts.username:
        kind, user, password = "basic", parts.username, parts.password or ""
    if not kind:
        return {}
    if not password and flag(options, "ask_password"):
        password = password_of(parts.hostname or url, user)
    if kind == "basic":
        return dict(urllib3.make_headers(basic_auth=f"{user}:{password}"))
    if kind == "custom":
        name = text(options, "custom_auth_header")
        if not name:
            raise Unavailable("`auth = custom` needs the name of a header", hint="set the remote's `custom_auth_header`")
        return {name: password}
    raise Unavailable(f"authentication of kind '{kind}' is not served by this version", hint="use `basic` (over https) or `custom`")
