"""HDFS: one MiniDFSCluster of Hadoop's own for all tests of a run, begun when it is first wanted; it takes some ten seconds.

`make servers` fetches its jars once into a cache folder outside of the tree. Each test gets a folder of its own there.
"""

import atexit
import functools
import getpass
import json
import os
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.servers.s3 import TOOLS, _free_port

JARS = TOOLS.parent / "hadoop-3.4.1"
OWNER = getpass.getuser()  # who starts a cluster may do everything there
_QUICK = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")  # to start
_CLUSTER = "org.apache.hadoop.test.MiniDFSClusterManager"
_SETTINGS = (
    "dfs.replication=1",
    "dfs.client.block.write.locateFollowingBlock.initial.delay.ms=5",  # else every file of WebHDFS waits for 400
    f"hadoop.proxyuser.{OWNER}.hosts=*",
    f"hadoop.proxyuser.{OWNER}.groups=*",
)


class Cluster(NamedTuple):
    """The ports of the name node."""

    rpc: int
    http: int

    def call(self, method: str, path: str, op: str, **query: str) -> bytes:
        """A request of WebHDFS made by hand, as the owner."""
        asked = "&".join(f"{name}={value}" for name, value in {"op": op, "user.name": OWNER, **query}.items())
        request = urllib.request.Request(f"http://127.0.0.1:{self.http}/webhdfs/v1{path}?{asked}", method=method)
        with urllib.request.urlopen(request) as answer:
            return bytes(answer.read())

    def folder(self, *, mode: str = "777") -> str:
        """A new folder; its path."""
        path = f"/test-{os.urandom(6).hex()}"
        self.call("PUT", path, "MKDIRS", permission=mode)
        return path

    def files(self, path: str) -> list[str]:
        """The files below a folder."""
        found = []
        for entry in json.loads(self.call("GET", path, "LISTSTATUS"))["FileStatuses"]["FileStatus"]:
            below = f"{path}/{entry['pathSuffix']}"
            found += self.files(below) if entry["type"] == "DIRECTORY" else [below]
        return sorted(found)


@functools.cache
def cluster() -> Cluster:
    base = tempfile.TemporaryDirectory(prefix="test-hdfs-")
    made = Cluster(_free_port(), _free_port())
    details = Path(base.name, "details.json")
    command = ["java", "-Xmx512m", *_QUICK, "-cp", f"{JARS}/*", _CLUSTER, "-format"]
    command += ["-datanodes", "1", "-nnport", str(made.rpc), "-httpport", str(made.http), "-writeDetails", str(details)]
    for setting in (f"hdfs.minidfs.basedir={base.name}/data", *_SETTINGS):
        command += ["-D", setting]
    with open(os.path.join(base.name, "log"), "wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, cwd=base.name)

    def stop() -> None:
        server.terminate()
        server.wait()
        base.cleanup()

    atexit.register(stop)
    while not details.exists():
        assert server.poll() is None, Path(base.name, "log").read_text()
        time.sleep(0.1)
    return made


@contextmanager
def hdfs(root: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """An empty folder of the cluster by its own protocol: its URL, and the options that a remote on it needs. `hadoop` is on the PATH."""
    made = cluster()
    with tempfile.TemporaryDirectory() as tools, pytest.MonkeyPatch.context() as patch:
        Path(tools, "core-site.xml").write_text("<configuration/>")
        script = Path(tools, "hadoop")
        script.write_text(f"#!/bin/sh\nshift\nexec java {' '.join(_QUICK)} -cp '{tools}:{JARS}/*' org.apache.hadoop.fs.FsShell \"$@\"\n")
        script.chmod(0o755)
        patch.setenv("PATH", tools, prepend=os.pathsep)
        yield f"hdfs://127.0.0.1:{made.rpc}{made.folder()}", {}


@contextmanager
def webhdfs(root: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """The same by WebHDFS."""
    made = cluster()
    yield f"webhdfs://127.0.0.1:{made.http}{made.folder()}", {"user": OWNER}
