"""A stand-in for Google Drive, for which there is no server to run here: the calls of its API that we make, over a folder, and the
tokens of a person and of a service account.

What it checks it checks as Google does: the token of every request, the refresh token and client of a person, the signature of a
service account. Files have ids and names of their own; several may have the same name in one folder.
"""

import base64
import hashlib
import itertools
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

FOLDER = "1AbCdEfGhIjKlMnOpQrStUvWxYz"  # a folder that is there
CLIENT, SECRET, REFRESH = "client.apps.example", "client-secret", "refresh-token"
_TOKEN = "ya29.token"
_KIND = "application/vnd.google-apps.folder"
_PAGE = 100
_ABUSIVE = b"malware"


@contextmanager
def gdrive(root: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """An empty folder, in a process of its own: its URL, and the options that a remote on it needs. What it holds is kept in `root`."""
    command = [sys.executable, "-m", "tests.servers.gdrive", str(root)]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as server,
        pytest.MonkeyPatch.context() as patch,
    ):
        try:
            assert server.stdout is not None
            service = f"http://127.0.0.1:{server.stdout.readline().strip()}"
            patch.setattr("dvc.storage.kinds.gdrive_api.SERVICE", service)
            login = root / "login.json"
            login.write_text(json.dumps(login_of(service)))
            yield f"gdrive://{FOLDER}", {"gdrive_user_credentials_file": str(login)}
        finally:
            server.terminate()
            server.wait()


def login_of(service: str) -> dict[str, Any]:
    """What a login of a person leaves in a file, as DVC's library writes it."""
    return {
        "access_token": "ya29.old",
        "client_id": CLIENT,
        "client_secret": SECRET,
        "refresh_token": REFRESH,
        "token_expiry": "2020-01-01T00:00:00Z",
        "token_uri": f"{service}/token",
        "user_agent": None,
        "invalid": False,
        "_class": "OAuth2Credentials",
        "_module": "oauth2client.client",
    }


