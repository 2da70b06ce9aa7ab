"""Azurite, Microsoft's own stand-in for Azure Blob Storage, in memory, on a free port. `make servers` installs it. It checks keys.

Node.js takes its time to start: one server serves all tests of a run, each in a container of its own.
"""

import atexit
import base64
import functools
import hashlib
import hmac
import itertools
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from email.utils import formatdate
from pathlib import Path
from urllib.parse import urlencode

from tests.servers.process import free_port, serving
from tests.servers.s3 import TOOLS

ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="  # which everybody knows
_containers = itertools.count(1)


@contextmanager
def azure(root: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """A new empty container: its URL, and the options that a remote on it needs. Nothing is kept in `root`."""
    endpoint, name = _endpoint(), f"container-{next(_containers)}"
    make_container(endpoint, name)
    yield f"azure://{name}", {"connection_string": connection(endpoint)}


def connection(endpoint: str, key: str = KEY) -> str:
    return f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={key};BlobEndpoint={endpoint};"


def signature(container: str, rights: str = "racwdl") -> str:
    """A shared access signature for a container, good for what the letters in `rights` stand for."""
    version, ends = "2021-08-06", "2999-01-01T00:00:00Z"
    lines = [rights, "", ends, f"/blob/{ACCOUNT}/{container}", "", "", "", version, "c", *[""] * 7]
    proof = base64.b64encode(hmac.digest(base64.b64decode(KEY), "\n".join(lines).encode(), hashlib.sha256)).decode()
    return urlencode({"sp": rights, "se": ends, "sv": version, "sr": "c", "sig": proof})


def make_container(endpoint: str, name: str) -> None:
    headers = {"x-ms-date": formatdate(usegmt=True), "x-ms-version": "2021-08-06"}
    said = "".join(f"{name}:{value}\n" for name, value in headers.items())
    signed = "PUT" + "\n" * 12 + f"{said}/{ACCOUNT}/{ACCOUNT}/{name}\nrestype:container"
    proof = base64.b64encode(hmac.digest(base64.b64decode(KEY), signed.encode(), hashlib.sha256)).decode()
    headers |= {"Authorization": f"SharedKey {ACCOUNT}:{proof}", "Content-Length": "0"}
    urllib.request.urlopen(urllib.request.Request(f"{endpoint}/{name}?restype=container", headers=headers, method="PUT")).close()


@functools.cache
def _endpoint() -> str:
    """Where the run's server is; it is started for the first who asks."""
    port = free_port()
    command = [str(TOOLS / "azurite-blob"), "--silent", "--inMemoryPersistence", "--skipApiVersionCheck"]
    command += ["--blobHost", "127.0.0.1", "--blobPort", str(port)]
    running = ExitStack()
    running.enter_context(serving(command, port))
    atexit.register(running.close)
    return f"http://127.0.0.1:{port}/{ACCOUNT}"
