"""OpenSSH's server on a free port, for the user that runs the tests, with keys of its own."""

import getpass
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SSHD = "/usr/sbin/sshd"  # it wants to be called by its full path


@contextmanager
def ssh(root: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """A server that shows `root`: its URL, and the options that a remote on it needs. Its key is made known in HOME, which must be a test's own."""
    with tempfile.TemporaryDirectory(prefix="sshd-") as folder:
        here = Path(folder)
        for name in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(here / name)], check=True)
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            port = int(found.getsockname()[1])
        (here / "config").write_text(
            f"Port {port}\nListenAddress 127.0.0.1\nHostKey {here}/host\nAuthorizedKeysFile {here}/user.pub\nPidFile none\n"
            "StrictModes no\nUsePAM no\nPermitRootLogin yes\nPasswordAuthentication no\nSubsystem sftp internal-sftp\nMaxStartups 100\n"
        )
        if os.getuid() == 0:
            os.makedirs("/run/sshd", exist_ok=True)
        known = Path.home() / ".ssh/known_hosts"
        known.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = " ".join((here / "host.pub").read_text().split()[:2])
        with subprocess.Popen([SSHD, "-D", "-e", "-f", str(here / "config")], stderr=subprocess.DEVNULL) as server:
            try:
                _wait(server, port)
                known.write_text(f"[127.0.0.1]:{port} {key}\n")
                yield f"ssh://127.0.0.1:{port}{root}", {"user": getpass.getuser(), "keyfile": str(here / "user")}
            finally:
                server.terminate()
                server.wait()


def _wait(server: "subprocess.Popen[bytes]", port: int) -> None:
    while server.poll() is None:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"sshd ended with {server.returncode}")
