"""gc keeps what the chosen scope uses."""

import shutil

from tests.world import World


def objects(world: World) -> list[str]:
    return sorted(p.read_text() for p in (world.path / ".dvc/cache/files").rglob("*") if p.is_file() and not p.name.endswith(".dir"))


def two_versions(world: World) -> None:
    world.project()
    world.track("f", "old")
    world.commit("old")
    world.git("branch past")
    world.track("f", "new")
    world.commit("new")


def test_it_wants_a_scope_and_a_yes(world: World) -> None:
    two_versions(world)
    assert world.dvc("gc").code == 255
    asked = world.dvc("gc -w")
    assert asked.code == 1
    assert "Use `-f` to force." in asked.err
    assert objects(world) == ["new", "old"]


def test_the_workspace_alone(world: World) -> None:
    two_versions(world)
    assert "1 object (3) would be deleted" in world.dvc("gc -w --dry").out
    assert objects(world) == ["new", "old"]
    assert world.dvc("gc -w -f").ok
    assert objects(world) == ["new"]
    assert "nothing to delete" in world.dvc("gc -w -f").out


def test_what_a_killed_command_left_half_made_goes_too(world: World) -> None:
    two_versions(world)
    left = [world.path / ".dvc/tmp/place/.cairn-0123456789abcdef.tmp", world.path / ".dvc/cache/files/md5/.cairn-0123456789abcde0.tmp"]
    for folder in left:
        folder.mkdir(parents=True)
        (folder / "part").write_text("x")
    assert world.dvc("gc -w -f").ok
    assert not any(folder.exists() for folder in left)


def test_other_branches_are_kept(world: World) -> None:
    two_versions(world)
    assert world.dvc("gc -a -f").ok
    world.git("checkout -q past")
    assert world.dvc("checkout").ok
    assert world.read("f") == "old"


def test_experiments_are_kept(world: World) -> None:
    two_versions(world)
    world.git("update-ref refs/exps/ab/cdef/exp-name past")
    world.git("branch -D past")
    assert world.dvc("gc --all-experiments -f").ok
    assert objects(world) == ["new", "old"]
    assert world.dvc("gc -w -f").ok
    assert objects(world) == ["new"]


def test_nothing_goes_while_a_revision_cannot_be_read(world: World) -> None:
    two_versions(world)
    world.write("broken.dvc", "outs: [\n")
    world.commit("broken")
    world.git("rm -q broken.dvc")
    world.commit("mended")
    failed = world.dvc("gc -A -f")
    assert failed.code == 255
    assert "nothing was removed" in failed.err
    assert objects(world) == ["new", "old"]
    assert world.dvc("gc -A -f --skip-failed").ok


def test_nothing_goes_while_a_directory_object_cannot_be_read(world: World) -> None:
    world.project()
    world.write("d/a", "1")
    assert world.dvc("add -q d").ok
    (tree,) = (world.path / ".dvc/cache").rglob("*.dir")
    tree.chmod(0o644)
    tree.write_text("[")
    tree.chmod(0o444)
    failed = world.dvc("gc -w -f")
    assert failed.code == 255
    assert tree.name in failed.err
    assert objects(world) == ["1"]


def test_a_remote_is_collected_when_asked(world: World) -> None:
    two_versions(world)
    assert world.dvc(f"remote add -q -d store {world.ext}/store").ok
    assert world.dvc("push -q -a").ok
    assert world.dvc("gc -w -f").ok
    assert len([p for p in (world.ext / "store").rglob("*") if p.is_file()]) == 2
    assert world.dvc("gc -w -c -f").ok
    assert len([p for p in (world.ext / "store").rglob("*") if p.is_file()]) == 1
    shutil.rmtree(world.path / ".dvc/cache")
    (world.path / "f").unlink()
    assert world.dvc("pull -q").ok
    assert world.read("f") == "new"
