"""Two people share data through a folder."""

import shutil

from tests.servers.dav import webdav
from tests.servers.sshd import ssh
from tests.world import World


def shared(world: World) -> None:
    world.project()
    assert world.dvc(f"remote add -q -d store {world.ext}/store").ok


def test_what_one_pushes_the_other_pulls(world: World) -> None:
    shared(world)
    world.write("data/a", "1")
    world.write("data/sub/b", "2")
    world.track("one.txt", "one")
    assert world.dvc("add -q data").ok
    world.commit("data")
    assert world.dvc("push").out == "4 files pushed\n"
    assert world.dvc("push").out == "Everything is up to date.\n"
    shutil.rmtree(world.path / ".dvc/cache")
    shutil.rmtree(world.path / "data")
    (world.path / "one.txt").unlink()
    assert world.dvc("pull").ok
    assert (world.read("data/a"), world.read("data/sub/b"), world.read("one.txt")) == ("1", "2", "one")
    assert world.dvc("status -c --json").json == {}


def test_a_part_of_a_folder_can_be_pulled_alone(world: World) -> None:
    shared(world)
    for name in ("a", "b", "deep/c"):
        world.write(f"data/{name}", name)
    assert world.dvc("add -q data").ok
    assert world.dvc("push -q").ok
    shutil.rmtree(world.path / ".dvc/cache")
    shutil.rmtree(world.path / "data")
    assert world.dvc("pull data/deep").ok
    assert world.read("data/deep/c") == "deep/c"
    assert not world.exists("data/a")


def test_an_unknown_remote_names_those_there_are(world: World) -> None:
    shared(world)
    world.track("f", "1")
    failed = world.dvc("push -r stor")
    assert failed.code == 1
    assert "'store'" in failed.err


def test_a_url_of_a_kind_that_nobody_knows_is_refused(world: World) -> None:
    world.project()
    failed = world.dvc("remote add -d cloud ftp://host/path")
    assert failed.code == 251
    assert "unknown kind, 'ftp://'" in failed.err
    assert "webdavs" in failed.err


def test_a_webdav_remote_in_a_folder_of_another_remote(world: World) -> None:
    world.project()
    (world.ext / "team").mkdir()
    with webdav(world.ext) as (url, options):
        assert world.dvc(["remote", "add", "-q", "dav", url]).ok
        for name, value in options.items():
            assert world.dvc(["remote", "modify", "-q", "--local", "dav", name, value]).ok
        assert world.dvc("remote add -q -d store remote://dav/team/store").ok
        world.track("d/a", "a")
        world.track("big", "x" * 100_000)
        assert world.dvc("push").ok
        assert world.dvc("status -c --json").json == {}
        shutil.rmtree(world.path / ".dvc/cache")
        (world.path / "big").unlink()
        assert world.dvc("pull").ok
        assert world.read("big") == "x" * 100_000
        world.track("big", "new")
        assert world.dvc("gc -w -c -f").ok
        assert sorted(p.stat().st_size for p in (world.ext / "team/store").rglob("*") if p.is_file()) == [1]
        assert world.dvc("import-url remote://store/files copy").ok
        assert world.dvc("list-url -R remote://store/files").out.startswith("md5/")
        assert world.dvc("remote modify -q --local dav password wrong").ok
        denied = world.dvc("push")
        assert denied.code == 1
        assert "denied" in denied.err


def test_an_ssh_remote_and_data_from_its_host(world: World) -> None:
    world.project()
    with ssh(world.ext) as (url, options):
        assert world.dvc(["remote", "add", "-q", "-d", "host", f"{url}/store"]).ok
        for name, value in options.items():
            assert world.dvc(["remote", "modify", "-q", "--local", "host", name, value]).ok
        world.track("d/a", "a")
        world.track("big", "x" * 100_000)
        assert world.dvc("push").ok
        assert world.dvc("status -c --json").json == {}
        shutil.rmtree(world.path / ".dvc/cache")
        (world.path / "big").unlink()
        assert world.dvc("pull").ok
        assert world.read("big") == "x" * 100_000
        (world.ext / "store/in").mkdir()
        (world.ext / "store/in/x").write_text("1")
        assert world.dvc("import-url remote://host/in copy").ok
        assert "- md5: " in world.read("copy.dvc").partition("outs:")[0]
        (world.ext / "store/in/x").write_text("2")
        assert world.dvc("update --no-download copy.dvc").ok
        assert world.dvc("pull copy").ok
        assert world.read("copy/x") == "2"
        (world.home / ".ssh/known_hosts").unlink()
        idle = world.dvc("fetch -r host big")
        assert world.dvc("push").code == 1
        assert "not known" in world.dvc("push").err
        assert idle.ok  # nothing is lacking, so nobody is asked


def test_push_without_any_remote_says_how_to_set_one(world: World) -> None:
    world.project()
    world.track("f", "1")
    failed = world.dvc("push")
    assert failed.code == 1
    assert "dvc remote add -d" in failed.err


def test_a_changed_object_on_the_remote_is_never_checked_out(world: World) -> None:
    shared(world)
    world.track("f", "truth")
    assert world.dvc("push -q").ok
    (lie,) = [p for p in (world.ext / "store").rglob("*") if p.is_file() and p.read_text() == "truth"]
    lie.chmod(0o644)
    lie.write_text("lies!")
    lie.chmod(0o444)
    shutil.rmtree(world.path / ".dvc/cache")
    (world.path / "f").unlink()
    assert world.dvc("pull").code == 1
    assert not world.exists("f")


def test_status_of_the_cloud_names_what_is_where(world: World) -> None:
    shared(world)
    world.track("up", "1")
    assert world.dvc("push -q").ok
    world.track("here", "2")
    world.track("nowhere", "3")
    shutil.rmtree(world.path / ".dvc/cache/files/md5/ec")  # of "3"
    assert world.dvc("status -c --json").json == {"here": "new", "nowhere": "missing"}
    shutil.rmtree(world.path / ".dvc/cache")
    assert world.dvc("status -c --json").json["up"] == "deleted"
    assert world.dvc("status -c -q").code == 1
