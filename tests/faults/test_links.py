"""Bad links and busy servers, for each kind of remote, by way of a proxy that cuts, hushes, flips and refuses.

Whatever happens: no wrong byte gets into the cache or the workspace, nothing gets its final name before it is whole, a command
ends with an exit code and words of its own, and the next run on a good link completes what this one began.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from dvc.storage.contract import Storage
from dvc.storage.kinds import gdrive_api
from dvc.storage.remotes import open_storage
from tests.servers.apache import apache_dav
from tests.servers.azure import azure
from tests.servers.gcs import gcs
from tests.servers.gdrive import gdrive
from tests.servers.hdfs import hdfs, webhdfs
from tests.servers.nginx import nginx_dav, nginx_http
from tests.servers.oss import oss
from tests.servers.proxy import Answer, Cut, Fault, Flip, Hush, Proxy, port_of, proxy, through
from tests.servers.s3 import s3
from tests.servers.sshd import ssh
from tests.world import Run, World

Server = Callable[[Path], AbstractContextManager[tuple[str, dict[str, str]]]]
SERVERS: dict[str, Server] = {
    "http": nginx_http,
    "webdav-nginx": nginx_dav,
    "webdav-apache": apache_dav,
    "s3": s3,
    "azure": azure,
    "gs": gcs,
    "oss": oss,
    "gdrive": gdrive,
    "ssh": ssh,
    "hdfs": hdfs,
    "webhdfs": webhdfs,  # the proxy is before the name node alone, which leads to the data node behind it
}
WEB = [name for name in SERVERS if name not in ("ssh", "hdfs", "webhdfs")]
# What a server holds against the bytes that came; the others take what they get, unless the link is TLS.
CHECKED = ("s3", "ssh")
MARKED = "<<mark>>"
MARK = MARKED.encode()
FILES = {
    "small": MARK + b"1234567",
    "big": bytes(range(256)) * 800 + MARK + bytes(range(256)) * 800,
    "dir/a": b"a" * 50,
    "dir/b": b"b" * 5000,
}


class Team:
    """A project with a remote that is reached by way of a proxy; `direct` is the remote itself."""

    def __init__(self, world: World, bad: Proxy, direct: Storage | None, served: Path) -> None:
        self.world, self.bad, self._direct, self._served = world, bad, direct, served

    @property
    def removes(self) -> bool:
        """Whether the kind can delete, so that `gc -c` has something to do there."""
        return self._direct is not None

    def dvc(self, words: str, fault: Fault | None) -> Run:
        """`dvc`, while this goes wrong. It may fail, but in words."""
        with self.bad.doing(fault):
            done = self.world.dvc(words)
        assert done.code in (0, 1, 255), (fault, done)  # 255: what DVC has for gc
        assert done.ok or "ERROR: " in done.err
        assert "unexpected" not in done.err
        return done

    def forget(self) -> None:
        """As on a machine that has only the project."""
        shutil.rmtree(self.world.path / ".dvc/cache", ignore_errors=True)
        for name in FILES:
            (self.world.path / name).unlink(missing_ok=True)

    def is_back(self) -> bool:
        return all((self.world.path / name).is_file() and (self.world.path / name).read_bytes() == data for name, data in FILES.items())

    def holds(self) -> dict[str, bool]:
        """The objects that the remote holds, and whether they are what their names say."""
        if self._direct is not None:
            found = {file.path: self._direct.read(file.path) or b"" for file in self._direct.list("files/md5")}
        else:
            found = {str(path): path.read_bytes() for path in self._served.rglob("files/md5/??/*") if path.is_file()}
        return {path: _is_named(path, data) for path, data in found.items() if not Path(path).name.startswith(".tmp-")}

    def cache(self) -> dict[str, bool]:
        root = self.world.path / ".dvc/cache/files/md5"
        return {str(path): _is_named(str(path), path.read_bytes()) for path in root.rglob("??/*") if path.is_file()}

    def nothing_wrong_came(self) -> None:
        assert all(self.cache().values())
        for name, data in FILES.items():
            path = self.world.path / name
            assert not path.exists() or path.read_bytes() == data


def _is_named(path: str, data: bytes) -> bool:
    return hashlib.md5(data).hexdigest() == "".join(path.removesuffix(".dir").split("/")[-2:])


@pytest.fixture
def team(request: pytest.FixtureRequest, world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Team]:
    monkeypatch.setattr("dvc.storage.patience.PAUSE", 0.01)
    world.project()
    for name, data in FILES.items():
        world.write(name, data)
    assert world.dvc("add -q small big dir").ok
    kind = request.param
    served = world.ext / "served"
    served.mkdir()
    with SERVERS[kind](served) as (url, options), proxy(_port(kind, url, options)) as bad:
        bad_url, bad_options = through(bad, f"{url}/store", options)
        if kind == "ssh":
            known = world.home / ".ssh/known_hosts"
            known.write_text(known.read_text() + known.read_text().replace(str(bad.to), str(bad.port)))
        assert world.dvc(["remote", "add", "-q", "-d", "store", bad_url]).ok
        for name, value in bad_options.items():
            assert world.dvc(["remote", "modify", "-q", "--local", "store", name, value]).ok
        direct = None if kind == "http" else open_storage(f"{url}/store", options)
        if kind == "gdrive":
            monkeypatch.setattr(gdrive_api, "SERVICE", f"http://127.0.0.1:{bad.port}")
        yield Team(world, bad, direct, served)
        if direct is not None:
            direct.close()


def _port(kind: str, url: str, options: dict[str, str]) -> int:
    return port_of(gdrive_api.SERVICE if kind == "gdrive" else url, options)


all_kinds = pytest.mark.parametrize("team", SERVERS, indirect=True)
web_kinds = pytest.mark.parametrize("team", WEB, indirect=True)

# Positions hit the greeting of a server, the head of an answer, small files and large ones.
LINKS = [
    *(Cut(down=True, at=at, times=3) for at in (0, 200, 1500)),
    *(Cut(down=False, at=at, times=3) for at in (0, 300, 60_000)),
    Cut(down=False, at=60_000),
    Cut(down=True, at=60_000),
    Hush(down=True, at=100, times=3),
    Hush(down=True, at=60_000),
    Hush(down=False, at=60_000),
]


@all_kinds
def test_what_a_bad_link_leaves_behind_is_whole_or_not_there(team: Team) -> None:
    """Each fault strikes a push, then (on what a good one brought there) a pull."""
    for number, fault in enumerate(LINKS):
        team.world.write("small", MARK + f"version {number}".encode())
        now = {**FILES, "small": MARK + f"version {number}".encode()}
        assert team.world.dvc("add -q small").ok
        pushed = team.dvc("push", fault)
        assert all(team.holds().values()), (fault, pushed)
        again = team.dvc("push", None)
        assert again.ok, (fault, again)
        assert team.dvc("status -c --json", None).out.strip() == "{}"
        team.forget()
        pulled = team.dvc("pull", fault)
        assert all(team.cache().values()), fault
        again = team.dvc("pull", None)
        assert again.ok, (fault, again)
        assert {name: (team.world.path / name).read_bytes() for name in FILES} == now, (fault, pulled)


@all_kinds
def test_a_link_that_never_works_is_said(team: Team) -> None:
    for words in ("push", "status -c", "fetch"):
        if words == "fetch":
            assert team.dvc("push", None).ok
            team.forget()
        failed = team.dvc(words, Cut(down=True, at=0))
        assert failed.code == 1
        assert "store" in failed.err or "127.0.0.1" in failed.err


@web_kinds
def test_flipped_bits_that_come_are_never_taken(team: Team) -> None:
    assert team.dvc("push", None).ok
    for fault in (Flip(down=True, after=MARKED), Flip(down=True, after='"relpath"')):
        team.forget()
        pulled = team.dvc("pull", fault)
        assert fault.struck
        assert pulled.code == 1
        team.nothing_wrong_came()
        again = team.dvc("pull", None)
        assert again.ok, again
        assert team.is_back()


@web_kinds
def test_flipped_bits_that_go_are_refused_or_found_by_who_pulls(team: Team, request: pytest.FixtureRequest) -> None:
    fault = Flip(down=False, after=MARKED)
    pushed = team.dvc("push", fault)
    assert fault.struck
    kind = request.node.callspec.params["team"]
    if kind in CHECKED:
        assert not pushed.ok
        assert all(team.holds().values())
        assert team.dvc("push", None).ok
    team.forget()
    pulled = team.dvc("pull", None)
    assert pulled.ok is (kind in CHECKED)
    team.nothing_wrong_came()


@web_kinds
def test_a_busy_server_is_waited_for_and_one_that_stays_busy_is_said(team: Team) -> None:
    for status in (429, 503):
        busy = Answer(status=status, times=2, headers="Retry-After: 0\r\n")
        assert team.dvc("push", busy).ok
        assert busy.struck == 2
        team.world.write("small", f"after {status}")
        assert team.world.dvc("add -q small").ok
        always = Answer(status=status, headers="Retry-After: 0\r\n")
        failed = team.dvc("push", always)
        assert failed.code == 1
        assert always.struck < 300  # bounded: a handful for each object
        assert all(team.holds().values())
        assert team.dvc("push", None).ok


@web_kinds
def test_a_refusal_is_never_taken_for_a_missing_file(team: Team) -> None:
    assert team.dvc("push", None).ok
    before = team.holds()
    for status in (401, 403):
        for words in ("push", "fetch", "pull", "status -c", "gc -w -c -f"):
            if words in ("fetch", "pull"):
                team.forget()
            elif words == "push":
                team.world.write("small", f"news {status}")
                assert team.world.dvc("add -q small").ok
            if words.startswith("gc") and not team.removes:
                continue
            failed = team.dvc(words, Answer(status=status))
            assert not failed.ok, (status, words, failed)
            assert "denied" in failed.err, (status, words, failed)
            assert not failed.out
        assert team.holds() == before
        assert team.dvc("push", None).ok
        before = team.holds()


@pytest.mark.parametrize("team", [name for name in SERVERS if name not in ("http", "oss")], indirect=True)  # oss: as azure, slower
def test_gc_of_a_remote_removes_nothing_that_is_needed_whatever_goes_wrong(team: Team) -> None:
    assert team.dvc("push", None).ok
    used = set(team.holds())
    team.world.track("old", "nobody needs this")
    assert team.dvc("push", None).ok
    team.world.dvc("remove old.dvc")
    for fault in (Cut(down=True, at=3000), Cut(down=False, at=2500), Cut(down=True, at=0), Hush(down=True, at=400)):
        team.dvc("gc -w -c -f", fault)
        assert used <= set(team.holds()), fault
        team.forget()  # what folders hold must be asked of the remote from now on
    assert team.dvc("pull", None).ok
    assert team.dvc("gc -w -c -f", None).ok
    assert set(team.holds()) == used
    assert json.loads(team.dvc("status -c --json", None).out) == {}
