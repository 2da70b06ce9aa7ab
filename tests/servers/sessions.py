"""What fake-gcs-server lacks of resumable uploads, before it, in a process of its own: `python sessions.py PORT PORT-BEHIND`.

Cloud Storage passes over bytes that a session has already, and answers `bytes */SIZE` with how many it has; that server adds the bytes
once more, and takes the question for the end of the file. All else is passed on as it is.
"""

import re
import sys
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Handler(BaseHTTPRequestHandler):
    """`has`: how many bytes each session has, by its address."""

    protocol_version = "HTTP/1.1"
    behind: int
    has: dict[str, int]

    def setup(self) -> None:
        super().setup()
        self.server_behind = HTTPConnection("127.0.0.1", self.behind)

    def finish(self) -> None:
        self.server_behind.close()
        super().finish()

    def log_message(self, *_: object) -> None:
        return None

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = re.fullmatch(r"bytes (?:\*|(\d+)-(\d+))/(\d+)", self.headers.get("Content-Range") or "")
        if asked is None or "upload_id=" not in self.path:
            return self._pass_on(body, {name: value for name, value in self.headers.items() if name.lower() != "content-length"})
        has = self.has.get(self.path, 0)
        body = body[has - int(asked[1]) :] if asked[1] else b""
        if not body:
            return self._answer(308, {"Range": f"bytes=0-{has - 1}"} if has else {}, b"")
        self.has[self.path] = has + len(body)
        return self._pass_on(body, {"Content-Range": f"bytes {has}-{has + len(body) - 1}/{asked[3]}"})

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = do_PATCH = _serve  # noqa: N815 - names of the standard library's

    def _pass_on(self, body: bytes, headers: dict[str, str]) -> None:
        self.server_behind.request(self.command, self.path, body, headers)
        answer = self.server_behind.getresponse()
        data = answer.read()
        told = {name: value for name, value in answer.getheaders() if name.lower() not in ("transfer-encoding", "connection")}
        self._answer(answer.status, told, data)

    def _answer(self, status: int, headers: dict[str, str], data: bytes) -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(data))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


if __name__ == "__main__":
    _Handler.behind, _Handler.has = int(sys.argv[2]), {}
    _Server(("127.0.0.1", int(sys.argv[1])), _Handler).serve_forever()
