"""Why a stage counts as changed."""

import pytest

from dvc.model.hashes import Oid
from dvc.model.params import same_value, select
from dvc.model.stage import Content, Out, ParamsDep, PathDep, Stage
from dvc.pipeline.plan import decide
from dvc.pipeline.reasons import ParamChange
from dvc.pipeline.status import MissingParams, params_state, stage_changes
from dvc.values import replace
from dvc.workspace.survey import Seen


def content(digit: str) -> Content:
    return Content(Oid("md5", digit * 32), 1)


def seen(digit: str | None) -> Seen:
    return Seen("missing", "/") if digit is None else Seen("file", "/", content(digit))


STAGE = Stage(
    file="dvc.yaml", name="s", cmd="run", recorded_cmd="run", deps=(PathDep("in", content("1")),), outs=(Out("out", content("2")),)
)
CLEAN = {"in": seen("1"), "out": seen("2")}


def no_params(_path: str) -> object:
    raise MissingParams


def test_nothing_changed() -> None:
    changes = stage_changes(STAGE, CLEAN, (), no_params)
    assert not changes
    assert changes.listed() == []
    assert decide(STAGE, changes).action == "skip"
    assert decide(STAGE, changes, force="it is forced").reasons == ("it is forced",)


def test_every_kind_of_change() -> None:
    stage = replace(STAGE, cmd="other", always_changed=True)
    changes = stage_changes(stage, {"in": seen("3"), "out": seen(None)}, (), no_params)
    assert changes.listed() == [
        {"changed deps": {"in": "modified"}},
        {"changed outs": {"out": "deleted"}},
        "always changed",
        "changed command",
    ]
    assert decide(stage, changes).action == "run"


def test_an_object_that_is_gone_hides_an_edit() -> None:
    assert stage_changes(STAGE, {**CLEAN, "out": seen("9")}, {Oid("md5", "2" * 32)}, no_params).outs == {"out": "not in cache"}


def test_a_list_of_commands_is_another_command_than_its_text() -> None:
    assert stage_changes(replace(STAGE, cmd=("run",)), CLEAN, (), no_params).command


def test_a_stage_that_never_ran() -> None:
    stage = replace(STAGE, recorded=False, recorded_cmd=None, deps=(), outs=(Out("out"),), params=(ParamsDep("params.yaml", ("a",)),))
    changes = stage_changes(stage, CLEAN, (), lambda _: {"a": 1})
    assert changes.listed() == [{"changed deps": {"params.yaml": "new"}}, {"changed outs": {"out": "modified"}}]
    bare = Stage(file="dvc.yaml", name="bare", cmd="x", recorded=False)
    assert stage_changes(bare, {}, (), no_params).listed() == ["always changed"]


def test_a_frozen_stage_does_not_look_at_what_it_needs() -> None:
    assert not stage_changes(replace(STAGE, frozen=True), {**CLEAN, "in": seen("5")}, (), no_params)


@pytest.mark.parametrize(
    ("now", "state"),
    [
        ({"a": 1.0, "b": {"c": 2}}, None),
        ({"a": 2, "b": {"c": 2}}, {"a": "modified"}),
        ({"b": {"c": 2}}, {"a": "deleted"}),
        ({"a": True, "b": {"c": 2}}, None),
    ],
)
def test_parameters_compare_by_value(now: object, state: object) -> None:
    found = params_state(ParamsDep("p.yaml", ("a", "b.c"), {"a": 1, "b.c": 2}), "p.yaml", lambda _: now)
    assert not isinstance(found, str)
    states = None if found is None else {key: change.state for key, change in found.items()}
    assert states == state


def test_parameters_that_come_and_go() -> None:
    come = ParamChange("new", new=2)
    assert params_state(ParamsDep("p.yaml", ("a", "n"), {"a": 1}), "p.yaml", lambda _: {"a": 1, "n": 2}) == {"n": come}
    whole = params_state(ParamsDep("p.yaml", None, {"a": 1, "z": 0}), "p.yaml", lambda _: {"a": 1, "n": 2})
    assert whole == {"n": come, "z": ParamChange("deleted", 0)}
    assert params_state(ParamsDep("p.yaml", ("a",), {"a": 1}), "p.yaml", no_params) == "deleted"


def test_values_are_found_by_dotted_keys() -> None:
    assert select({"a": {"b": [1, {"c": 2}]}, "x.y": 3}, ["a.b.1.c", "x.y", "gone"]) == {"a.b.1.c": 2, "x.y": 3}
    assert same_value({"n": [float("nan")]}, {"n": (float("nan"),)})
    assert not same_value({"n": 1}, {"n": 2})
