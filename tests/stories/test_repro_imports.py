"""Imports in a pipeline: a frozen one stays as it is, one that is not follows its source."""

from tests.world import World


def test_an_unfrozen_import_is_brought_up_to_date_before_what_depends_on_it_runs(world: World) -> None:
    world.project()
    (world.ext / "src").write_text("1\n")
    assert world.dvc(["import-url", str(world.ext / "src"), "in"]).ok
    world.write("dvc.yaml", "stages:\n  s: {cmd: cat in in > out, deps: [in], outs: [out]}\n")
    assert world.dvc("repro").ok
    (world.ext / "src").write_text("2\n")
    assert world.dvc("repro").ok
    assert world.read("out") == "1\n1\n"
    assert world.dvc("unfreeze in.dvc").ok
    planned = world.dvc("repro --dry")
    assert planned.ok
    assert "Running stage 'in.dvc':" in planned.out
    assert world.read("in") == "1\n"
    done = world.dvc("repro")
    assert done.ok
    assert (world.read("in"), world.read("out")) == ("2\n", "2\n2\n")
    assert world.dvc("status --json").json == {}
    assert "didn't change" in world.dvc("repro").out
