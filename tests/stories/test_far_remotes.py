"""Sharing data through HDFS, WebHDFS, OSS and Google Drive: the same story for each; what is special to one follows in files of its own."""

from collections.abc import Callable, Iterator

import pytest

from dvc.project.project import discover
from dvc.storage.remotes import open_storage
from tests.servers.gdrive import gdrive
from tests.servers.hdfs import hdfs, webhdfs
from tests.servers.oss import oss
from tests.world import World

SERVERS = {"hdfs": hdfs, "webhdfs": webhdfs, "oss": oss, "gdrive": gdrive}


@pytest.fixture(params=list(SERVERS))
def url(request: pytest.FixtureRequest, world: World) -> Iterator[str]:
    """A project with a default remote in a folder of each kind of server; the URL of what the server serves."""
    world.project()
    (world.ext / "served").mkdir()
    with SERVERS[request.param](world.ext / "served") as (url, options):
        assert world.dvc(["remote", "add", "-q", "-d", "far", f"{url}/team/store"]).ok
        for name, value in options.items():
            assert world.dvc(["remote", "modify", "-q", "--local", "far", name, value]).ok
        assert world.dvc(["remote", "add", "-q", "data", url]).ok
        for name, value in options.items():
            assert world.dvc(["remote", "modify", "-q", "--local", "data", name, value]).ok
        yield url


@pytest.fixture
def publish(world: World, url: str) -> Callable[[str, str], None]:
    """Puts a file onto the server, as somebody else would."""

    def put(path: str, data: str) -> None:
        storage = open_storage(url, discover(str(world.path), {}).config.remotes()["data"])
        assert storage is not None
        storage.put(path, data.encode())
        storage.close()

    return put


def test_what_is_pushed_comes_back_and_gc_removes_what_nobody_uses(world: World, url: str) -> None:
    for n in range(80):
        world.write(f"many/{n}", f"file {n}")
    assert world.dvc("add -q many").ok
    world.track("one.txt", "one")
    assert len(world.dvc("status -c --json").json) == 82
    assert world.dvc("push").out == "82 files pushed\n"
    assert world.dvc("push").out == "Everything is up to date.\n"
    assert world.dvc("status -c --json").json == {}
    world.forget("many", "one.txt")
    assert world.dvc("fetch one.txt").ok
    assert world.dvc("pull many/7").ok
    assert [p.name for p in (world.path / "many").iterdir()] == ["7"]
    assert world.dvc("pull").ok
    assert (world.read("many/79"), world.read("one.txt")) == ("file 79", "one")
    world.track("one.txt", "two")
    assert world.dvc("gc -w -c -f").ok
    assert world.dvc("push").out == "1 file pushed\n"
    world.forget("many")
    assert world.dvc("pull").ok


def test_data_is_read_imported_and_followed(world: World, url: str, publish: Callable[[str, str], None]) -> None:
    publish("in/one.txt", "one")
    publish("in/dir/a [b]", "a")
    publish("in/dir/sub/ü", "u")
    assert sorted(world.dvc("list-url -R remote://data/in").out.split("\n")) == ["", "dir/a [b]", "dir/sub/ü", "one.txt"]
    assert world.dvc("get-url remote://data/in/dir got").ok
    assert world.read("got/sub/ü") == "u"
    assert world.dvc("import-url remote://data/in/one.txt").ok
    assert world.dvc("import-url remote://data/in/dir").ok
    assert (world.read("one.txt"), world.read("dir/a [b]")) == ("one", "a")
    publish("in/one.txt", "another")
    publish("in/dir/sub/ü", "v")
    assert world.dvc("update one.txt.dvc dir.dvc").ok
    assert (world.read("one.txt"), world.read("dir/sub/ü")) == ("another", "v")
    missing = world.dvc("import-url remote://data/in/nowhere")
    assert (missing.code, "does not exist" in missing.err) == (1, True)


def test_a_large_file_goes_and_comes_back_whole(world: World, url: str) -> None:
    data = bytes(range(256)) * (40 * 4096)  # 40 MiB: more than is sent in one piece
    world.track("large.bin", data)
    assert world.dvc("push").ok
    world.forget("large.bin")
    assert world.dvc("pull").ok
    assert (world.path / "large.bin").read_bytes() == data
