"""What depends on what, and in which order it is gone through."""

import pytest

from dvc.model.stage import Out, PathDep, Stage
from dvc.pipeline.graph import CyclicPipeline, build
from dvc.pipeline.plan import Reach, order


def stage(name: str, deps: str = "", outs: str = "", *, file: str = "dvc.yaml", frozen: bool = False) -> Stage:
    return Stage(file=file, name=name, cmd="x", frozen=frozen, deps=tuple(map(PathDep, deps.split())), outs=tuple(map(Out, outs.split())))


DIAMOND = [
    stage("c", "z a", "c"),
    stage("b", "x", "b"),
    stage("a", "x", "a"),
    stage("d", "b", "d"),
    stage("z", "x", "z"),
    stage("e", "d c", "e"),
]


def test_order_is_producers_first_then_that_of_the_file() -> None:
    assert build(DIAMOND).ordered() == ["z", "a", "c", "b", "d", "e"]


def test_folders_meet_what_is_in_them_both_ways() -> None:
    graph = build([stage("whole", outs="data"), stage("part", "data/in/x", "y"), stage("deep", outs="res/one"), stage("all", "res")])
    assert graph.needs["part"] == ("whole",)
    assert graph.needs["all"] == ("deep",)
    assert build([stage("a", outs="dat"), stage("b", "data/x")]).needs["b"] == ()


def test_paths_are_those_of_the_stage_folder() -> None:
    graph = build(
        [stage("a", outs="a.txt", file="sub/dvc.yaml"), stage("b", "sub/a.txt"), stage("c", "../b.txt", "c", file="sub/dvc.yaml")]
    )
    assert graph.needs["b"] == ("sub/dvc.yaml:a",)


@pytest.mark.parametrize(
    "stages", [[stage("self", "x", "x")], [stage("a", "b", "a"), stage("b", "a", "b")], [*DIAMOND, stage("back", "e", "x")]]
)
def test_circles_are_named(stages: list[Stage]) -> None:
    with pytest.raises(CyclicPipeline) as error:
        build(stages)
    assert error.value.addresses


def test_a_frozen_stage_needs_nothing_when_it_comes_to_running() -> None:
    stages = [stage("a", "x", "a"), stage("b", "a", "b", frozen=True)]
    assert order(build(stages, for_running=True), ["b"], Reach()) == ["b"]
    assert build(stages).needs["b"] == ("a",)


@pytest.mark.parametrize(
    ("reach", "expected"),
    [
        (Reach(), ["b", "d"]),
        (Reach(single=True), ["d"]),
        (Reach(downstream=True), ["d", "e"]),
        (Reach(pipeline=True), ["z", "a", "c", "b", "d", "e"]),
    ],
)
def test_how_far_a_reproduction_goes(reach: Reach, expected: list[str]) -> None:
    assert order(build([*DIAMOND, stage("lone", outs="l")]), ["d"], reach) == expected


def test_a_thousand_stages_in_a_row() -> None:
    stages = [stage(f"s{n}", f"o{n - 1}", f"o{n}") for n in range(3000)]
    assert build(reversed(stages)).ordered()[-1] == "s2999"
