"""Servers that lend tokens, and take nothing without one."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOKEN = "lent-token"


class Lender:
    """`wanted`: what a request for a token must have in its body. `behind`: the port of the server that tokens are for; 0: what is asked
    is answered as by Azure's, as far as an upload needs it. `asked`: (method, path) of all that came with a token."""

    def __init__(self, port: int, wanted: str, behind: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.wanted = wanted
        self.behind = behind
        self.asked: list[tuple[str, str]] = []
        self.blobs: dict[str, bytes] = {}


@contextmanager
def lending(wanted: str, behind: int = 0) -> Iterator[Lender]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    made = Lender(server.server_port, wanted, behind)
    server.RequestHandlerClass = type("Handler", (_Handler,), {"lender": made})
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    lender: Lender

    def log_message(self, *_: object) -> None:
        return None

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.endswith("/token"):
            if self.lender.wanted in body.decode():
                told = {"access_token": TOKEN, "expires_in": 3600, "token_type": "Bearer"}
                told["issued_token_type"] = "urn:ietf:params:oauth:token-type:access_token"
                return self._answer(200, json.dumps(told).encode())
            return self._answer(401, b'{"error": "invalid_client"}')
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self._answer(401, b"")
        self.lender.asked.append((self.command, self.path))
        return self._pass_on(body) if self.lender.behind else self._blob(body)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _serve  # noqa: N815 - names of the standard library's

    def _pass_on(self, body: bytes) -> None:
        behind = HTTPConnection("127.0.0.1", self.lender.behind)
        behind.request(
            self.command, self.path, body, {k: v for k, v in self.headers.items() if k.lower() not in ("host", "content-length")}
        )
        answer = behind.getresponse()
        self._answer(answer.status, answer.read(), {k: v for k, v in answer.getheaders() if k.lower() in ("range", "location")})
        behind.close()

    def _blob(self, body: bytes) -> None:
        path, _, query = self.path.partition("?")
        if self.command == "PUT":
            if "comp=blocklist" not in query:
                self.lender.blobs[path] = self.lender.blobs.get(path, b"") + body
            return self._answer(201, b"")
        if "restype=container" in query:
            return self._answer(200, b"<EnumerationResults><Blobs></Blobs><NextMarker></NextMarker></EnumerationResults>")
        return self._answer(404, b"")

    def _answer(self, status: int, data: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": str(len(data)), "Content-Type": "application/json"}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)
