"""Renaming and forgetting tracked data."""

import pytest

from tests.world import World


def test_a_file_moves_with_its_record(world: World) -> None:
    world.project()
    world.track("a", "1")
    world.write("sub/keep", "")
    assert world.dvc("move a sub").ok
    assert world.read("sub/a") == "1"
    assert world.exists("sub/a.dvc")
    assert not world.exists("a.dvc")
    assert world.read("sub/.gitignore") == "/a\n"
    assert not world.exists(".gitignore")
    assert world.dvc("status --json").json == {}


def test_a_comment_in_the_record_survives_a_move(world: World) -> None:
    world.project()
    world.track("a", "1")
    world.write("a.dvc", "# from the lab\n" + world.read("a.dvc"))
    assert world.dvc("move a b").ok
    assert world.read("b.dvc").startswith("# from the lab\n")


@pytest.mark.parametrize("stopped", ["before the data moved", "after the data moved", "before the ignore entry went"])
def test_a_move_that_was_stopped_is_finished_by_the_same_command(world: World, stopped: str) -> None:
    world.project()
    world.track("a", "1")
    before, ignored = world.read("a.dvc"), world.read(".gitignore")
    assert world.dvc("move a b").ok
    if stopped == "before the data moved":
        (world.path / "b").rename(world.path / "a")
    if stopped != "before the ignore entry went":
        world.write("a.dvc", before)
    world.write(".gitignore", ignored + "/b\n")
    again = world.dvc("move a b")
    assert again.ok, again.err
    assert (world.read("b"), world.exists("a"), world.exists("a.dvc"), world.read(".gitignore")) == ("1", False, False, "/b\n")
    assert world.dvc("status --json").json == {}


@pytest.mark.parametrize("target", ["b", "d", "d/f", "no/such/folder", "../outside", ".dvc/x"])
def test_a_refused_move_changes_nothing(world: World, target: str) -> None:
    world.project()
    world.track("a", "1")
    world.track("b", "2")
    world.write("d/f", "3")
    assert world.dvc("add -q d").ok
    world.commit("data")
    assert world.dvc(["move", "a", target]).code == 1
    assert world.git("status --porcelain") == ""
    assert world.read("a") == "1"


def test_remove_forgets_and_leaves_the_data(world: World) -> None:
    world.project()
    world.track("a", "1")
    assert world.dvc("remove a.dvc").ok
    assert world.read("a") == "1"
    assert not world.exists("a.dvc")
    assert not world.exists(".gitignore")


def test_remove_with_outs_deletes_data_that_is_saved(world: World) -> None:
    world.project()
    world.write("d/x", "1")
    assert world.dvc("add -q d").ok
    assert world.dvc("remove d.dvc --outs").ok
    assert not world.exists("d")


def test_remove_with_outs_keeps_data_that_is_not_saved(world: World) -> None:
    world.project()
    world.write("d/x", "1")
    assert world.dvc("add -q d").ok
    world.write("d/new", "not saved")
    failed = world.dvc("remove d.dvc --outs")
    assert failed.code == 1
    assert world.read("d/new") == "not saved"
    assert world.exists("d.dvc")


def test_other_sections_of_a_dvc_yaml_outlive_its_last_stage(world: World) -> None:
    world.project()
    world.write("dvc.yaml", "metrics:\n- m.json\nstages:\n  e:\n    cmd: echo\n")
    assert world.dvc("remove e").ok
    assert "m.json" in world.read("dvc.yaml")
    assert "echo" not in world.read("dvc.yaml")
