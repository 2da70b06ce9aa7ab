"""versitygw, an S3 server over a folder, on a free port. `make tools` builds it once into a cache folder outside of the tree."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Looked up when this is imported: stories change the environment.
TOOLS = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cairn-test-tools" / "bin"
BUCKET = "bucket"
KEY, SECRET = "test-key", "test-secret"


@contextmanager
def s3(root: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """A server over `root` with one empty bucket: its URL, and the options that a remote on it needs."""
    (root / BUCKET).mkdir()
    port = _free_port()
    command = [str(TOOLS / "versitygw"), "--port", f"127.0.0.1:{port}", "--access", KEY, "--secret", SECRET, "--quiet", "posix", str(root)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _wait(server, port)
            yield f"s3://{BUCKET}", options(port)
        finally:
            server.terminate()
            server.wait()


def options(port: int) -> dict[str, str]:
    return {
        "endpointurl": f"http://127.0.0.1:{port}",
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
