"""Stories of `dvc status` and `dvc commit`."""

from pathlib import Path

import pytest

from dvc import engine
from tests.world import World


def test_status_tells_what_changed(world: World) -> None:
    world.project()
    assert "no data or pipelines" in world.dvc("status").out
    world.track("a", "1")
    world.track("b", "2")
    world.write("d/x", "x")
    assert world.dvc("add d").ok
    assert world.dvc("status").out == "Data and pipelines are up to date.\n"
    assert world.dvc("status -q").code == 0
    world.write("a", "changed")
    (world.path / "b").unlink()
    world.write("d/y", "y")
    assert world.dvc("status --json").json == {
        "a.dvc": [{"changed outs": {"a": "modified"}}],
        "b.dvc": [{"changed outs": {"b": "deleted"}}],
        "d.dvc": [{"changed outs": {"d": "modified"}}],
    }
    assert world.dvc("status --json a d.dvc").json.keys() == {"a.dvc", "d.dvc"}
    assert world.dvc("status -q").code == 1
    text = world.dvc("status b").out
    assert "b.dvc:" in text
    assert "deleted" in text
    assert world.dvc("status --json", cwd="d").json["../a.dvc"] == [{"changed outs": {"../a": "modified"}}]
    assert world.dvc("status nothing").code == 1
    assert world.dvc("status -a").code == 254


def test_a_second_status_reads_no_data(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.project()
    for n in range(5):
        world.write(f"d/{n}", str(n))
    assert world.dvc("add d").ok
    for file in (world.path / "d").iterdir():
        _age(file)
    assert world.dvc("status --json").json == {}
    monkeypatch.setattr(engine, "hash", _never)
    assert world.dvc("status --json").json == {}


def test_a_status_writes_nothing_but_the_index(world: World) -> None:
    world.project()
    world.track("a", "1")
    world.write("a", "2")
    before = world.git("status --porcelain --ignored -uall")
    world.dvc("status")
    assert world.git("status --porcelain --ignored -uall") == before


def test_commit_asks_for_force_when_data_changed(world: World) -> None:
    world.project()
    world.track("a", "1")
    world.write("d/x", "x")
    assert world.dvc("add d").ok
    before = world.read("a.dvc")
    world.write("a", "changed")
    refused = world.dvc("commit")
    assert refused.code == 1
    assert "a.dvc" in refused.err
    assert world.read("a.dvc") == before
    assert world.dvc("commit -f a.dvc").ok
    assert world.read("a.dvc") != before
    (world.path / "a").unlink()
    assert world.dvc("commit -f a").code == 1
    assert world.dvc("checkout").ok
    assert world.read("a") == "changed"


def test_commit_of_a_part_of_a_folder(world: World) -> None:
    world.project()
    world.write("d/x", "x")
    world.write("d/y", "y")
    assert world.dvc("add d").ok
    world.write("d/x", "new x")
    world.write("d/y", "new y")
    assert world.dvc("commit -f d/x").ok
    assert world.dvc("checkout -f").ok
    assert (world.read("d/x"), world.read("d/y")) == ("new x", "y")


def test_commit_of_a_part_of_a_folder_knows_its_size_from_what_the_cache_has(world: World) -> None:
    world.project()
    for name in ("x", "y", "s/z"):
        world.write(f"d/{name}", "four")
    assert world.dvc("add d").ok
    world.write("d/x", "longer")
    assert world.dvc("commit -f d/x").ok
    assert ".dir\n  size: 14\n  nfiles: 3\n" in world.read("d.dvc")
    (world.path / "d/y").unlink()
    assert world.dvc("commit -f d/y").ok
    assert ".dir\n  size: 10\n  nfiles: 2\n" in world.read("d.dvc")
    world.write("d.dvc", world.read("d.dvc").replace("size: 10", "size: 1"))  # by hand: nothing can be derived from it
    world.write("d/s/z", "other")
    assert world.dvc("commit -f d/s").ok
    assert ".dir\n  nfiles: 2\n" in world.read("d.dvc")


def test_commit_of_stages_records_what_is_there(world: World) -> None:
    world.project()
    world.write("raw", "raw")
    assert world.dvc("stage add -q -n copy -d raw -o out 'cp raw out'").ok
    world.write("out", "made by hand")
    assert world.dvc("commit").code == 1
    assert world.dvc("commit -f").ok
    assert world.dvc("status --json").json == {}
    (world.path / "out").unlink()
    assert world.dvc("checkout").ok
    assert world.read("out") == "made by hand"


def _age(file: Path) -> None:
    """As if written a minute ago: the index trusts nothing as young as itself."""
    import os

    os.utime(file, ns=(1_600_000_000_000_000_000, 1_600_000_000_000_000_000))


def _never(*args: object, **options: object) -> None:
    raise AssertionError("nothing is to be read")
