"""A new stage with `${}` in it: what its templates will make of it is told, as DVC 3 writes it whatever it is."""

from tests.world import World


def test_an_output_that_a_template_makes_clash_is_told_when_the_stage_is_added(world: World) -> None:
    world.project()
    world.write("params.yaml", "x: out\n")
    world.write("dvc.yaml", "stages:\n  a: {cmd: e, outs: [out.txt]}\n")
    added = world.dvc(["stage", "add", "-n", "b", "-o", "${x}.txt", "echo"])
    assert added.ok
    assert "'out.txt' belongs to stage 'a' of 'dvc.yaml' and to stage 'b' of 'dvc.yaml'" in added.err
    assert world.dvc("repro").code == 255
    world.write("params.yaml", "x: other\n")
    assert world.dvc("status").ok
