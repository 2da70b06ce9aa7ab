"""The contract of places with objects: every kind of remote answers alike, whatever serves it."""

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dvc import engine
from dvc.engine.contract import Digests
from dvc.model.hashes import MD5, MD5_DOS2UNIX
from dvc.storage.contract import AccessDenied
from dvc.storage.remotes import FarRemote, LocalRemote, Remote, open_remote
from dvc.transfer.moving import move, remove
from dvc.transfer.shelf import Shelf, lacking, objects, read, shelf
from tests.servers.apache import apache_dav, apache_http
from tests.servers.azure import azure
from tests.servers.dav import webdav
from tests.servers.gcs import gcs
from tests.servers.gdrive import gdrive
from tests.servers.hdfs import hdfs, webhdfs
from tests.servers.nginx import nginx_dav, nginx_http
from tests.servers.oss import oss
from tests.servers.s3 import s3
from tests.servers.sshd import ssh
from tests.servers.web import Web, http, web

MANY = 300
SERVERS = {
    "http": http,
    "http-nginx": nginx_http,
    "http-apache": apache_http,
    "webdav": webdav,
    "webdav-nginx": nginx_dav,
    "webdav-apache": apache_dav,
    "s3": s3,
    "azure": azure,
    "gs": gcs,
    "ssh": ssh,
    "hdfs": hdfs,
    "webhdfs": webhdfs,
    "oss": oss,
    "gdrive": gdrive,
}


@pytest.fixture(params=["local", *SERVERS])
def remote(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Remote]:
    """An empty remote of each kind."""
    if request.param == "local":
        yield open_remote("r", {"url": str(tmp_path / "remote")})
        return
    (tmp_path / "remote").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    with SERVERS[request.param](tmp_path / "remote") as (url, options):
        made = open_remote("r", {"url": f"{url}/deep/er", **options})
        yield made
        assert isinstance(made, FarRemote)
        made.storage.close()


@pytest.fixture
def cache(tmp_path: Path) -> Shelf:
    return Shelf(str(tmp_path / "cache"), MD5)


def fill(on: Shelf, *texts: str) -> Digests:
    return engine.digests([engine.put(on.folder, text.encode()) for text in texts])


def test_what_was_sent_is_there_and_comes_back(remote: Remote, cache: Shelf, tmp_path: Path) -> None:
    names = fill(cache, *(f"text {n}" for n in range(MANY)), "")
    there = shelf(remote, MD5)
    assert len(lacking(there, names, None)) == MANY + 1
    sent = move(cache, there, names, verify=False)
    assert (sent.count, sent.problems) == (MANY + 1, [])
    assert not len(lacking(there, names, None))
    back = Shelf(str(tmp_path / "back"), MD5)
    came = move(there, back, names, verify=True)
    assert (came.count, came.size, came.problems) == (MANY + 1, sent.size, [])
    assert engine.objects(back.folder) == names
    for name in list(names)[:3]:
        path = os.path.join(back.folder, name[:2], name[2:])
        assert os.stat(path).st_mode & 0o777 == 0o444
        assert engine.read(back.folder, name) == read(there, name)


def test_only_what_is_lacking_is_named(remote: Remote, cache: Shelf) -> None:
    names = fill(cache, "a", "b")
    there = shelf(remote, MD5)
    move(cache, there, engine.digests([next(iter(names))]), verify=False)
    assert list(lacking(there, names, None)) == [list(names)[1]]
    assert read(there, list(names)[1]) is None


def test_both_layouts_live_side_by_side(remote: Remote, tmp_path: Path) -> None:
    old = Shelf(str(tmp_path / "old"), MD5_DOS2UNIX)
    text = b"a\r\nb\r\n"
    name = hashlib.md5(text.replace(b"\r\n", b"\n")).hexdigest()
    os.makedirs(os.path.join(old.folder, name[:2]))
    Path(old.folder, name[:2], name[2:]).write_bytes(text)
    names = engine.digests([name])
    there = shelf(remote, MD5_DOS2UNIX)
    assert move(old, there, names, verify=False).count == 1
    assert len(lacking(shelf(remote, MD5), names, None)) == 1
    back = Shelf(str(tmp_path / "back"), MD5_DOS2UNIX)
    assert move(there, back, names, verify=True).count == 1
    assert Path(back.folder, name[:2], name[2:]).read_bytes() == text


