"""A new stage with `${}` in it must fit in with what is there, as it will be once its templates are resolved."""

from tests.world import World


def test_an_output_that_a_template_makes_clash_is_refused_and_nothing_is_written(world: World) -> None:
    world.project()
    world.write("params.yaml", "x: out\n")
    world.write("dvc.yaml", "stages:\n  a: {cmd: e, outs: [out.txt]}\n")
    refused = world.dvc(["stage", "add", "-n", "b", "-o", "${x}.txt", "echo"])
    assert not refused.ok
    assert "out.txt" in refused.err
    assert world.read("dvc.yaml") == "stages:\n  a: {cmd: e, outs: [out.txt]}\n"
    assert world.dvc(["stage", "add", "-n", "b", "-o", "${x}2.txt", "echo"]).ok
    assert world.dvc("status").ok
