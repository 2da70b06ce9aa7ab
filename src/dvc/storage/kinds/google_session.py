"""Resumable uploads as Google's services have them: one session for a file, which outlives its process for a week.

A session takes the file's bytes in order, a piece at a time, and tells how many it has. Its address is noted on this machine (who has
it may write the file: only the user can read the note). A later process asks the session how many bytes it has, and goes on there.
"""

import base64
import hashlib
import json
import os
from collections.abc import Callable, Mapping
from typing import IO, Any

from dvc.storage.contract import Sending, StorageProblem
from dvc.storage.kinds.web import DENIED, Web, see
from dvc.storage.opendal_words import denied
from dvc.values import dataclass

_PIECE = 16 << 20  # a session wants multiples of 256 KiB
_MORE = 308
_STALLS = 5  # answers in a row that say that nothing came


class _Lost(Exception):  # noqa: N818 - no error of its own: the upload begins anew
    """The session is not known (any more), or made something else of the file."""


@dataclass(frozen=True, slots=True)
class _Begun:
    """A session's address, and how many bytes it has."""

    session: str
    sent: int = 0


class Upload:
    """One file on its way. `begin` makes a session and returns its address; `undo` is told what the server said of a file that it
    made and that is not ours. `target` tells this upload's notes from others', `name` is for messages."""

    def __init__(self, web: Web, *, target: str, name: str, begin: Callable[[], str], undo: Callable[[Mapping[str, Any]], object]) -> None:
        self._web = web
        self._target = target
        self._name = name
        self._begin = begin
        self._undo = undo

    def send(self, file: IO[bytes], size: int, sending: Sending) -> None:
        """All `size` bytes of `file`, or those that an earlier session has not. AccessDenied, StorageProblem."""
        note = _Note(sending, self._target, size)
        begun = note.read()
        if begun is not None:
            try:
                return self._send(self._asked(begun, size), file, size, note, sending)
            except _Lost:
                note.forget()
        try:
            return self._send(_Begun(self._begin()), file, size, note, sending)
        except _Lost as why:
            raise StorageProblem(f"'{self._name}': {why}", hint="run the command again") from why

    def _asked(self, begun: _Begun, size: int) -> _Begun:
        """`begun` as the server has it, which may be further than was noted. _Lost where it has no such session, or ended it."""
        headers = {"Content-Range": f"bytes */{size}", "Content-Length": "0"}
        answer = self._web.ask("PUT", begun.session, headers=headers, redirect=False)
        if answer.status == _MORE:
            return _Begun(begun.session, min(_had(answer.headers), size))
        if answer.status in DENIED:
            raise denied(self._name, f"HTTP {answer.status}")
        raise _Lost(f"the server gave the upload up (HTTP {answer.status})")

    def _send(self, begun: _Begun, file: IO[bytes], size: int, note: "_Note", sending: Sending) -> None:
        at, stalls = begun.sent, 0
        content = _Content(file, at)
        while stalls < _STALLS:
            piece = content.piece(at, min(_PIECE, size - at))
            end = at + len(piece)
            headers = {"Content-Range": f"bytes {at}-{end - 1}/{size}"}
            if end == size:
                headers["X-Goog-Hash"] = f"md5={base64.b64encode(content.digest()).decode()}"  # what was changed on its way is refused
            answer = self._web.ask("PUT", begun.session, body=piece, headers=headers, redirect=False)
            if answer.status == _MORE:
                has = min(_had(answer.headers), end)
                note.write(_Begun(begun.session, has))
                sending.moved(max(has - at, 0))
                at, stalls = has, 0 if has > at else stalls + 1
                continue
            if answer.status in DENIED:
                raise denied(self._name, f"HTTP {answer.status}")
            if 400 <= answer.status < 500 and answer.status != 429:
                raise _Lost(f"the server gave the upload up (HTTP {answer.status})")
            see(answer, self._name)
            note.forget()
            sending.moved(len(piece))
            return self._see_whole(answer.data, size, content.digest())
        raise StorageProblem(f"'{self._name}': the server takes no more of it", hint="run the command again")

    def _see_whole(self, answer: bytes, size: int, digest: bytes) -> None:
        """A server that lost count must not leave what it made under the file's name."""
        try:
            said = json.loads(answer)
            made = int(said.get("size", size)), _md5_of(said) or digest
        except (ValueError, AttributeError):
            return  # it does not say
        if made != (size, digest):
            self._undo(said)
            raise _Lost("it arrived as something else")


class _Content:
    """A file's bytes, hashed while they are read; those before `start` went with an earlier process, and are read for the hash alone."""

    def __init__(self, file: IO[bytes], start: int) -> None:
        self._file = file
        self._digest = hashlib.md5(usedforsecurity=False)
        self._hashed = 0
        while self._hashed < start:
            self.piece(self._hashed, min(_PIECE, start - self._hashed))

    def piece(self, at: int, size: int) -> bytes:
        """Exactly these bytes; `at` is at most where the last ones ended."""
        self._file.seek(at)
        found = self._file.read(size)
        if len(found) < size:
            raise StorageProblem(f"'{self._file.name}' became smaller while it was sent", hint="run the command again")
        self._digest.update(found[self._hashed - at :])
        self._hashed = max(self._hashed, at + size)
        return found

    def digest(self) -> bytes:
        """The MD5 of all bytes so far."""
        return self._digest.digest()


def _md5_of(said: Mapping[str, Any]) -> bytes:
    """What a server says of the file that it made: Cloud Storage in base64, Drive in hexadecimal; nothing where it says nothing."""
    return base64.b64decode(said.get("md5Hash", "")) or bytes.fromhex(said.get("md5Checksum", ""))


def _had(headers: Mapping[str, str]) -> int:
    """How many bytes a session has, as it says: `bytes=0-LAST`, or nothing at all for none."""
    last = headers.get("Range", "").rpartition("-")[2]
    return int(last) + 1 if last.isdigit() else 0


class _Note:
    """Where an upload is, in a file of this machine; none where the caller wants none kept."""

    def __init__(self, sending: Sending, target: str, size: int) -> None:
        name = hashlib.sha256(f"{target}\n{sending.content}\n{size}".encode()).hexdigest()[:32]
        self._path = os.path.join(sending.notes, f"gs-{name}") if sending.notes and sending.content else ""

    def read(self) -> _Begun | None:
        try:
            with open(self._path, encoding="utf-8") as file:
                found = json.load(file)
            return _Begun(str(found["session"]), int(found["sent"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write(self, begun: _Begun) -> None:
        if not self._path:
            return
        os.makedirs(os.path.dirname(self._path), exist_ok=True)
        temp = f"{self._path}.{os.urandom(4).hex()}"
        with open(os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump({"session": begun.session, "sent": begun.sent}, file)
        os.replace(temp, self._path)

    def forget(self) -> None:
        if self._path and os.path.exists(self._path):
            os.unlink(self._path)
