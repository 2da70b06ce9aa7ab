"""Stories of templates that cannot be resolved, beside stages that can."""

import pytest

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


@pytest.mark.parametrize("section", ["params: ['${no}']", "metrics: ['${no}']", "plots: ['${no}']", "artifacts: {'${map}': {path: p}}"])
def test_what_is_declared_beside_stages_must_resolve_for_whoever_needs_all_of_them(world: World, section: str) -> None:
    world.project()
    world.write("params.yaml", "map: {a: 1}\n")
    world.write("in", "1")
    world.write("dvc.yaml", f"stages: {{one: {{cmd: echo 1 > out, outs: [out]}}}}\n{section}\n")
    for command, code in (("status", 1), ("dag", 255), ("repro", 255), ("checkout", 255), ("add in", 1), ("commit", 1)):
        refused = world.dvc(command)
        assert (refused.code, "'dvc.yaml', line 2" in refused.err) == (code, True), command
    assert not (world.path / "out").exists()
    for command in ("stage list", "status one", "freeze one", "unfreeze one", "repro -s one"):
        assert world.dvc(command).ok, command


def test_a_template_that_makes_a_section_of_the_wrong_kind_is_told(world: World) -> None:
    world.project()
    world.write("params.yaml", "map: {a: 1}\n")
    world.write("dvc.yaml", "stages: {one: {cmd: echo 1}}\nplots: ['${map}']\nmetrics: ['${map}']\n")
    for command, key in (("plots show --json", "plots[0].a"), ("metrics show", "metrics[0]")):
        told = world.dvc(command)
        assert (told.code, f"'dvc.yaml', line {2 if key.startswith('p') else 3}: `{key}` must be" in told.err) == (0, True)


def test_what_dvc_lets_pass_in_a_stage_does_not_stand_in_the_way_of_others(world: World) -> None:
    world.project()
    world.write(
        "dvc.yaml",
        "stages:\n  odd: {foreach: [a], do: {matrix: {x: [1]}, cmd: 'echo ${item} > ${item}', outs: ['${item}']}}\n"
        "  number: {cmd: [echo 1, 2]}\n  fine: {cmd: echo > out, outs: [out]}\n",
    )
    assert world.dvc("stage list --name-only").out.split() == ["odd@a", "number", "fine"]
    assert world.dvc("repro -q odd fine").ok
    failed = world.dvc("repro number")
    assert (failed.code, "`2` exited with 127" in failed.err) == (255, True)
