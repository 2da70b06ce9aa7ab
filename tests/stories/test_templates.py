"""Stories of templates that cannot be resolved, beside stages that can."""

from tests.world import World


def test_a_date_or_an_odd_item_harms_no_other_stage(world: World) -> None:
    world.project()
    world.write("params.yaml", "day: 2024-01-01\n")
    world.write("dvc.yaml", "vars: [{a: 1}]\nstages:\n  plain: {cmd: echo hi > out, outs: [out]}\n")
    assert world.dvc("repro -q").ok
    assert world.dvc("status --json").json == {}
    world.write("params.yaml", "day: '2024-01-01'\n")
    world.write(
        "dvc.yaml", world.read("dvc.yaml") + "  odd:\n    foreach: ['', b]\n    do: {cmd: 'echo ${item} > ${item}', outs: ['${item}']}\n"
    )
    assert world.dvc("status --json plain").json == {}
    assert world.dvc("repro -q -s odd@b").ok
    assert world.read("b") == "b\n"
    refused = world.dvc("status")
    assert (refused.code, "an item is empty" in refused.err) == (1, True)
