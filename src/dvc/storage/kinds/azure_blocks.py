"""Large files for Azure Blob Storage, in blocks: a blob has its name once the list of its blocks is put, and not before.

Blocks that were put and never listed stay for a week. They are named by the content they are of and their place in it, so that
the next upload of the same content to the same blob finds them, and sends the others only.
"""

import base64
import hashlib
import os
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import IO, TYPE_CHECKING
from urllib.parse import quote
from xml.etree import ElementTree

from dvc.storage.contract import Sending, StorageProblem
from dvc.storage.kinds.azure_account import Account
from dvc.storage.kinds.azure_signing import signer
from dvc.storage.kinds.web import DENIED, GONE, Web, see
from dvc.storage.opendal_words import denied

if TYPE_CHECKING:
    import urllib3

_BLOCK = 8 << 20
_BLOCKS = 50_000  # so many can a blob have
_AT_ONCE = 4
_CONNECT, _READ = 60, 300  # seconds that a silent server is waited for; it answers when it has a whole block
_NAME = 36  # bytes of a block's name: within a blob all must be as long, and other tools name theirs by a UUID


class Blocks:
    """Uploads below the folder `root` ("" for none) of a container."""

    def __init__(self, account: Account, container: str, root: str) -> None:
        self._web = Web(account.endpoint, {}, jobs=4 * _AT_ONCE, connect=_CONNECT, read=_READ)
        self._sign = signer(account)
        self._at = f"{account.endpoint}/{container}/{quote(root)}".rstrip("/")
        self._url = f"azure://{container}/{root}".rstrip("/")

    def upload(self, file: IO[bytes], size: int, path: str, sending: Sending) -> None:
        """Make `path` of the `size` bytes of `file`. AccessDenied, StorageProblem."""
        length = max(_BLOCK, -(-size // _BLOCKS))
        names = _names(sending.content or os.urandom(16).hex(), size, length)
        there = self._unlisted(path) if sending.content else {}
        reading = threading.Lock()

        def put(number: int) -> None:
            at = number * length
            wanted = min(length, size - at)
            if there.get(names[number]) == wanted:
                return
            with reading:
                file.seek(at)
                data = file.read(wanted)
            if len(data) < wanted:
                raise StorageProblem(f"'{file.name}' became smaller while it was sent", hint="run the command again")
            self._see(self._ask("PUT", path, {"comp": "block", "blockid": names[number]}, data), path)
            sending.moved(wanted)

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            try:
                for _ in pool.map(put, range(len(names))):
                    pass
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        listed = "".join(f"<Latest>{name}</Latest>" for name in names)
        body = f'<?xml version="1.0" encoding="utf-8"?><BlockList>{listed}</BlockList>'.encode()
        self._see(self._ask("PUT", path, {"comp": "blocklist"}, body), path)

    def _unlisted(self, path: str) -> Mapping[str, int]:
        """The blocks that were put and not listed, with their sizes."""
        answer = self._ask("GET", path, {"comp": "blocklist", "blocklisttype": "uncommitted"})
        if answer.status in GONE:
            return {}
        self._see(answer, path)
        try:
            found = ElementTree.fromstring(answer.data)  # noqa: S314 - expat bounds what entities grow to
        except ElementTree.ParseError:
            return {}  # then all of it is sent
        return {block.findtext("Name", ""): int(block.findtext("Size", "-1")) for block in found.iter("Block")}

    def close(self) -> None:
        self._web.close()

    def _ask(self, method: str, path: str, query: Mapping[str, str], body: bytes | None = None) -> "urllib3.BaseHTTPResponse":
        address = f"{self._at}/{quote(path)}?" + "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
        headers = {}
        if body is not None:
            proof = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
            headers = {"Content-Length": str(len(body)), "Content-MD5": proof}  # what was changed on its way is refused
        signed, said = self._sign(method, address, headers)
        return self._web.ask(method, signed, body=body, headers=said)

    def _see(self, answer: "urllib3.BaseHTTPResponse", path: str) -> None:
        name = f"{self._url}/{path}"
        if answer.status in DENIED:
            raise denied(name, answer.headers.get("x-ms-error-code", f"HTTP {answer.status}"))
        see(answer, name, gone="there is no such container")


def _names(content: str, size: int, length: int) -> list[str]:
    """The blocks' names, as they are sent: the same for the same content cut in the same way."""
    base = hashlib.sha256(f"{content}\n{size}\n{length}".encode()).hexdigest()[: _NAME - 6]
    return [base64.b64encode(f"{base}{number:06d}".encode()).decode() for number in range(-(-size // length))]
