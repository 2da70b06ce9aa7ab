"""HDFS by its own protocol, through opendal and without Java. What Hadoop's files in HADOOP_CONF_DIR say is respected.

HDFS shows a file while it is written, so that an upload gets its final name by a rename. What HDFS calls a file's content is
asked of the `hadoop` command: opendal has no call for it.
"""

import gc
import os
import re
import shutil
import socket
import subprocess
import tempfile
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dvc.storage import patience
from dvc.storage.contract import Capabilities, Found, StorageProblem, Unavailable
from dvc.storage.kinds.http import host_and_port, without_user
from dvc.storage.options import refuse, text
from dvc.storage.through_opendal import OpendalStorage, operator

if TYPE_CHECKING:
    import opendal

_PORT = 8020
_PATIENCE = 10  # seconds until a silent name node counts as unreachable
_JOBS = 32  # a file is finished when its blocks are reported, which is waited for
_GLOB = re.compile(r"[*?\[\]{}\\^,]")  # what `hadoop fs` would take for a pattern
_AT_ONCE = 500  # files that one call of `hadoop` is asked about

_SET_UP = ("HADOOP_CONF_DIR", "HADOOP_HOME")  # where Hadoop's own files are
_TRIES, _LONGEST = 4, 5000  # times that a lost name node is tried again; milliseconds between two

# The library takes these from the process alone, whenever it connects anew. So whoever is open stays who we are.
_USER, _TICKET = "HADOOP_USER_NAME", "KRB5CCNAME"
_open: "weakref.WeakKeyDictionary[HdfsStorage, tuple[str, str]]" = weakref.WeakKeyDictionary()


class HdfsStorage(OpendalStorage):
    """See `contract.Storage`."""

    def __init__(self, url: str, store: "opendal.Operator", place: str, who: tuple[str, str]) -> None:
        """`place`: the url as Hadoop has it; `who`: a user and the path of a ticket cache, "" for what the environment says."""
        super().__init__(url, store, Capabilities(jobs=_JOBS, named_by="checksum"), renames=True)
        self._place = place
        self._environ = {name: value for name, value in zip((_USER, _TICKET), who, strict=True) if value}

    def named(self, files: Sequence[Found]) -> Sequence[Found]:
        named: list[Found] = []
        for begin in range(0, len(files), _AT_ONCE):
            some = files[begin : begin + _AT_ONCE]
            sums = _checksums(self.url, [f"{self._place}/{_GLOB.sub(_plainly, file.path)}" for file in some], self._environ)
            named += [file._replace(etag=found) for file, found in zip(some, sums, strict=True)]
        return named

    def close(self) -> None:
        super().close()
        _open.pop(self, None)


def _plainly(found: re.Match[str]) -> str:
    return f"\\{found[0]}"


def open_hdfs(url: str, options: Mapping[str, object]) -> HdfsStorage:
    """Unavailable for options that cannot be honoured, StorageProblem where nothing answers at that address."""
    refuse(options, "hdfs", "replication")
    address, user, _ = without_user(url)
    host, port = host_and_port(address, _PORT)
    if not host:
        raise Unavailable(f"'{address}' names no name node", hint="write it as hdfs://HOST:PORT/PATH, or hdfs://NAMESERVICE/PATH")
    who = (text(options, "user") or user, os.path.expanduser(text(options, "kerb_ticket")))
    node, _, path = address.partition("://")[2].partition("/")
    root = f"/{path}".rstrip("/")
    with _bounded():
        store = operator("hdfs-native", "hdfs", address, {"name_node": f"hdfs://{node}", "root": root or "/"})
    _be(who, address)
    if ":" in node or not any(map(os.environ.get, _SET_UP)):  # else it may be the name of several
        _see_that_it_answers(address, host, port)
    made = HdfsStorage(address, store, f"hdfs://{node}{root}", who)
    _open[made] = who
    return made


def _be(who: tuple[str, str], url: str) -> None:
    """Make `who` (user, ticket cache) known to the library, and to it alone: commands that are run do not inherit it."""
    if any(other != who for other in _open.values()):
        gc.collect()  # nobody may be using it any more
    if any(other != who for other in _open.values()):
        raise Unavailable(f"'{url}': one command can be only one user of HDFS", hint="give all hdfs remotes the same user and ticket")
    for name, value in zip((_USER, _TICKET), who, strict=True):
        wanted = value or os.environ.get(name)
        # Not by os.environ: that is what commands are started with.
        if wanted:
            os.putenv(name, wanted)
        else:
            os.unsetenv(name)


@contextmanager
def _bounded() -> Iterator[None]:
    """While an operator is made: where Hadoop's own files do not say how often to try again, it is a few times, not for minutes."""
    if any(map(os.environ.get, _SET_UP)):
        yield
        return
    wanted = {"max.attempts": _TRIES, "sleep.base.millis": int(patience.PAUSE * 1000), "sleep.max.millis": _LONGEST}
    rows = [f"<property><name>dfs.client.failover.{name}</name><value>{value}</value></property>" for name, value in wanted.items()]
    with tempfile.TemporaryDirectory() as folder:
        for name, content in (("core-site.xml", ""), ("hdfs-site.xml", "".join(rows))):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(f"<configuration>{content}</configuration>")
        os.putenv(_SET_UP[0], folder)  # the library knows no other way
        try:
            yield
        finally:
            os.unsetenv(_SET_UP[0])


def _see_that_it_answers(url: str, host: str, port: int) -> None:
    """The library would try for minutes."""
    try:
        socket.create_connection((host, port), _PATIENCE).close()
    except OSError as why:
        raise StorageProblem(
            f"'{url}' cannot be reached: {why.strerror or why}", hint="see that the name node runs, and that the URL has its RPC port"
        ) from why


def _checksums(url: str, places: Sequence[str], environ: Mapping[str, str]) -> list[str]:
    """What HDFS calls the content of each, by one call of Hadoop's own command."""
    hadoop = shutil.which("hadoop")
    if hadoop is None:
        raise Unavailable(
            f"'{url}': the checksums of HDFS are asked of the command `hadoop`, which is not there",
            hint="install Hadoop's client, or read the data by webhdfs://",
        )
    done = subprocess.run([hadoop, "fs", "-checksum", *places], capture_output=True, text=True, check=False, env={**os.environ, **environ})
    sums = [line.split("\t")[-1].strip() for line in done.stdout.splitlines()]
    if done.returncode != 0 or len(sums) != len(places):
        said = [line for line in done.stderr.splitlines() if line.strip() and not line.startswith("\t")][-1:] or ["no checksum"]
        raise StorageProblem(f"'{url}': `hadoop fs -checksum` failed: {said[0]}", hint="run it by hand to see why")
    return sums
