"""versitygw, an S3 server over a folder, on a free port. `make tools` builds it once into a cache folder outside of the tree."""

import hashlib
import hmac
import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.tls import Certificates

# Looked up when this is imported: stories change the environment.
TOOLS = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cairn-test-tools" / "bin"
BUCKET = "bucket"
KEY, SECRET = "test-key", "test-secret"


@contextmanager
def s3(root: Path, *, versioned: bool = False, tls: Certificates | None = None) -> Iterator[tuple[str, dict[str, str]]]:
    """A server over `root` with one empty bucket: its URL, and the options that a remote on it needs.

    `versioned`: the bucket keeps what its files were before (in a folder beside `root`).
    """
    (root / BUCKET).mkdir()
    port = _free_port()
    command = [str(TOOLS / "versitygw"), "--port", f"127.0.0.1:{port}", "--access", KEY, "--secret", SECRET, "--quiet", "posix"]
    if tls:
        command[-1:-1] = ["--cert", tls.certificate, "--key", tls.key]
    if versioned:
        before = root.with_name(root.name + "-versions")
        before.mkdir()
        command += ["--versioning-dir", str(before)]
    with subprocess.Popen([*command, str(root)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _wait(server, port)
            if versioned:
                keep_versions(port)
            yield f"s3://{BUCKET}", options(port, "https" if tls else "http")
        finally:
            server.terminate()
            server.wait()


def options(port: int, scheme: str = "http") -> dict[str, str]:
    return {
        "endpointurl": f"{scheme}://127.0.0.1:{port}",
        "access_key_id": KEY,
        "secret_access_key": SECRET,
        "region": "us-east-1",
    }


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait(server: "subprocess.Popen[bytes]", port: int) -> None:
    """Until it takes connections; a server that ended is an error, not a wait."""
    while server.poll() is None:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"versitygw ended with {server.returncode}")


def keep_versions(port: int) -> None:
    """PutBucketVersioning: from now on the bucket's files have versions. No client of ours can ask for it."""
    body = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
    request(port, "PUT", f"/{BUCKET}", "versioning=", body)


def request(port: int, method: str, path: str, query: str = "", body: bytes = b"") -> bytes:
    """A signed request (AWS Signature Version 4); `path` and `query` as they go over the wire. The answer's body."""
    now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    scope = f"{now[:8]}/us-east-1/s3/aws4_request"
    digest = hashlib.sha256(body).hexdigest()
    headers = {"host": f"127.0.0.1:{port}", "x-amz-content-sha256": digest, "x-amz-date": now}
    names = ";".join(headers)
    canonical = "\n".join([method, path, query, *(f"{name}:{value}" for name, value in headers.items()), "", names, digest])
    text = "\n".join(["AWS4-HMAC-SHA256", now, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = f"AWS4{SECRET}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    headers["authorization"] = f"AWS4-HMAC-SHA256 Credential={KEY}/{scope}, SignedHeaders={names}, Signature={signature}"
    asked = urllib.request.Request(f"http://127.0.0.1:{port}{path}?{query}", body or None, headers, method=method)
    with urllib.request.urlopen(asked) as answer:
        return bytes(answer.read())
