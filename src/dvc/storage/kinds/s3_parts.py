"""S3's multipart uploads: the bucket itself remembers what arrived, so that any process on any machine can go on with it.

An upload is gone on with only where all its parts have the lengths that ours would have: another program's that is under way to the
same name is left alone. See https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html.
"""

import hashlib
import re
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO, TYPE_CHECKING
from urllib.parse import quote

from dvc.storage.contract import AccessDenied, Sending, StorageProblem
from dvc.storage.kinds.sigv4 import Keys, query, signed
from dvc.storage.kinds.web import Web
from dvc.storage.one_by_one import each

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    import urllib3

_PART = 8 << 20
_MOST = 9_000  # parts; S3 takes 10,000
_TOGETHER = 4
_LOOKED_AT = 5  # unfinished uploads of one name
_MD5 = re.compile("[0-9a-f]{32}")


class Ended(StorageProblem):
    """The upload that was under way is no more: somebody else finished it, or gave it up."""


class S3Parts:
    """Uploads below the folder `root` ("" for none) of a bucket; see `through_opendal.Large`."""

    def __init__(self, web: Web, address: str, root: str, region: str, keys: Keys, headers: Mapping[str, str]) -> None:
        """`address`: of the bucket. `headers`: how new files are to be encrypted."""
        self.address = address
        self._web, self._root, self._region, self._keys = web, root.strip("/"), region, keys
        self._headers = headers

    def close(self) -> None:
        self._web.close()

    def upload(self, file: IO[bytes], size: int, path: str, sending: Sending) -> None:
        """Make `path` of the `size` bytes of `file`. AccessDenied, StorageProblem."""
        key = f"{self._root}/{path}" if self._root else path
        try:
            self._upload(file, size, key, sending)
        except Ended:
            # Another process may have sent the same, and been quicker.
            if not sending.content or self.ask("HEAD", key, {}).headers.get("Content-Length") != str(size):
                self._upload(file, size, key, sending)

    def _upload(self, file: IO[bytes], size: int, key: str, sending: Sending) -> None:
        part = max(_PART, -(-size // _MOST))
        upload = self._open(key, size, part, sending)
        guard = threading.Lock()

        def one(number: int) -> None:
            with guard:
                file.seek(number * part)
                data = file.read(min(part, size - number * part))
            if len(data) < min(part, size - number * part):
                raise StorageProblem(f"'{file.name}' became smaller while it was sent", hint="run the command again")
            if upload.send(number, data):
                sending.moved(len(data))

        try:
            each(range(-(-size // part)), one, _TOGETHER, _ended_well)
            upload.finish()
        except BaseException:
            if not sending.content:  # nobody could tell what it was of
                upload.give_up()
            raise

    def _open(self, key: str, size: int, part: int, sending: Sending) -> "S3Upload":
        """The upload of `sending.content` that was interrupted, or a new one."""
        if sending.content:
            for name in self._under_way(key):
                there = self._parts_of(key, name)
                if there and all(length == min(part, size - number * part) for number, (length, _) in there.items()):
                    return S3Upload(self, key, name, there)
        answer = self.see(self.ask("POST", key, {"uploads": ""}, headers=self._headers), key)
        return S3Upload(self, key, _text(answer, "UploadId"), {})

    def _under_way(self, key: str) -> Sequence[str]:
        """The unfinished uploads to `key`, the newest first; none where the server does not tell."""
        answer = self.ask("GET", "", {"uploads": "", "prefix": key})
        if answer.status != 200:
            return ()
        found = [
            (_text(row, "Initiated"), _text(row, "UploadId")) for row in _rows(_parsed(answer, key), "Upload") if _text(row, "Key") == key
        ]
        return [name for _, name in sorted(found, reverse=True)[:_LOOKED_AT]]

    def _parts_of(self, key: str, name: str) -> dict[int, tuple[int, str]]:
        """Number (from 0) to (bytes, ETag)."""
        found: dict[int, tuple[int, str]] = {}
        after = "0"
        while True:
            answer = self.ask("GET", key, {"uploadId": name, "part-number-marker": after})
            if answer.status != 200:
                return {}
            page = _parsed(answer, key)
            for row in _rows(page, "Part"):
                found[int(_text(row, "PartNumber")) - 1] = (int(_text(row, "Size")), _text(row, "ETag").strip('"'))
            if _text(page, "IsTruncated") != "true":
                return found
            after = _text(page, "NextPartNumberMarker")

    def ask(
        self, method: str, key: str, parameters: Mapping[str, str], *, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> "urllib3.BaseHTTPResponse":
        address = f"{self.address}/{quote(key, safe='/-_.~')}" if key else self.address
        address += f"?{query(parameters)}" if parameters else ""
        return self._web.ask(method, address, body=body, headers=signed(self._keys, self._region, method, address, headers or {}, body))

    def see(self, answer: "urllib3.BaseHTTPResponse", key: str) -> "Element":
        """The answer to a request that must succeed; S3 may put an error into an answer that is called a success."""
        told = _parsed(answer, key) if answer.data else None
        if answer.status < 300 and told is not None and not told.tag.endswith("Error"):
            return told
        raise self.refusal(answer, key)

    def refusal(self, answer: "urllib3.BaseHTTPResponse", key: str) -> StorageProblem:
        """What an answer that is no success means."""
        text = answer.data.decode(errors="replace")
        found = re.search("<Message>(.*?)</Message>", text, re.DOTALL)
        said = found[1] if found else f"HTTP {answer.status}"
        if answer.status in (401, 403):
            return AccessDenied(
                f"'{self.address}/{key}': access denied: {said}", hint="see the keys in the remote's options or your AWS profile"
            )
        return (Ended if "<Code>NoSuchUpload<" in text else StorageProblem)(f"'{self.address}/{key}': {said}")


class S3Upload:
    """One upload. Its parts are numbered from 0; `there` are those that are there already, with their lengths and ETags."""

    def __init__(self, parts: S3Parts, key: str, name: str, there: Mapping[int, tuple[int, str]]) -> None:
        self._parts, self._key, self._name = parts, key, name
        self._etags = {number: etag for number, (_, etag) in there.items()}

    def send(self, number: int, data: bytes) -> bool:
        """False: it is there. An ETag is the part's MD5; what is none (of parts encrypted with keys of their own) cannot be compared."""
        said = self._etags.get(number, "")
        if _MD5.fullmatch(said) and said == hashlib.md5(data, usedforsecurity=False).hexdigest():
            return False
        answer = self._parts.ask("PUT", self._key, {"partNumber": str(number + 1), "uploadId": self._name}, body=data)
        if answer.status != 200:
            raise self._parts.refusal(answer, self._key)
        self._etags[number] = answer.headers.get("ETag", "").strip('"')
        return True

    def finish(self) -> None:
        rows = "".join(f'<Part><PartNumber>{n + 1}</PartNumber><ETag>"{self._etags[n]}"</ETag></Part>' for n in sorted(self._etags))
        body = f'<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{rows}</CompleteMultipartUpload>'.encode()
        answer = self._parts.ask("POST", self._key, {"uploadId": self._name}, body=body, headers={"Content-Type": "application/xml"})
        self._parts.see(answer, self._key)

    def give_up(self) -> None:
        with suppress(StorageProblem):
            self._parts.ask("DELETE", self._key, {"uploadId": self._name})


def _ended_well(number: int, answer: StorageProblem | OSError | None) -> None:
    if answer is not None:
        raise answer


def _parsed(answer: "urllib3.BaseHTTPResponse", key: str) -> "Element":
    from xml.etree import ElementTree

    try:
        return ElementTree.fromstring(answer.data)  # noqa: S314 - expat bounds what entities grow to
    except ElementTree.ParseError as why:
        raise StorageProblem(f"'{key}': the server's answer (HTTP {answer.status}) is no XML: {why}") from why


def _rows(element: "Element", name: str) -> "Sequence[Element]":
    return [child for child in element if child.tag.rpartition("}")[2] == name]


def _text(element: "Element", name: str) -> str:
    return next((child.text or "" for child in _rows(element, name)), "")
