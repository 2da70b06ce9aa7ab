"""WebDAV, plain (`webdav://`) or over TLS (`webdavs://`): HTTP with folders, listings and deletion (RFC 4918).

Uploads get their final name by MOVE: some servers show a PUT while it arrives. Folders are listed one by one (`Depth: 1`),
many at a time: servers refuse to list a whole tree in one answer.
"""

import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import IO, TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from dvc.storage.contract import Capabilities, Found, StorageProblem, Unavailable
from dvc.storage.kinds.http import HttpStorage, without_user
from dvc.storage.kinds.identity import Bearer, Digest, Fixed, Identity, basic
from dvc.storage.kinds.web import GONE, Web, see
from dvc.storage.options import flag, password_of, text

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    import urllib3

_SECONDS = 30.0
_WANTED = (
    b'<?xml version="1.0" encoding="utf-8"?><propfind xmlns="DAV:"><prop><resourcetype/><getcontentlength/><getetag/></prop></propfind>'
)
_MOVED = (301, 302, 303, 307, 308)


class WebdavStorage(HttpStorage):
    """See `contract.Storage`."""

    capabilities = Capabilities(jobs=16)

    def __init__(self, url: str, options: Mapping[str, object]) -> None:
        """Unavailable for options that contradict each other or name what is not there."""
        self.url = url.rstrip("/")
        if not urlsplit(url).hostname:
            raise Unavailable(f"'{url}' names no host", hint="write it as webdavs://HOST/PATH")
        address, user, password = without_user(self.url)
        self._address = "http" + address.removeprefix("webdav")
        seconds = float(text(options, "timeout") or _SECONDS)
        self._web = Web(self._address, options, jobs=self.capabilities.jobs, connect=seconds, read=seconds)
        self._web.identity = _identity(self.url, options, user, password)
        self._making = threading.Lock()
        self._folders: set[str] = set()

    def stat(self, path: str) -> Found | None:
        """By HEAD, which is cheap everywhere; servers lead away from the address of a folder, or say what it is only when asked for that."""
        answer = self._web.ask("HEAD", self._at(path), redirect=False)
        if answer.status in GONE or (answer.status in _MOVED and answer.headers.get("Location", "").endswith("/")):
            return None
        size, etag = answer.headers.get("Content-Length", ""), answer.headers.get("ETag", "")
        if answer.status != 200 or not size.isdigit() or not etag:
            return next((found for found, is_folder in self._rows(path, depth="0") if not is_folder), None)
        return Found(path, int(size), _bare(etag))

    def list(self, prefix: str) -> Iterable[Found]:
        level: Sequence[str] = [prefix]
        with ThreadPoolExecutor(self.capabilities.jobs) as pool:
            while level:
                rows = [row for part in pool.map(lambda folder: list(self._rows(folder, depth="1")), level) for row in part]
                yield from (found for found, is_folder in rows if not is_folder)
                level = [found.path for found, is_folder in rows if is_folder]

    def named(self, files: Sequence[Found]) -> Sequence[Found]:
        """Some servers leave the ETags out of their listings."""
        with ThreadPoolExecutor(self.capabilities.jobs) as pool:
            return list(pool.map(lambda file: file if file.etag else self.stat(file.path) or file, files))

    def remove(self, path: str) -> None:
        self._check(self._web.ask("DELETE", self._at(path)), path)

    # --- requests

    def _make(self, path: str, body: IO[bytes] | bytes, size: int) -> None:
        folder = os.path.dirname(path)
        if folder not in self._folders:  # asked for beforehand: a server without it would take a large file only to refuse it
            self._made_folders(folder)
            self._folders.add(folder)
        temp = f"{folder}/.tmp-{os.urandom(8).hex()}".lstrip("/")
        try:
            see(self._sent("PUT", temp, body, size), self._named(path), gone="the server has no such place")
            self._move(temp, path, size)
        except BaseException:
            self._forget(temp)
            raise

    def _move(self, temp: str, path: str, size: int) -> None:
        answer = self._web.ask("MOVE", self._at(temp), headers={"Destination": self._at(path), "Overwrite": "T"})
        if answer.status in GONE:  # an answer that was lost on the way is asked for again: the first request may have done it
            found = self.stat(path)
            if found is not None and found.size == size:
                return
        see(answer, self._named(path), gone="what was sent is not there")

    def _forget(self, path: str) -> None:
        try:
            self._web.ask("DELETE", self._at(path))
        except StorageProblem:  # what went wrong before is what is told
            pass

    def _rows(self, path: str, *, depth: str) -> Iterator[tuple[Found, bool]]:
        """What PROPFIND tells: files and folders (True), the folder that was asked for left out. Nothing where there is nothing."""
        address = self._at(path) + ("/" if depth == "1" else "")
        answer = self._web.ask("PROPFIND", address, body=_WANTED, headers={"Depth": depth, "Content-Type": "application/xml"})
        if answer.status in GONE:
            return
        if answer.status != 207:
            see(answer, self._named(path))
            raise StorageProblem(f"'{self._named(path)}': the server knows no WebDAV (it answered {answer.status} to PROPFIND)")
        asked = _place(address)
        root = _place(self._address)
        for row in self._answers(answer, path):
            place = _place(row.findtext("{DAV:}href") or "")
            is_folder = row.find(".//{DAV:}resourcetype/{DAV:}collection") is not None
            if (place == asked and (is_folder or depth == "1")) or not f"{place}/".startswith(f"{root}/"):
                continue
            size = (row.findtext(".//{DAV:}getcontentlength") or "").strip()
            etag = row.findtext(".//{DAV:}getetag") or ""
            yield Found(place[len(root) :].lstrip("/"), int(size) if size.isdigit() else -1, _bare(etag)), is_folder

    def _answers(self, answer: "urllib3.BaseHTTPResponse", path: str) -> "Sequence[Element]":
        from xml.etree import ElementTree

        try:
            return ElementTree.fromstring(answer.data).findall("{DAV:}response")  # noqa: S314 - expat bounds what entities grow to
        except ElementTree.ParseError as why:
            raise StorageProblem(f"'{self._named(path)}': the server's listing cannot be read: {why}") from why


def _place(address: str) -> str:
    """The path that a URL or a `href` means."""
    return unquote(urlsplit(address).path).rstrip("/")


def _bare(etag: str) -> str:
    """An ETag without its quotes, and without the mark of servers that a file was changed just now."""
    return etag.strip().removeprefix("W/").strip('"')


def _identity(url: str, options: Mapping[str, object], url_user: str, url_password: str) -> Identity:
    user, password = text(options, "user") or url_user, text(options, "password") or url_password
    name = text(options, "custom_auth_header")
    if (user or name) and not password and flag(options, "ask_password"):
        password = password_of(urlsplit(url).hostname or url, user)
    if text(options, "bearer_token_command"):
        return Bearer(text(options, "bearer_token_command"))
    if text(options, "token"):
        return Fixed({"Authorization": f"Bearer {text(options, 'token')}"})
    if name:
        return Fixed({name: password})
    if not user:
        return Fixed({})
    return Digest(user, password, first=basic(user, password).headers("", ""))
