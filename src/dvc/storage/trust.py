"""TLS for clients that cannot be told whom to trust: opendal's HTTP client reads the authorities once, from where SSL_CERT_FILE says.

`believe` names a file of authorities for the whole process. `unseen` opens a door on this machine that leads to a server whose
certificate nobody looks at, as the user wants it.
"""

import os
import subprocess
import sys

from dvc.storage import relay
from dvc.storage.contract import Unavailable

_VARIABLE = "SSL_CERT_FILE"
_believed: list[str] = []
_doors: list["subprocess.Popen[bytes]"] = []


def believe(path: str) -> None:
    """Trust the authorities in the file `path` and no others. Unavailable where this process trusts those of another file already."""
    if os.path.isdir(path):
        raise Unavailable(f"'{path}' is a folder", hint="name a file with the certificates of all authorities in it")
    if _believed and _believed != [path]:
        raise Unavailable(
            f"two remotes with authorities of their own are in use at once: '{_believed[0]}' and '{path}'",
            hint="put the certificates of both into one file, and name that for both",
        )
    _believed[:] = [path]
    os.environ[_VARIABLE] = path


def unseen(host: str, port: int) -> int:
    """A port of this machine (its loopback alone) that leads to `host` over TLS, whoever answers there. Open until this process ends.

    A process of its own serves it: some of opendal's calls let no other thread of ours run while they wait.
    """
    door = subprocess.Popen([sys.executable, "-I", relay.__file__, host, str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    _doors.append(door)  # it ends when its standard input does, with this process
    assert door.stdout is not None
    said = door.stdout.readline()
    if not said.strip().isdigit():
        raise Unavailable(
            f"no unverified connection to '{host}' can be made from this machine", hint="set `ssl_verify` to a file of authorities"
        )
    return int(said)
