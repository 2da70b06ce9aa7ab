"""A small HTTP server over a folder: GET, HEAD, PUT and POST, basic authentication, and faults on demand."""

import base64
import hashlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit


class Web:
    """`faults`: for the next requests, a status to answer with, or "cut" to send half of a file. `asked`: (method, path) of all.

    `header`: the name and value that every request must have; `encoding`: what files are said to be packed with.
    """

    def __init__(
        self, root: Path, port: int, *, readonly: bool, password: str | None, header: tuple[str, str] | None = None, encoding: str = ""
    ) -> None:
        self.root = root
        self.url = f"http://127.0.0.1:{port}"
        self.readonly = readonly
        self.password = password
        self.header = header
        self.encoding = encoding
        self.faults: list[int | str] = []
        self.asked: list[tuple[str, str]] = []


@contextmanager
def web(
    root: Path, *, readonly: bool = False, password: str | None = None, header: tuple[str, str] | None = None, encoding: str = ""
) -> Iterator[Web]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    made = _Handler.web = Web(root, server.server_port, readonly=readonly, password=password, header=header, encoding=encoding)
    server.RequestHandlerClass = type("Handler", (_Handler,), {"web": made})
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def http(root: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """A server over `root`: its URL, and the options that a remote on it needs."""
    with web(root) as server:
        yield server.url, {}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    web: Web

    def log_message(self, *_: object) -> None:
        return None

    def do_GET(self) -> None:
        fault = self._begin()
        path = self.web.root / self.path.lstrip("/")
        if isinstance(fault, int):
            return self._answer(fault)
        if not path.is_file():
            return self._answer(404)
        data = path.read_bytes()
        if fault == "cut":
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[: len(data) // 2])
            self.close_connection = True
            return None
        return self._answer(200, data)

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self._begin()
        if isinstance(fault, int):
            return self._answer(fault)
        if self.web.readonly:
            return self._answer(501)
        path = self.web.root / self.path.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(path.name + f".{threading.get_ident()}.part")
        temporary.write_bytes(data)
        os.replace(temporary, path)
        return self._answer(200)

    def do_PUT(self) -> None:
        self.do_POST()

    def do_MKCOL(self) -> None:
        self._answer(self._begin_only() or 405)  # folders are made when files are

    def do_MOVE(self) -> None:
        fault = self._begin_only()
        if fault:
            return self._answer(fault)
        source = self.web.root / self.path.lstrip("/")
        target = self.web.root / urlsplit(self.headers["Destination"]).path.lstrip("/")
        if not source.is_file():
            return self._answer(404)
        os.replace(source, target)
        return self._answer(204)

    def _begin_only(self) -> int:
        fault = self._begin()
        return fault if isinstance(fault, int) else 0

    def _begin(self) -> int | str | None:
        self.web.asked.append((self.command, self.path))
        given = "Basic " + base64.b64encode(f"me:{self.web.password}".encode()).decode()
        if self.web.password is not None and self.headers.get("Authorization") != given:
            return 401
        if self.web.header and self.headers.get(self.web.header[0]) != self.web.header[1]:
            return 401
        return self.web.faults.pop(0) if self.web.faults else None

    def _answer(self, status: int, data: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        if status == 200:
            if self.web.encoding and data:
                self.send_header("Content-Encoding", self.web.encoding)
            self.send_header("ETag", '"' + hashlib.md5(data).hexdigest() + '"')
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)
