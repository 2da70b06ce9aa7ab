"""A stand-in for Aliyun's Object Storage Service, for which there is no server to run here: the calls that we make, over a folder.

What it checks it checks as the service does: the signature of every request (version 1: HMAC-SHA1 of method, date and resource),
unknown keys and buckets. The bucket is in the path, as where a host is an address; or, asked as a proxy, a part of the host's name.
"""

import base64
import hashlib
import hmac
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from xml.sax.saxutils import escape

BUCKET = "bucket"
DOMAIN = ".oss.example"
KEY, SECRET = "test-key", "test-secret"
_SIGNED = ("continuation-token", "partNumber", "uploadId", "uploads")  # parameters that are part of the resource
_BEING_WRITTEN = ".new-"
_PAGE = 100  # names that one request of a listing brings


class Oss:
    """A bucket over a folder: each object is a file, its quoted name the file's."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.lock = threading.Lock()
        self.uploads: dict[str, dict[int, bytes]] = {}

    def names(self) -> list[str]:
        return sorted(unquote(name) for name in os.listdir(self.root) if not name.startswith(_BEING_WRITTEN))

    def read(self, name: str) -> bytes | None:
        try:
            with open(self._path(name), "rb") as file:
                return file.read()
        except FileNotFoundError:
            return None

    def write(self, name: str, data: bytes) -> None:
        temp = os.path.join(self.root, f"{_BEING_WRITTEN}{threading.get_ident()}")
        with open(temp, "wb") as file:
            file.write(data)
        os.rename(temp, self._path(name))

    def remove(self, name: str) -> None:
        with suppress(FileNotFoundError):
            os.unlink(self._path(name))

    def _path(self, name: str) -> str:
        return os.path.join(self.root, quote(name, safe=""))


@contextmanager
def oss(root: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """An empty bucket, in a process of its own: its URL, and the options that a remote on it needs. It is kept in `root/bucket`."""
    (root / BUCKET).mkdir()
    command = [sys.executable, "-m", "tests.servers.oss", str(root / BUCKET)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as server:
        try:
            assert server.stdout is not None
            endpoint = f"http://127.0.0.1:{server.stdout.readline().strip()}"
            yield f"oss://{BUCKET}", {"oss_endpoint": endpoint, "oss_key_id": KEY, "oss_key_secret": SECRET}
        finally:
            server.terminate()
            server.wait()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # an answer goes in one piece
    oss: Oss

    def log_message(self, *_: object) -> None:
        return None

    def _begin(self) -> tuple[str, dict[str, str], bytes] | None:
        """The object's name, the query and the body; None where the request was refused."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        resource = unquote(parts.path)
        if (host := parts.hostname or "").endswith(DOMAIN):  # asked as a proxy for that host
            resource = f"/{host.removesuffix(DOMAIN)}{resource}"
        bucket, _, name = resource.lstrip("/").partition("/")
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        key, _, signature = self.headers.get("Authorization", "").removeprefix("OSS ").partition(":")
        if key != KEY:
            self._wrong(403, "InvalidAccessKeyId", "The OSS Access Key Id you provided does not exist in our records.")
            return None
        if not hmac.compare_digest(signature, self._signature(resource, query)):
            self._wrong(403, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided.")
        if bucket != BUCKET:
            self._wrong(404, "NoSuchBucket", "The specified bucket does not exist.")
            return None
        return name, query, body

    def _signature(self, resource: str, query: Mapping[str, str]) -> str:
        signed = [f"{key}={value}" if value else key for key, value in sorted(query.items()) if key in _SIGNED]
        resource += "?" + "&".join(signed) if signed else ""
        own = sorted(f"{key.lower()}:{value}\n" for key, value in self.headers.items() if key.lower().startswith("x-oss-"))
        lines = [self.command, self.headers.get("Content-MD5", ""), self.headers.get("Content-Type", ""), self.headers.get("Date", "")]
        text = "\n".join(lines) + "\n" + "".join(own) + resource
        return base64.b64encode(hmac.new(SECRET.encode(), text.encode(), hashlib.sha1).digest()).decode()

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        asked = self._begin()
        if asked is None:
            return
        name, query, _ = asked
        if not name:
            self._list(query)
            return
        data = self.oss.read(name)
        if data is None:
            self._wrong(404, "NoSuchKey", "The specified key does not exist.")
            return
        headers = {"ETag": _etag(data), "Last-Modified": "Mon, 01 Jan 2024 00:00:00 GMT", "Accept-Ranges": "bytes"}
        wanted = self.headers.get("Range", "").removeprefix("bytes=")
        if not wanted:
            self._answer(200, data, headers)
            return
        first, _, last = wanted.partition("-")
        begin, end = int(first), min(int(last) if last else len(data), len(data) - 1)
        headers["Content-Range"] = f"bytes {begin}-{end}/{len(data)}"
        self._answer(206, data[begin : end + 1], headers)

    def do_PUT(self) -> None:
        asked = self._begin()
        if asked is None:
            return
        name, query, body = asked
        with self.oss.lock:
            if "uploadId" in query:
                self.oss.uploads[query["uploadId"]][int(query["partNumber"])] = body
            else:
                self.oss.write(name, body)
        self._answer(200, b"", {"ETag": _etag(body)})

    def do_POST(self) -> None:
        asked = self._begin()
        if asked is None:
            return
        name, query, _ = asked
        with self.oss.lock:
            if "uploads" in query:
                number = f"upload-{len(self.oss.uploads)}"
                self.oss.uploads[number] = {}
                said = f"<InitiateMultipartUploadResult><Bucket>{BUCKET}</Bucket><Key>{escape(name)}</Key><UploadId>{number}</UploadId></InitiateMultipartUploadResult>"
            else:
                parts = self.oss.uploads.pop(query["uploadId"])
                data = b"".join(part for _, part in sorted(parts.items()))
                self.oss.write(name, data)
                etag = f"{hashlib.md5(data).hexdigest().upper()}-{len(parts)}"
                said = f'<CompleteMultipartUploadResult><Bucket>{BUCKET}</Bucket><Key>{escape(name)}</Key><ETag>"{etag}"</ETag></CompleteMultipartUploadResult>'
        self._answer(200, said.encode())

    def do_DELETE(self) -> None:
        asked = self._begin()
        if asked is None:
            return
        name, query, _ = asked
        with self.oss.lock:
            if "uploadId" in query:
                self.oss.uploads.pop(query["uploadId"], None)
            else:
                self.oss.remove(name)
        self._answer(204, b"")

    def _list(self, query: Mapping[str, str]) -> None:
        """Names in order, a page at a time; with a delimiter, what lies deeper as its first folder."""
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        after = max(query.get("continuation-token", ""), query.get("start-after", ""))
        rows: dict[str, str] = {}
        for name in self.oss.names():
            data = self.oss.read(name) if name.startswith(prefix) else None
            if data is None:
                continue
            folder, found, _ = name[len(prefix) :].partition(delimiter) if delimiter else (name, "", "")
            if found:
                rows[prefix + folder + found] = f"<CommonPrefixes><Prefix>{escape(prefix + folder + found)}</Prefix></CommonPrefixes>"
            else:
                rows[name] = (
                    f"<Contents><Key>{escape(name)}</Key><LastModified>2024-01-01T00:00:00.000Z</LastModified>"
                    f"<ETag>{escape(_etag(data))}</ETag><Size>{len(data)}</Size></Contents>"
                )
        left = [name for name in sorted(rows) if name > after]
        page = left[: min(int(query.get("max-keys", _PAGE)), _PAGE)]
        more = (
            f"<IsTruncated>true</IsTruncated><NextContinuationToken>{escape(page[-1])}</NextContinuationToken>"
            if len(left) > len(page)
            else "<IsTruncated>false</IsTruncated>"
        )
        listed = "".join(rows[name] for name in page)
        text = f"<ListBucketResult><Name>{BUCKET}</Name><Prefix>{escape(prefix)}</Prefix><KeyCount>{len(page)}</KeyCount>{more}{listed}</ListBucketResult>"
        self._answer(200, text.encode())

    def _wrong(self, status: int, code: str, message: str) -> None:
        self._answer(status, f"<Error><Code>{code}</Code><Message>{message}</Message><RequestId>1</RequestId></Error>".encode())

    def _answer(self, status: int, body: bytes, headers: Mapping[str, str] = {}) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body)), "x-oss-request-id": "1"}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _etag(data: bytes) -> str:
    return f'"{hashlib.md5(data).hexdigest().upper()}"'


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # else connections that come at once are not taken

    def handle_error(self, *_: object) -> None:
        return None  # a client went away


def _serve(root: str) -> None:
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"oss": Oss(root)}))
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    _serve(sys.argv[1])
