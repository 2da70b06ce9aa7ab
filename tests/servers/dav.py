"""WsgiDAV in a process of its own on a free port, with a user and a password."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SERVE = """
import sys
from cheroot import wsgi
from wsgidav.wsgidav_app import WsgiDAVApp

app = WsgiDAVApp({
    "provider_mapping": {"/": sys.argv[1]},
    "simple_dc": {"user_mapping": {"*": {"me": {"password": "secret"}}}},
    "http_authenticator": {"accept_basic": True, "accept_digest": False, "default_to_digest": False},
    "verbose": 0,
    "logging": {"enable": False},
})
server = wsgi.Server(("127.0.0.1", 0), app, numthreads=16)
server.prepare()
print(server.bind_addr[1], flush=True)
server.serve()
"""


@contextmanager
def webdav(root: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """A server over `root`: its URL, and the options that a remote on it needs."""
    command = [sys.executable, "-c", _SERVE, str(root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            assert server.stdout is not None
            yield f"webdav://127.0.0.1:{server.stdout.readline().strip()}", {"user": "me", "password": "secret"}
        finally:
            server.terminate()
            server.wait()
