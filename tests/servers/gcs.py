"""fake-gcs-server, Google Cloud Storage in memory, on a free port. `make servers` builds it. It takes everybody for who they say."""

import json
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.process import free_port, serving
from tests.servers.s3 import TOOLS

BUCKET = "bucket"


@contextmanager
def gcs(root: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """A server with one empty bucket: its URL, and the options that a remote on it needs. Nothing is kept in `root`."""
    port, behind = free_port(), free_port()
    at = f"http://127.0.0.1:{port}"
    command = [str(TOOLS / "fake-gcs-server"), "-scheme", "http", "-host", "127.0.0.1", "-port", str(behind), "-backend", "memory"]
    command += ["-public-host", f"127.0.0.1:{port}", "-external-url", at, "-log-level", "error"]
    front = [sys.executable, str(Path(__file__).with_name("sessions.py")), str(port), str(behind)]
    with serving(command, behind), serving(front, port):
        make_bucket(at)
        yield f"gs://{BUCKET}", {"endpointurl": at}


def make_bucket(at: str) -> None:
    asked = urllib.request.Request(
        f"{at}/storage/v1/b?project=p", json.dumps({"name": BUCKET}).encode(), {"Content-Type": "application/json"}
    )
    urllib.request.urlopen(asked).close()