def test_wrong_bytes_are_not_taken(remote: Remote, cache: Shelf, tmp_path: Path) -> None:
    (name,) = fill(cache, "right")
    path = Path(cache.folder, name[:2], name[2:])
    path.chmod(0o644)
    path.write_bytes(b"wrong")
    there = shelf(remote, MD5)
    move(cache, there, engine.digests([name]), verify=False)
    back = Shelf(str(tmp_path / "back"), MD5)
    came = move(there, back, engine.digests([name]), verify=True)
    assert (came.count, [problem.code for problem in came.problems]) == (0, ["corrupt"])
    assert not [p for p in Path(back.folder).rglob("*") if p.is_file()]


def test_what_is_not_there_is_a_problem_of_its_own(remote: Remote, cache: Shelf, tmp_path: Path) -> None:
    names = fill(cache, "here", "gone")
    there = shelf(remote, MD5)
    sent = next(iter(names))
    move(cache, there, engine.digests([sent]), verify=False)
    back = Shelf(str(tmp_path / "back"), MD5)
    came = move(there, back, names, verify=True)
    assert came.count == 1
    assert [problem.code for problem in came.problems] == ["missing"]
    assert list(engine.objects(back.folder)) == [sent]


@pytest.mark.parametrize("remote", [name for name in ("local", *SERVERS) if not name.startswith("http")], indirect=True)
def test_objects_are_listed_and_removed_where_the_kind_can(remote: Remote, cache: Shelf) -> None:
    there = shelf(remote, MD5)
    names = fill(cache, *(f"text {n}" for n in range(MANY)))
    move(cache, there, names, verify=False)
    assert objects(there) == names
    gone = engine.digests(list(names)[:10])
    assert not remove(there, gone).problems
    assert not remove(there, gone).problems
    assert objects(there) == names - gone
    assert lacking(there, names, None) == gone


# --- HTTP: what goes wrong on the way


OPENED: list[FarRemote] = []


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while OPENED:
        OPENED.pop().storage.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Web]:
    with web(tmp_path / "web") as made:
        yield made


def far(server: Web, **options: str) -> Shelf:
    made = open_remote("r", {"url": server.url, **options})
    assert isinstance(made, FarRemote)
    OPENED.append(made)
    return shelf(made, MD5)


def test_a_busy_server_is_asked_again(server: Web, cache: Shelf) -> None:
    names = fill(cache, "text")
    server.faults = [503, 429]
    assert move(cache, far(server), names, verify=False).count == 1
    server.faults = [500]
    assert not len(lacking(far(server), names, None))


def test_a_file_that_ends_early_never_becomes_an_object(server: Web, cache: Shelf, tmp_path: Path) -> None:
    names = fill(cache, "a text of some length")
    move(cache, far(server), names, verify=False)
    server.faults = ["cut"]
    back = Shelf(str(tmp_path / "back"), MD5)
    came = move(far(server), back, names, verify=True)
    assert (came.count, len(came.problems)) == (0, 1)
    assert not [p for p in Path(back.folder).rglob("*") if p.is_file()]
    assert move(far(server), back, names, verify=True).count == 1


@pytest.mark.parametrize("ask", [lambda on, names: lacking(on, names, None), lambda on, names: read(on, next(iter(names)))])
def test_a_refusal_is_never_taken_for_a_missing_object(tmp_path: Path, cache: Shelf, ask: Callable[..., object]) -> None:
    names = fill(cache, "text")
    with web(tmp_path / "web", password="right") as server:
        assert move(cache, far(server, auth="basic", user="me", password="right"), names, verify=False).count == 1
        wrong = far(server, auth="basic", user="me", password="wrong")
        with pytest.raises(AccessDenied, match="denied"):
            ask(wrong, names)
        with pytest.raises(AccessDenied):
            move(cache, wrong, names, verify=False)


def test_four_objects_cost_four_requests(server: Web, cache: Shelf, tmp_path: Path) -> None:
    names = fill(cache, *"abcd")
    move(cache, far(server), names, verify=False)
    server.asked.clear()
    move(far(server), Shelf(str(tmp_path / "back"), MD5), names, verify=True)
    assert [method for method, _ in server.asked] == ["GET"] * 4


def test_a_remote_folder_stays_a_folder(tmp_path: Path) -> None:
    assert isinstance(open_remote("r", {"url": f"file://{tmp_path}/x"}), LocalRemote)
