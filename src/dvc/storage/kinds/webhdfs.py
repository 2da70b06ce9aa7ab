"""HDFS by way of its REST interface, WebHDFS: the name node answers questions and says which data node takes or has the bytes.

HDFS shows a file while it is written. So an upload goes beside its place under a temporary name, and is renamed when it is whole.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from types import MappingProxyType
from typing import IO, TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

from dvc.storage.contract import AT_ONCE, AccessDenied, Capabilities, Found, NotThere, Sending, StorageProblem, Unavailable
from dvc.storage.kinds.http import host_and_port, without_user
from dvc.storage.kinds.identity import basic
from dvc.storage.kinds.web import GONE, Web, understood
from dvc.storage.one_by_one import OneByOne
from dvc.storage.options import flag, text

if TYPE_CHECKING:
    import urllib3

_CHUNK = 1 << 20
_PORT = 50070  # what the reference takes where the URL has none
_MISSING = "FileNotFoundException"
# With these a 403 is about who we are. Others, such as StandbyException, are about the state of the server.
_DENIALS = ("AccessControlException", "AuthenticationException", "AuthorizationException", "InvalidToken", "SecurityException")


class _Entry(NamedTuple):
    """What is in a folder."""

    name: str
    is_folder: bool
    size: int


class WebHdfsStorage(OneByOne):
    """See `contract.Storage`."""

    capabilities = Capabilities(jobs=16, named_by="checksum")

    def __init__(self, url: str, options: Mapping[str, object]) -> None:
        """Unavailable for options that cannot be honoured or contradict one another."""
        address, user, password = without_user(url)
        name, port = host_and_port(address, _PORT)
        if not name:
            raise Unavailable(f"'{address}' names no host", hint="write it as webhdfs://HOST:PORT/PATH")
        self.url = address.rstrip("/")
        user, password = text(options, "user") or user, text(options, "password") or password
        scheme = "https" if flag(options, "use_https") else "http"
        self._host = f"{scheme}://{f'[{name}]' if ':' in name else name}:{port}/webhdfs/v1"
        self._base = text(options, "data_proxy_target").rstrip("/") or self._host
        self._root = f"/{address.partition('://')[2].partition('/')[2]}".rstrip("/")
        self._who = _query(options, user, password)
        self._web = self._elsewhere = Web(self._base, options, jobs=self.capabilities.jobs, connect=60, read=60)
        if password:  # that is for the host that it was given for, not for others that it names
            self._web = Web(self._base, options, jobs=self.capabilities.jobs, connect=60, read=60)
            self._web.identity = basic(user, password)

    def stat(self, path: str) -> Found | None:
        said = self._told("GET", path, "GETFILESTATUS")
        if said is None:
            return None
        with understood(self._named(path)):
            found = said["FileStatus"]
            return Found(path, int(found["length"])) if found["type"] == "FILE" else None

    def read(self, path: str) -> bytes | None:
        with suppress(NotThere):
            return b"".join(self.chunks(path))
        return None

    def chunks(self, path: str, start: int = 0) -> Iterator[bytes]:
        import urllib3

        found = self._followed("GET", path, "OPEN", {"offset": str(start)} if start else {}, stream=True)
        if found is None:
            raise NotThere(f"'{self._named(path)}' is not there")
        try:
            yield from found.stream(_CHUNK)
        except urllib3.exceptions.HTTPError as why:
            raise StorageProblem(f"'{self._named(path)}' ended early: {why}", hint="run the command again") from why
        finally:
            found.release_conn()

    def upload(self, source: str, path: str, sending: Sending = AT_ONCE) -> int:
        size = os.stat(source).st_size
        with open(source, "rb") as file:
            self._write(path, file, size)
        sending.moved(size)
        return size

    def put(self, path: str, data: bytes) -> None:
        self._write(path, data, len(data))

    def list(self, prefix: str) -> Iterable[Found]:
        level = [prefix.strip("/")]
        with ThreadPoolExecutor(self.capabilities.jobs) as asking:
            while level:
                deeper: list[str] = []
                for folder, entries in zip(level, asking.map(self._entries, level), strict=True):
                    for entry in entries:
                        path = f"{folder}/{entry.name}".lstrip("/")
                        if entry.is_folder:
                            deeper.append(path)
                        else:
                            yield Found(path, entry.size)
                level = deeper

    def named(self, files: Sequence[Found]) -> Sequence[Found]:
        with ThreadPoolExecutor(self.capabilities.jobs) as asking:
            return [*asking.map(self._with_checksum, files)]

    def remove(self, path: str) -> None:
        self._told("DELETE", path, "DELETE")

    def close(self) -> None:
        self._web.close()
        self._elsewhere.close()

    # --- what the calls are made of

    def _entries(self, folder: str) -> "Sequence[_Entry]":
        said = self._told("GET", folder, "LISTSTATUS")
        if said is None:
            return []
        with understood(self._named(folder)):  # a file lists as itself, without a name
            rows = said["FileStatuses"]["FileStatus"]
            return [_Entry(row["pathSuffix"], row["type"] == "DIRECTORY", int(row["length"])) for row in rows if row["pathSuffix"]]

    def _with_checksum(self, file: Found) -> Found:
        answer = self._followed("GET", file.path, "GETFILECHECKSUM")
        if answer is None:
            raise NotThere(f"'{self._named(file.path)}' is not there")
        with understood(self._named(file.path)):
            return file._replace(etag=str(json.loads(answer.data)["FileChecksum"]["bytes"]))

    def _write(self, path: str, body: "IO[bytes] | bytes", size: int) -> None:
        temp = f"{os.path.dirname(path)}/.tmp-{os.urandom(8).hex()}".lstrip("/")
        try:
            headers = {"Content-Length": str(size), "Content-Type": "application/octet-stream"}
            if self._followed("PUT", temp, "CREATE", {"overwrite": "true"}, body=body, headers=headers) is None:
                raise StorageProblem(f"'{self._named(path)}' cannot be written: there is no such place")
            self._rename(temp, path)
        except BaseException:
            with suppress(Exception):  # it may never have come to be; what happened before is what is said
                self.remove(temp)
            raise

    def _rename(self, source: str, target: str) -> None:
        there = {"destination": self._absolute(target), "renameoptions": "OVERWRITE"}
        said = self._told("PUT", source, "RENAME", **there)
        if said is not None and said.get("boolean") is False:  # a gateway that does not know of overwriting
            self.remove(target)
            said = self._told("PUT", source, "RENAME", **there)
        if said is None or said.get("boolean") is False:
            raise StorageProblem(f"'{self._named(target)}' cannot be put in place: the server did not rename it")

    # --- requests

    def _named(self, path: str) -> str:
        return f"{self.url}/{path}" if path else self.url

    def _absolute(self, path: str) -> str:
        return f"{self._root}/{path}" if path else self._root or "/"

    def _told(self, method: str, path: str, op: str, **query: str) -> dict[str, Any] | None:
        """What the name node says; None where there is no such file or folder."""
        answer = self._asked(method, self._address(path, op, query), path)
        if answer is None:
            return None
        with understood(self._named(path)):
            said: dict[str, Any] = json.loads(answer.data or b"{}")
            return said

    def _followed(
        self,
        method: str,
        path: str,
        op: str,
        query: Mapping[str, str] = MappingProxyType({}),
        *,
        stream: bool = False,
        body: "IO[bytes] | bytes | None" = None,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> "urllib3.BaseHTTPResponse | None":
        """What the data node answers that the name node sends us to; only that one is sent the body. None: no such file."""
        first = self._asked(method, self._address(path, op, query), path, stream=stream)
        if first is None:
            return None
        there = first.get_redirect_location()
        if not there:
            if body is None:
                return first  # a gateway that answers by itself
            raise StorageProblem(f"'{self.url}' does not say where a file can be written: it is no WebHDFS service")
        first.release_conn()
        if there.startswith(self._host):
            there = self._base + there[len(self._host) :]
        return self._asked(method, there, path, stream=stream, body=body, headers=headers)

    def _address(self, path: str, op: str, query: Mapping[str, str]) -> str:
        return f"{self._base}{quote(self._absolute(path))}?{urlencode({'op': op, **self._who, **query})}"

    def _asked(
        self,
        method: str,
        address: str,
        path: str,
        *,
        stream: bool = False,
        body: "IO[bytes] | bytes | None" = None,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> "urllib3.BaseHTTPResponse | None":
        web = self._web if urlsplit(address).hostname == urlsplit(self._base).hostname else self._elsewhere
        answer = web.ask(method, address, body=body, headers=headers, stream=stream, redirect=False)
        return None if self._missing(answer, path) else answer

    def _missing(self, answer: "urllib3.BaseHTTPResponse", path: str) -> bool:
        """Whether an answer says that a file is not there. AccessDenied, StorageProblem for what else went wrong."""
        if answer.status < 400:
            return False
        name, message = _exception(answer.data)
        if answer.status in GONE and name in ("", _MISSING):
            return True
        said = message.split("\n", 1)[0] or answer.reason or "refused"
        if answer.status == 401 or (answer.status == 403 and (not name or name in _DENIALS)):
            raise AccessDenied(
                f"'{self._named(path)}': access denied: {said}", hint="see the remote's `user`, or its `token` where the cluster wants one"
            )
        raise StorageProblem(f"'{self._named(path)}': HTTP {answer.status}: {said}")


def _exception(body: bytes) -> tuple[str, str]:
    """The name and message of the error that Hadoop sends; empty where something else answered."""
    try:
        said = json.loads(body)["RemoteException"]
        return str(said["exception"]), str(said["message"])
    except (ValueError, KeyError, TypeError):
        return "", ""


def _query(options: Mapping[str, object], user: str, password: str) -> dict[str, str]:
    """What in every request says who we are."""
    if flag(options, "kerberos") or text(options, "kerberos_principal"):
        raise Unavailable(
            "Kerberos for webhdfs remotes is not served by this version",
            hint="use a delegation token (`hdfs fetchdt --renewer NAME FILE`) in the remote's `token`, or an hdfs:// remote",
        )
    token, proxy = text(options, "token"), text(options, "proxy_to")
    if token and (user or proxy or password):
        raise Unavailable("the `token` of a webhdfs remote says whose it is", hint="unset `user`, `password` and `proxy_to`, or the token")
    if password and not user:
        raise Unavailable("a webhdfs remote has a `password` but no `user`", hint="set the remote's `user`")
    query = {"delegation": token, "doas": proxy, "user.name": "" if password else user}
    return {name: value for name, value in query.items() if value}
