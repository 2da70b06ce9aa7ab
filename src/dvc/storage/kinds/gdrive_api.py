"""Google Drive's own terms (its API, version 3): files and folders have ids, a name is no more than a note on them.

What Drive refuses because of too many requests (403 with such a reason, 429) is asked again after growing pauses.
"""

import json
import os
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlencode

from dvc.storage import patience
from dvc.storage.contract import AccessDenied, NotThere, StorageProblem
from dvc.storage.kinds.identity import Identity
from dvc.storage.kinds.web import GONE, Web, understood

if TYPE_CHECKING:
    import urllib3

SERVICE = "https://www.googleapis.com"
FOLDER = "application/vnd.google-apps.folder"
_BYTES = "application/octet-stream"
_FIELDS = "id,name,mimeType,size,md5Checksum,parents,createdTime"
_PAGE = 1000
_CONNECT, _READ = 60, 300  # seconds that a silent server is waited for
_BUSY = ("userRateLimitExceeded", "rateLimitExceeded", "sharingRateLimitExceeded")
_TRIES = 6
_LONGER = 5  # times the usual pause: Drive counts requests by the minute
_ABUSIVE = "cannotDownloadAbusiveFile"


class Row(NamedTuple):
    """A file or folder of Drive. `checksum` is the MD5 of its bytes; documents of Google's own have neither that nor a size."""

    id: str
    name: str
    folder: bool
    size: int
    checksum: str
    parents: tuple[str, ...]

    @property
    def has_bytes(self) -> bool:
        return not self.folder and self.size >= 0


class Drive:
    """Requests to Drive. May be called from many threads at once; `name` says in messages what is spoken of."""

    def __init__(self, who: Identity, *, jobs: int, app_data: bool = False, abusive: bool = False) -> None:
        """`app_data`: in the folder that Drive hides for an application. `abusive`: also bring what Google takes for malware."""
        self._service = SERVICE
        self._web = Web(SERVICE, {}, jobs=jobs, connect=_CONNECT, read=_READ)
        self._web.identity = who
        self._space = {"spaces": "appDataFolder"} if app_data else {"includeItemsFromAllDrives": "true"}
        self._abusive = {"acknowledgeAbuse": "true"} if abusive else {}

    def close(self) -> None:
        self._web.close()

    def rows(self, query: str, name: str) -> Iterator[Row]:
        """What `query` finds outside of the trash, the oldest first. NotThere where a folder that it names is not there."""
        asked = {"q": f"{query} and trashed = false", "fields": f"nextPageToken,files({_FIELDS})", "pageSize": str(_PAGE)}
        asked |= {"orderBy": "createdTime", **self._space}
        while True:
            answer = self._ask("GET", "/drive/v3/files", name, asked)
            with understood(name):
                said = json.loads(answer.data)
                found, after = [_row(row) for row in said["files"]], str(said.get("nextPageToken", ""))
            yield from found
            if not after:
                return
            asked["pageToken"] = after

    def row(self, file: str, name: str) -> Row:
        """A file or folder by its id, or its other names: `root`, `appDataFolder`. NotThere."""
        answer = self._ask("GET", _address(file), name, {"fields": _FIELDS})
        with understood(name):
            return _row(json.loads(answer.data))

    def make_folder(self, folder: str, title: str, name: str) -> str:
        about = {"name": title, "mimeType": FOLDER, "parents": [folder]}
        answer = self._ask("POST", "/drive/v3/files", name, {"fields": "id"}, body=_json(about), headers=_AS_JSON)
        with understood(name):
            return str(json.loads(answer.data)["id"])

    def send(self, data: bytes, name: str, *, over: str = "", folder: str = "", title: str = "") -> None:
        """Give the file `over` these bytes, or make a new one called `title` in `folder`: there is nothing to be seen until it is whole."""
        mark = f"part-{os.urandom(16).hex()}"
        about = _json({} if over else {"name": title, "parents": [folder]})
        parts = (("application/json; charset=UTF-8", about), (_BYTES, data))
        body = b"".join(b"--%s\r\nContent-Type: %s\r\n\r\n%s\r\n" % (mark.encode(), kind.encode(), part) for kind, part in parts)
        body += f"--{mark}--\r\n".encode()
        headers = {"Content-Type": f"multipart/related; boundary={mark}"}
        self._ask(*_target(over), name, {"uploadType": "multipart", "fields": "id"}, body=body, headers=headers)

    def session(self, size: int, name: str, *, over: str = "", folder: str = "", title: str = "") -> str:
        """The address of a new session that takes such a file in pieces."""
        about = _json({} if over else {"name": title, "parents": [folder]})
        headers = {**_AS_JSON, "X-Upload-Content-Length": str(size), "X-Upload-Content-Type": _BYTES}
        answer = self._ask(*_target(over), name, {"uploadType": "resumable", "fields": "id,size"}, body=about, headers=headers)
        with understood(name):
            return answer.headers["Location"]

    def bring(self, file: str, name: str, *, start: int = 0, end: int | None = None) -> "urllib3.BaseHTTPResponse":
        """The bytes of a file from `start` up to but without `end`, still to be read. NotThere."""
        wanted = {"Range": f"bytes={start}-{'' if end is None else end - 1}"} if start or end is not None else {}
        return self._ask("GET", _address(file), name, {"alt": "media", **self._abusive}, headers=wanted, stream=True)

    def remove(self, file: str, name: str, *, trash: bool) -> None:
        """Delete a file for good, or move it to the trash. NotThere."""
        if trash:
            self._ask("PATCH", _address(file), name, {}, body=_json({"trashed": True}), headers=_AS_JSON)
        else:
            self._ask("DELETE", _address(file), name, {})

    @property
    def web(self) -> Web:
        """For requests to the address of a session."""
        return self._web

    def _ask(
        self,
        method: str,
        path: str,
        name: str,
        query: Mapping[str, str],
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        stream: bool = False,
    ) -> "urllib3.BaseHTTPResponse":
        address = f"{self._service}{path}?{urlencode({'supportsAllDrives': 'true', **query})}"
        pause = patience.PAUSE * _LONGER
        for attempt in range(_TRIES):
            answer = self._web.ask(method, address, body=body, headers=headers, stream=stream)
            if answer.status < 300:
                return answer
            reason, message = _error(answer.data)
            if reason not in _BUSY or attempt == _TRIES - 1:
                break
            time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - protects nothing
            pause *= 2
        raise _problem(answer.status, reason, message or answer.reason or "refused", name)


