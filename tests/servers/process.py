"""Programs that serve a port of this machine while a test runs, stopped by their pid."""

import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def serving(command: Sequence[str], port: int) -> Iterator[None]:
    """`command` running, once it takes connections on `port`; what it says is shown when it ends before that."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as server:
        try:
            while not _answers(port):
                if server.poll() is not None:
                    assert server.stderr is not None
                    raise AssertionError(f"{command[0]} ended with {server.returncode}: {server.stderr.read().decode(errors='replace')}")
                time.sleep(0.05)
            yield
        finally:
            server.terminate()
            server.wait()


def _answers(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0
