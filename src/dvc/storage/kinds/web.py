"""Requests over HTTP as the storages need them: one pool, TLS and proxies as set, who we are, what a refusal means.

Redirects, proxies of the environment, retries and `Retry-After` are urllib3's business. What may pass (429, 5xx, a lost
connection) is asked again a few times, at most a minute apart, however long a server would have us wait.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from dvc.storage import patience
from dvc.storage.contract import AccessDenied, StorageProblem, Unavailable
from dvc.storage.kinds.identity import Fixed, Identity
from dvc.storage.options import file_of, text, verify_of

if TYPE_CHECKING:
    import urllib3

DENIED = (401, 403, 407)
GONE = (404, 410)
_RETRIED = (429, 500, 502, 503, 504)
_BUSY = (429, 503)
_TRIES = 5
_SAID = 3  # how often one request says who we are: as we think, as the server wants it, and that again for what was too old
_PATIENCE = 60.0  # seconds, the longest pause between two tries


class Web:
    """Requests to the server of `url`. May be called from many threads at once."""

    def __init__(self, url: str, options: Mapping[str, object], *, jobs: int, connect: float, read: float) -> None:
        """`connect`, `read`: seconds after which a silent server counts as lost."""
        self.url = url
        self.identity: Identity = Fixed({})
        self._pool = _pool(url, options, jobs, connect, read)

    def ask(
        self,
        method: str,
        address: str,
        *,
        body: "IO[bytes] | bytes | None" = None,
        headers: Mapping[str, str] | None = None,
        stream: bool = False,
        redirect: bool = True,
    ) -> "urllib3.BaseHTTPResponse":
        """Any answer that the server gives at last; with `stream` its bytes are still to be read, unless it is an error. StorageProblem."""
        import urllib3

        target = urllib3.util.parse_url(address).request_uri
        for attempt in range(_SAID):
            said = {**(headers or {}), **self.identity.headers(method, target)}
            try:
                answer = self._pool.request(method, address, body=body, headers=said, preload_content=not stream, redirect=redirect)
                if stream and answer.status >= 300:
                    _ = answer.data  # read it now, so that it can be told what went wrong
            except urllib3.exceptions.HTTPError as why:
                raise _unreachable(self.url, why) from why
            if answer.status != 401 or attempt == _SAID - 1 or not self.identity.learn(answer.headers.getlist("WWW-Authenticate")):
                return answer
            if body is not None and not isinstance(body, bytes):
                body.seek(0)
        return answer

    def close(self) -> None:
        self._pool.clear()


def see(answer: "urllib3.BaseHTTPResponse", name: str, gone: str = "") -> None:
    """Raise what an answer that is no success means: AccessDenied, StorageProblem. `gone` words a 404."""
    if answer.status in DENIED:
        raise AccessDenied(
            f"'{name}': access denied (HTTP {answer.status})",
            hint="see the remote's `auth`, `user` and `password` (`dvc remote modify --local NAME password ...`)",
        )
    if answer.status >= 300:
        said = gone if gone and answer.status in GONE else answer.reason or "refused"
        hint = "the server is busy: run the command again later, or with fewer `--jobs`" if answer.status in _BUSY else None
        raise StorageProblem(f"'{name}': HTTP {answer.status}: {said}", hint=hint)


@contextmanager
def understood(name: str) -> Iterator[None]:
    """StorageProblem where what is done with an answer shows that it is not what the server's kind answers, or not all of it."""
    try:
        yield
    except (ValueError, KeyError, TypeError, AttributeError) as why:
        raise StorageProblem(f"'{name}': the answer of the server cannot be understood", hint="run the command again") from why


def _unreachable(url: str, why: Exception) -> StorageProblem:
    import urllib3

    cause = getattr(why, "reason", None)
    if isinstance(cause, urllib3.exceptions.SSLError) or isinstance(why, urllib3.exceptions.SSLError):
        return StorageProblem(
            f"'{url}': no trusted connection: {cause or why}",
            hint="set the remote's `ssl_verify` to the file of the authority that the server's certificate is of",
        )
    return StorageProblem(f"'{url}' cannot be reached: {why}", hint="see that the server runs and the URL is right")


def _pool(url: str, options: Mapping[str, object], jobs: int, connect: float, read: float) -> "urllib3.PoolManager":
    import urllib3

    timeout = urllib3.Timeout(connect=connect, read=read)
    settings: dict[str, object] = {"maxsize": jobs, "block": True, "retries": _patient(), "timeout": timeout, **_tls(options)}
    parts = urlsplit(url)
    # The environment is read here, as every program that speaks HTTP reads it.
    proxy = getproxies().get(parts.scheme) or getproxies().get("all")
    if not proxy or proxy_bypass(parts.hostname or ""):
        return urllib3.PoolManager(**settings)  # type: ignore[arg-type]  # of several types
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    by = urlsplit(proxy)
    if by.scheme not in ("http", "https"):
        raise Unavailable(f"proxies of kind '{by.scheme}' are not served, and the environment names one", hint="use one of kind http")
    if by.username:
        settings["proxy_headers"] = urllib3.make_headers(proxy_basic_auth=f"{unquote(by.username)}:{unquote(by.password or '')}")
    return urllib3.ProxyManager(proxy, **settings)  # type: ignore[arg-type]  # of several types


def _patient() -> "urllib3.Retry":
    import urllib3

    class Patient(urllib3.Retry):
        """Waits as long as the server asks, within bounds; not at all where it asks for nonsense. A stranger is not asked twice."""

        def increment(self, *arguments: Any, **named: Any) -> "Patient":
            error = named.get("error")
            if isinstance(error, urllib3.exceptions.SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(error):
                raise error
            return super().increment(*arguments, **named)

        def parse_retry_after(self, retry_after: str) -> float:
            try:
                return min(super().parse_retry_after(retry_after), _PATIENCE)
            except (urllib3.exceptions.InvalidHeader, ValueError, OverflowError):
                return 0.0

    return Patient(
        total=_TRIES,
        connect=3,
        backoff_factor=patience.PAUSE,
        backoff_jitter=patience.PAUSE,
        status_forcelist=_RETRIED,
        allowed_methods=None,  # what we send is named by its content, so that sending it twice does no harm
        raise_on_status=False,
    )


def _tls(options: Mapping[str, object]) -> dict[str, object]:
    import urllib3

    settings: dict[str, object] = {}
    verify = verify_of(options)
    if verify is False:
        settings |= {"cert_reqs": "CERT_NONE", "assert_hostname": False}
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    elif isinstance(verify, str):
        settings["ca_cert_dir" if os.path.isdir(verify) else "ca_certs"] = verify
    for option, theirs in (("cert_path", "cert_file"), ("key_path", "key_file")):
        if text(options, option):
            settings[theirs] = file_of(options, option)
    return settings
