"""Stories of `dvc checkout`, `unprotect` and `freeze`."""

import os
import shutil

import pytest

from tests.world import World


@pytest.fixture
def versions(world: World) -> World:
    """A file and a folder in two committed versions, tagged v1 and v2; v2 is checked out."""
    world.project()
    for tag in ("v1", "v2"):
        world.write("f", f"file {tag}")
        world.write("d/same", "same")
        world.write("d/changes", f"folder {tag}")
        world.write(f"d/only-{tag}", tag)
        if tag == "v2":
            (world.path / "d/only-v1").unlink()
        assert world.dvc("add f d").ok
        world.commit(tag)
        world.git(["tag", tag])
    return world


def test_another_version_comes_back_whole(versions: World) -> None:
    same = (versions.path / "d/same").stat().st_ino
    versions.git("checkout -q v1")
    done = versions.dvc("checkout")
    assert done.ok
    assert done.out.splitlines() == ["M       d/", "M       f"]
    assert versions.read("f") == "file v1"
    assert sorted(os.listdir(versions.path / "d")) == ["changes", "only-v1", "same"]
    assert (versions.path / "d/same").stat().st_ino == same  # what did not change was not touched
    assert versions.dvc("status --json").json == {}
    assert versions.dvc("checkout").out == ""


@pytest.mark.parametrize(("path", "content"), [("f", "edited"), ("d/changes", "edited"), ("d/new", "mine"), ("d/same", "edited")])
def test_unsaved_work_is_refused_and_nothing_changes(versions: World, path: str, content: str) -> None:
    versions.git("checkout -q v1")
    versions.write(path, content)
    before = {name: versions.read(name) for name in ("f", "d/changes", "d/same", "d/only-v2")}
    refused = versions.dvc("checkout")
    assert refused.code == 255
    assert f"'{path}'" in refused.err
    assert "Use `-f` to force." in refused.err
    assert {name: versions.read(name) for name in before} == before
    assert versions.dvc("checkout --force").ok
    assert versions.dvc("status --json").json == {}


def test_targets_reach_into_folders(versions: World) -> None:
    shutil.rmtree(versions.path / "d")
    assert versions.dvc("checkout d/changes").ok
    assert os.listdir(versions.path / "d") == ["changes"]
    assert versions.dvc("checkout d/nothing").code == 255
    assert versions.dvc("checkout d.dvc").ok
    assert versions.dvc("status --json").json == {}


def test_an_output_that_lacks_an_object_is_left_and_the_rest_comes(versions: World) -> None:
    (versions.path / "f").unlink()
    shutil.rmtree(versions.path / "d")
    digest = "51037a4a37730f52c8732586d3aaa316"  # of "same"
    (versions.path / ".dvc/cache/files/md5" / digest[:2] / digest[2:]).unlink()
    failed = versions.dvc("checkout")
    assert failed.code == 255
    assert "'d'" in failed.err
    assert versions.read("f") == "file v2"
    assert not versions.exists("d")
    assert versions.dvc("checkout --allow-missing").ok


@pytest.mark.parametrize("mode", [0o644, 0o444])
def test_a_corrupt_object_is_never_placed(versions: World, mode: int) -> None:
    """Objects that are not 0444 are hashed; of those that are, a wrong size gives them away."""
    shutil.rmtree(versions.path / "d")
    digest = "51037a4a37730f52c8732586d3aaa316"
    thing = versions.path / ".dvc/cache/files/md5" / digest[:2] / digest[2:]
    thing.chmod(0o644)
    thing.write_text("rotten bits")
    thing.chmod(mode)
    assert versions.dvc("checkout").code == 255
    assert not versions.exists("d/same")
    assert versions.dvc("status --json").json == {"d.dvc": [{"changed outs": {"d": "not in cache"}}]}


def test_files_become_folders_and_back(world: World) -> None:
    world.project()
    world.track("x", "file")
    world.commit("file")
    (world.path / "x").unlink()
    world.write("x/y/z", "deep")
    assert world.dvc("add x").ok
    world.commit("folder")
    world.git("checkout -q HEAD~1")
    assert world.dvc("checkout").ok
    assert world.read("x") == "file"
    world.git("checkout -q main")
    assert world.dvc("checkout").ok
    assert world.read("x/y/z") == "deep"


def test_data_that_is_tracked_no_more_goes_only_when_it_is_saved(world: World) -> None:
    world.project()
    world.track("kept", "1")
    world.track("gone", "2")
    world.track("removed", "3")
    assert world.dvc("checkout").ok
    for name in ("kept", "gone"):
        (world.path / f"{name}.dvc").unlink()
    world.write("kept", "edited since")
    assert world.dvc("remove removed.dvc").ok
    done = world.dvc("checkout")
    assert done.ok
    assert done.out == "D       gone\n"
    assert world.read("kept") == "edited since"


def test_summary_counts(versions: World) -> None:
    versions.git("checkout -q v1")
    (versions.path / "f").unlink()
    assert versions.dvc("checkout --summary").out == "1 file modified and 1 file added\n"
    assert versions.dvc("checkout --summary").out == "No changes.\n"


def test_the_link_type_changes_with_relink_alone(versions: World) -> None:
    versions.dvc("config cache.type symlink")
    assert versions.dvc("checkout").ok
    assert not os.path.islink(versions.path / "f")
    assert versions.dvc("checkout --relink").ok
    assert all(os.path.islink(versions.path / name) for name in ("f", "d/same", "d/changes"))
    assert versions.dvc("status --json").json == {}
    assert versions.dvc("unprotect f d/same").ok
    assert not any(os.path.islink(versions.path / name) for name in ("f", "d/same"))
    versions.write("d/same", "editable")
    assert versions.dvc("unprotect nothing").code == 255


def test_an_ignored_file_in_the_way_is_not_overwritten(versions: World) -> None:
    (versions.path / "d/changes").write_text("mine")
    versions.write(".dvcignore", "changes\n")
    assert versions.dvc("checkout d").code == 255
    assert versions.read("d/changes") == "mine"
    assert versions.dvc("checkout -f d").ok
    assert versions.read("d/changes") == "folder v2"


def test_the_executable_bit_of_a_file_comes_back(world: World) -> None:
    world.project()
    world.write("run.sh", "#!/bin/sh\n").chmod(0o755)
    assert world.dvc("add run.sh").ok
    (world.path / "run.sh").unlink()
    assert world.dvc("checkout").ok
    assert (world.path / "run.sh").stat().st_mode & 0o100
    (world.path / "run.sh").chmod(0o644)
    assert world.dvc("checkout").ok
    assert (world.path / "run.sh").stat().st_mode & 0o100


def test_freeze_marks_and_unfreeze_clears(world: World) -> None:
    world.project()
    world.track("a", "1")
    before = world.read("a.dvc")
    assert world.dvc("freeze a.dvc").ok
    assert world.read("a.dvc") == before + "frozen: true\n"
    assert world.dvc("unfreeze a.dvc").ok
    assert world.read("a.dvc") == before
    assert world.dvc("freeze a nothing.dvc").code == 1
    refused = world.dvc("freeze a")
    assert refused.code == 1
    assert "name 'a.dvc'" in refused.err
    assert world.read("a.dvc") == before