class Drive:
    """Rows by id; the bytes of files lie in the folder `root`."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.lock = threading.RLock()
        self.rows: dict[str, dict[str, Any]] = {}
        self.sessions: dict[str, tuple[str, dict[str, Any], bytearray]] = {}
        self.numbers = itertools.count()
        self.busy = 0  # requests that are refused from now on
        for name in (FOLDER, "root-id", "app-id"):
            self.rows[name] = {"id": name, "name": name, "mimeType": _KIND, "parents": [], "trashed": False}

    def make(self, about: Mapping[str, Any], data: bytes | None) -> dict[str, Any]:
        with self.lock:
            row = {"id": f"id-{next(self.numbers)}", "mimeType": "application/octet-stream", "trashed": False, **about}
            self.rows[row["id"]] = row
            return row if data is None else self.fill(row, data)

    def fill(self, row: dict[str, Any], data: bytes) -> dict[str, Any]:
        with self.lock:
            temp = os.path.join(self.root, f"new-{threading.get_ident()}")
            Path(temp).write_bytes(data)
            os.rename(temp, os.path.join(self.root, row["id"]))
            row |= {"size": str(len(data)), "md5Checksum": hashlib.md5(data).hexdigest()}
            return row

    def find(self, query: str) -> list[dict[str, Any]]:
        """Of the language of queries what we use: names, parents and kinds, with `or` in brackets and `and` between them."""
        names = [_plain(name) for name in re.findall(r"name = '((?:[^'\\]|\\.)*)'", query)]
        parents = [_plain(name) for name in re.findall(r"'((?:[^'\\]|\\.)*)' in parents", query)]
        unknown = [parent for parent in parents if parent not in self.rows]
        if unknown:
            raise KeyError(unknown[0])
        with self.lock:
            return [
                row
                for row in self.rows.values()
                if not row["trashed"]
                and (not names or row["name"] in names)
                and (not parents or set(parents) & set(row["parents"]))
                and ("mimeType = " not in query or row["mimeType"] == _KIND)
            ]


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # an answer goes in one piece
    drive: Drive
    key: Any = None  # the public key of the service account, once there is one

    def log_message(self, *_: object) -> None:
        return None

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        if parts.path == "/token":
            return self._token(dict(parse_qsl(body.decode())))
        if parts.path == "/test/busy":
            self.drive.busy = int(query["times"])
            return self._answer(200, {})
        if parts.path.startswith("/session/"):
            return self._piece(parts.path.rpartition("/")[2], body)
        if self.headers.get("Authorization") != f"Bearer {_TOKEN}":
            return self._wrong(401, "authError", "Invalid Credentials")
        if self.drive.busy:
            self.drive.busy -= 1
            return self._wrong(403, "userRateLimitExceeded", "User Rate Limit Exceeded")
        upload = parts.path.startswith("/upload/")
        file = parts.path.removeprefix("/upload").removeprefix("/drive/v3/files").lstrip("/")
        file = {"root": "root-id", "appDataFolder": "app-id"}.get(file, file)
        if file and (file not in self.drive.rows):
            return self._wrong(404, "notFound", f"File not found: {file}.")
        if upload:
            return self._upload(file, query, body)
        return self._plain(file, query, body)

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def do_PATCH(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def _plain(self, file: str, query: Mapping[str, str], body: bytes) -> None:
        if self.command == "GET" and not file:
            return self._list(query)
        if self.command == "POST":
            return self._answer(200, self.drive.make(json.loads(body), None))
        row = self.drive.rows[file]
        if self.command == "GET" and query.get("alt") == "media":
            return self._bytes(row, query)
        if self.command == "DELETE":
            del self.drive.rows[file]
            return self._answer(204, None)
        if self.command == "PATCH":
            row |= json.loads(body)
        return self._answer(200, row)

    def _list(self, query: Mapping[str, str]) -> None:
        try:
            found = self.drive.find(query["q"])
        except KeyError:
            return self._wrong(404, "notFound", "File not found: .")
        start = int(query.get("pageToken", 0))
        page = {"files": found[start : start + _PAGE]}
        return self._answer(200, page | ({"nextPageToken": str(start + _PAGE)} if len(found) > start + _PAGE else {}))

    def _bytes(self, row: Mapping[str, Any], query: Mapping[str, str]) -> None:
        data = Path(self.drive.root, row["id"]).read_bytes()
        if data == _ABUSIVE and "acknowledgeAbuse" not in query:
            return self._wrong(
                403, "cannotDownloadAbusiveFile", "This file has been identified as malware or spam and cannot be downloaded."
            )
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if not wanted:
            return self._send(200, data, {})
        first, last = int(wanted[1]), min(int(wanted[2] or len(data)), len(data) - 1)
        if first >= len(data):
            return self._send(416, b"", {"Content-Range": f"bytes */{len(data)}"})
        return self._send(206, data[first : last + 1], {"Content-Range": f"bytes {first}-{last}/{len(data)}"})

    def _upload(self, file: str, query: Mapping[str, str], body: bytes) -> None:
        if query["uploadType"] == "resumable":
            with self.drive.lock:
                session = f"s{next(self.drive.numbers)}"
                self.drive.sessions[session] = (file, json.loads(body), bytearray())
            return self._send(200, b"", {"Location": f"http://127.0.0.1:{self.connection.getsockname()[1]}/session/{session}"})
        mark = self.headers["Content-Type"].rpartition("boundary=")[2].encode()
        _, about, data, _ = re.split(rb"(?:\r\n)?--%s(?:--)?\r\n" % re.escape(mark), body)
        return self._made(file, json.loads(about.partition(b"\r\n\r\n")[2]), data.partition(b"\r\n\r\n")[2])

    def _piece(self, session: str, body: bytes) -> None:
        if session not in self.drive.sessions:
            return self._send(404, b"", {})
        file, about, data = self.drive.sessions[session]
        wanted = re.fullmatch(r"bytes (?:\*|(\d+)-(\d+))/(\d+)", self.headers["Content-Range"])
        assert wanted is not None
        first, size = int(wanted[1] or len(data)), int(wanted[3])
        if first <= len(data):
            data += body[len(data) - first :]
        if len(data) < size:
            return self._send(308, b"", {"Range": f"bytes=0-{len(data) - 1}"} if data else {})
        del self.drive.sessions[session]
        return self._made(file, about, bytes(data))

    def _made(self, file: str, about: Mapping[str, Any], data: bytes) -> None:
        if not file and any(parent not in self.drive.rows for parent in about["parents"]):
            return self._wrong(404, "notFound", "File not found: .")
        return self._answer(200, self.drive.fill(self.drive.rows[file], data) if file else self.drive.make(about, data))

    # --- tokens

    def _token(self, form: Mapping[str, str]) -> None:
        if form["grant_type"] == "refresh_token":
            right = (form["refresh_token"], form["client_id"], form["client_secret"]) == (REFRESH, CLIENT, SECRET)
        else:
            right = self._signed(form["assertion"])
        if not right:
            return self._answer(400, {"error": "invalid_grant", "error_description": "Bad Request"})
        return self._answer(200, {"access_token": _TOKEN, "expires_in": 3600, "token_type": "Bearer"})

    def _signed(self, assertion: str) -> bool:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding, rsa
        from cryptography.hazmat.primitives.serialization import load_pem_public_key

        text, _, signature = assertion.rpartition(".")
        key = load_pem_public_key(Path(self.drive.root, "service.pem").read_bytes())
        assert isinstance(key, rsa.RSAPublicKey)
        try:
            key.verify(_unpacked(signature), text.encode(), padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return False
        claims = json.loads(_unpacked(text.partition(".")[2]))
        return "https://www.googleapis.com/auth/drive" in claims["scope"] and claims.get("sub") in (None, "someone@example.com")

    # --- answers

    def _wrong(self, status: int, reason: str, message: str) -> None:
        self._answer(
            status, {"error": {"errors": [{"domain": "global", "reason": reason, "message": message}], "code": status, "message": message}}
        )

    def _answer(self, status: int, said: object) -> None:
        self._send(status, b"" if said is None else json.dumps(said).encode(), {"Content-Type": "application/json; charset=UTF-8"})

    def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _unpacked(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # else connections that come at once are not taken

    def handle_error(self, *_: object) -> None:
        return None  # a client went away


def _run(root: str) -> None:
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"drive": Drive(root)}))
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    _run(sys.argv[1])
