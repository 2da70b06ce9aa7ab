"""Data out of other repositories: list, du, get."""

import shutil
from pathlib import Path

import pytest

from tests.world import World


@pytest.fixture
def source(world: World) -> Path:
    """A repository with a file at two tags, a folder, and a script."""
    here, world.path = world.path, world.base / "source"
    world.path.mkdir()
    world.project()
    world.write("run.sh", "echo\n")
    world.write("data/a", "a")
    world.write("data/deep/b", "bb")
    world.track("f.txt", "one")
    assert world.dvc("add -q data").ok
    world.commit("one")
    world.git("tag v1")
    world.track("f.txt", "two")
    world.commit("two")
    found, world.path = world.path, here
    return found


def test_get_takes_any_revision(world: World, source: Path) -> None:
    assert world.dvc(["get", str(source), "f.txt"]).ok
    assert world.dvc(["get", str(source), "f.txt", "--rev", "v1", "-o", "old.txt"]).ok
    assert (world.read("f.txt"), world.read("old.txt")) == ("two", "one")


def test_get_takes_a_folder_a_part_of_it_and_a_plain_file(world: World, source: Path) -> None:
    for words in (["data"], ["data/deep", "-o", "part"], ["run.sh"]):
        assert world.dvc(["get", str(source), *words]).ok
    assert (world.read("data/a"), world.read("part/b"), world.read("run.sh")) == ("a", "bb", "echo\n")
    assert sorted(p.name for p in world.path.iterdir()) == ["data", "part", "run.sh"]


def test_get_clones_a_url_and_uses_its_remote(world: World, source: Path) -> None:
    here, world.path = world.path, source
    assert world.dvc(f"remote add -q -d store {world.ext}/store").ok
    world.commit("remote")
    assert world.dvc("push -q -T").ok
    world.path = here
    shutil.rmtree(source / ".dvc/cache")
    assert world.dvc(
        ["get", f"file://{source}", "f.txt", "--rev", "v1", "--remote", "store", "--remote-config", f"url={world.ext}/store"]
    ).ok
    assert world.read("f.txt") == "one"


def test_get_replaces_only_when_told(world: World, source: Path) -> None:
    world.write("f.txt", "mine")
    assert world.dvc(["get", str(source), "f.txt"]).code == 1
    assert world.read("f.txt") == "mine"
    assert world.dvc(["get", str(source), "f.txt", "-f"]).ok
    assert world.read("f.txt") == "two"


def test_get_leaves_nothing_behind_when_the_data_is_nowhere(world: World, source: Path) -> None:
    shutil.rmtree(source / ".dvc/cache")
    failed = world.dvc(["get", str(source), "data"])
    assert failed.code == 255
    assert "data" in failed.err
    assert list(world.path.iterdir()) == []


@pytest.mark.parametrize("path", ["../secret", "data/../../secret", "..", "/../secret"])
def test_paths_that_lead_out_are_refused(world: World, source: Path, path: str) -> None:
    (world.base / "secret").write_text("secret")
    assert not world.dvc(["get", str(source), path, "-o", "got"]).ok
    assert world.dvc(["list", str(source), path]).code == 1
    assert not world.exists("got")


def test_a_link_of_the_source_that_leads_out_is_refused(world: World, source: Path) -> None:
    (world.base / "secret").write_text("secret")
    (source / "link").symlink_to(world.base / "secret")
    assert not world.dvc(["get", str(source), "link"]).ok
    assert not world.exists("link")


def test_list_shows_the_same_at_a_revision_and_in_a_clone(world: World, source: Path) -> None:
    wanted = ["data/a", "data/deep/b", "f.txt"]
    for words in ([], ["--rev", "v1"]):
        assert world.dvc(["list", str(source), "-R", "--dvc-only", *words]).out.split() == wanted
    assert world.dvc(["list", f"file://{source}", "-R", "--dvc-only"]).out.split() == wanted


def test_list_of_an_unknown_path_fails(world: World, source: Path) -> None:
    assert world.dvc(["list", str(source), "nothing"]).code == 1
    assert world.dvc(["list", str(source), "--rev", "nothing"]).code == 1


def test_du_sums_up(world: World, source: Path) -> None:
    assert world.dvc(["du", str(source), "data"]).out == "1  data/a\n2  data/deep\n3  data\n"
    assert world.dvc(["du", str(source), "data", "-s", "--rev", "v1"]).out == "3  data\n"


def test_a_record_that_names_a_place_outside_is_not_followed(world: World, source: Path) -> None:
    here, world.path = world.path, source
    world.write("out.dvc", "outs:\n- md5: f97c5d29941bfb1b2fdab0874906ab82\n  size: 3\n  hash: md5\n  path: ../evil\n")
    world.commit("hostile")
    world.path = here
    assert world.dvc(["get", str(source), ".", "-o", "all"]).ok
    assert not (world.base / "evil").exists()
    assert not world.exists("evil")
    assert ".." not in world.dvc(["list", str(source)]).out.split()


def test_du_leaves_out_the_files_of_dvc_itself(world: World) -> None:
    world.project()
    world.write("s/plain", "zz\n")
    world.track("s/q", "q\n")
    world.write("dvc.yaml", "stages: {}\n")
    world.write("s/.dvcignore", "x\n")
    assert world.dvc("du . s").out == "3  s/.gitignore\n3  s/plain\n2  s/q\n8  s\n"
    assert world.dvc("du .").out == "8  s\n8\n"
