"""Stories of stages that read and make data behind URLs."""

from tests.world import World


def far(world: World, section: str) -> None:
    world.project()
    (world.ext / "data").mkdir()
    (world.ext / "data" / "one").write_text("1")
    (world.ext / "single").write_text("single")
    assert world.dvc(f"remote add far {world.ext}").ok
    world.write("dvc.yaml", f"stages:\n  s: {section}\n")


def changed(world: World) -> object:
    return world.dvc("status --json").json


def test_a_stage_runs_again_when_what_it_reads_from_a_remote_changed(world: World) -> None:
    far(world, "{cmd: 'date > out', deps: ['remote://far/data', 'remote://far/single'], outs: [out]}")
    assert world.dvc("repro -q").ok
    lock = world.read("dvc.lock")
    assert "- path: remote://far/data\n      hash: md5\n      md5: " in lock
    assert "- path: remote://far/single\n      hash: md5\n      md5: dd5c07036f2975ff4bce568b6511d3bc\n      size: 6\n" in lock
    assert changed(world) == {}
    (world.ext / "data" / "two").write_text("2")
    (world.ext / "single").unlink()
    assert changed(world) == {"s": [{"changed deps": {"remote://far/data": "modified", "remote://far/single": "deleted"}}]}
    refused = world.dvc("repro")
    assert (refused.code, "'remote://far/single' does not exist" in refused.err) == (255, True)
    (world.ext / "single").write_text("other")
    assert "Running stage 's'" in world.dvc("repro").out
    assert changed(world) == {}
    (world.ext / "single").write_text("third")
    assert world.dvc("commit -f").ok
    assert changed(world) == {}


def test_what_a_stage_makes_behind_a_url_is_recorded_and_looked_at(world: World) -> None:
    far(world, f"{{cmd: 'echo 1 > {world.ext}/made', outs: [{{'remote://far/made': {{cache: false}}}}]}}")
    assert world.dvc("repro -q").ok
    assert "path: remote://far/made\n      hash: md5\n      md5: b026324c6904b2a9cb4b88d6d61c81d1\n" in world.read("dvc.lock")
    assert changed(world) == {}
    (world.ext / "made").write_text("changed")
    assert changed(world) == {"s": [{"changed outs": {"remote://far/made": "modified"}}]}
    assert world.dvc("repro -q").ok
    assert (world.ext / "made").read_text() == "1\n"


def test_an_unknown_remote_is_told_before_anything_runs(world: World) -> None:
    world.project()
    world.write("dvc.yaml", "stages:\n  s: {cmd: echo > out, deps: ['remote://nosuch/x'], outs: [out]}\n")
    for command, code in (("repro", 251), ("status", 1), ("dag", 251), ("commit -f", 1), ("stage add -n t -d remote://nosuch/y echo", 251)):
        refused = world.dvc(command)
        assert (refused.code, "'dvc.yaml': remote 'nosuch' is not configured" in refused.err) == (code, True), command
    assert not (world.path / "out").exists()
    world.write("dvc.yaml", "")
    assert world.dvc("stage add -n t -d remote://nosuch/y echo").code == 251
    assert world.read("dvc.yaml") == ""