def _problem(status: int, reason: str, message: str, name: str) -> StorageProblem:
    if status in GONE:
        return NotThere(f"'{name}' is not there")
    if reason in _BUSY or status == 429:
        return StorageProblem(
            f"'{name}': Drive has too many requests: {message}", hint="run the command again later, or with fewer `--jobs`"
        )
    if reason == _ABUSIVE:
        return StorageProblem(
            f"'{name}': Google takes this file for malware or spam",
            hint="if it is yours, and harmless: set the remote's `gdrive_acknowledge_abuse` to true",
        )
    if status == 401 or (status == 403 and "Quota" not in reason and "Limit" not in reason):
        return AccessDenied(
            f"'{name}': access denied: {message}",
            hint="see that the account may use this folder, and the remote's credentials (`gdrive_...`)",
        )
    return StorageProblem(f"'{name}': HTTP {status}: {message}")


def either(field: str, values: Sequence[str]) -> str:
    """The part of a query that is true of things with one of `values` as their name, or as their parent."""
    quoted = [value.replace("\\", "\\\\").replace("'", "\\'") for value in values]
    each = [f"'{value}' in parents" if field == "parents" else f"{field} = '{value}'" for value in quoted]
    return f"({' or '.join(each)})"


_AS_JSON = {"Content-Type": "application/json; charset=UTF-8"}


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def _address(file: str) -> str:
    return f"/drive/v3/files/{quote(file, safe='')}"


def _target(over: str) -> tuple[str, str]:
    return ("PATCH", f"/upload{_address(over)}") if over else ("POST", "/upload/drive/v3/files")


def _row(said: Mapping[str, Any]) -> Row:
    folder = said["mimeType"] == FOLDER
    return Row(said["id"], said["name"], folder, int(said.get("size", -1)), said.get("md5Checksum", ""), tuple(said.get("parents", ())))


def _error(body: bytes) -> tuple[str, str]:
    """The reason and message of an error; empty where something else than Drive answered."""
    try:
        error = json.loads(body)["error"]
        return str(error["errors"][0]["reason"]), str(error["message"])
    except (ValueError, KeyError, TypeError, IndexError):
        return "", ""
