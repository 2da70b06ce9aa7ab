"""OpenSSH's server on a free port, for the user that runs the tests, with keys of its own."""

import getpass
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.servers.process import free_port, serving

SSHD = "/usr/sbin/sshd"  # it wants to be called by its full path


class Host(NamedTuple):
    """A server on `port`; files: the private key that it lets in, and the log of what it did."""

    port: int
    key: str
    log: Path


@contextmanager
def host(*, passphrase: str = "") -> Iterator[Host]:
    """A server for the user that runs the tests. Its key is made known in HOME, which must be a test's own."""
    with tempfile.TemporaryDirectory(prefix="sshd-") as folder:
        here = Path(folder)
        for name, secret in (("host", ""), ("user", passphrase)):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", secret, "-f", str(here / name)], check=True)
        port = free_port()
        (here / "config").write_text(
            f"Port {port}\nListenAddress 127.0.0.1\nHostKey {here}/host\nAuthorizedKeysFile {here}/user.pub\nPidFile none\n"
            "StrictModes no\nUsePAM no\nPermitRootLogin yes\nPasswordAuthentication no\nSubsystem sftp internal-sftp\nMaxStartups 100\n"
            "AllowTcpForwarding yes\nLogLevel DEBUG1\n"
        )
        if os.getuid() == 0:
            os.makedirs("/run/sshd", exist_ok=True)
        with serving([SSHD, "-D", "-E", str(here / "log"), "-f", str(here / "config")], port):
            know(port, (here / "host.pub").read_text())
            yield Host(port, str(here / "user"), here / "log")


@contextmanager
def ssh(root: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """A server that shows `root`: its URL, and the options that a remote on it needs."""
    with host() as made:
        yield f"ssh://127.0.0.1:{made.port}{root}", {"user": getpass.getuser(), "keyfile": made.key}


_BY_PASSWORD = """
import asyncio, sys
import asyncssh

class Server(asyncssh.SSHServer):
    def password_auth_supported(self): return True
    def validate_password(self, username, password): return (username, password) == ("me", "secret")

async def main():
    server = await asyncssh.listen("127.0.0.1", 0, server_factory=Server, server_host_keys=[sys.argv[1]], sftp_factory=True)
    print(server.get_port(), flush=True)
    await asyncio.to_thread(sys.stdin.read)

asyncio.run(main())
"""


@contextmanager
def by_password() -> Iterator[int]:
    """The port of asyncssh's own server, which lets in "me" by the password "secret": OpenSSH's asks the system for passwords, so that
    a test would have to make a user of the machine."""
    with tempfile.TemporaryDirectory(prefix="sshd-") as folder:
        key = f"{folder}/host"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        command = [sys.executable, "-c", _BY_PASSWORD, key]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout is not None
                port = int(server.stdout.readline())
                know(port, Path(f"{key}.pub").read_text())
                yield port
            finally:
                server.terminate()


@contextmanager
def agent(key: str) -> Iterator[str]:
    """The socket of an agent that holds `key`."""
    with tempfile.TemporaryDirectory(prefix="agent-") as folder:
        at = f"{folder}/socket"
        with subprocess.Popen(["ssh-agent", "-D", "-a", at], stdout=subprocess.DEVNULL) as running:
            try:
                while not os.path.exists(at):
                    time.sleep(0.02)
                subprocess.run(["ssh-add", "-q", key], env={**os.environ, "SSH_AUTH_SOCK": at}, check=True)
                yield at
            finally:
                running.terminate()


def know(port: int, public: str) -> None:
    """Add a host's key to those that are known in HOME."""
    known = Path.home() / ".ssh/known_hosts"
    known.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with known.open("a") as file:
        file.write(f"[127.0.0.1]:{port} {' '.join(public.split()[:2])}\n")
