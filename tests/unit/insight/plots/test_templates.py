"""Templates: the built-in ones, those of users, and what the anchors become."""

import json

import pytest

from dvc.insight.plots import templates
from dvc.insight.plots.anchors import DATA, PALETTE, anchor, fill, holds, split
from dvc.insight.plots.series import Part, Series
from dvc.insight.plots.templates import NAMES, TemplateProblem, builtin, load

ROWS = ({"a.b": "1", "y": 2.0},)
ONE = Series("T", "a.b", "y", "X", "Y", "", (), (Part("v1", "f.csv", "y", ROWS), Part("v2", "f.csv", "y", ROWS)))
TWO = Series("T", "a.b", "y", "X", "Y", "field", ("y", "z"), (Part("v1", "f.csv", "y", ROWS), Part("v1", "f.csv", "z", ROWS)))


def every(*names: str) -> dict[str, object]:
    return {name: anchor(name) for name in ("DATA", *names)}


@pytest.mark.parametrize("name", NAMES)
def test_a_built_in_template_is_vega_lite_5_with_all_its_anchors_known(name: str) -> None:
    text = builtin(name)
    spec = json.loads(text)
    assert spec["$schema"] == "https://vega.github.io/schema/vega-lite/v5.json"
    assert all(holds(spec, anchor(one)) for one in ("DATA", "TITLE", "X", "Y", "X_LABEL", "Y_LABEL", "PLOT_WIDTH", "PLOT_HEIGHT"))
    assert "<DVC_METRIC_" not in json.dumps(fill(spec, TWO))


def test_what_an_anchor_becomes() -> None:
    filled = fill(every("X", "COLOR", "GROUP_BY", "TOOLTIP", "STROKE_DASH", "SHAPE", "PIVOT_FIELD", "ROW"), ONE)
    assert filled == {
        "DATA": [{"a.b": "1", "y": 2.0, "rev": "v1"}, {"a.b": "1", "y": 2.0, "rev": "v2"}],
        "X": "a\\.b",
        "COLOR": {"field": "rev", "scale": {"domain": ["v1", "v2"], "range": list(PALETTE[:2])}},
        "GROUP_BY": ["rev"],
        "TOOLTIP": [{"field": "rev"}, {"field": "a\\.b"}, {"field": "y"}],
        "STROKE_DASH": {},
        "SHAPE": {},
        "PIVOT_FIELD": "datum.rev",
        "ROW": {},
    }


def test_what_tells_series_apart() -> None:
    filled = fill(every("STROKE_DASH", "SHAPE", "GROUP_BY_X", "PIVOT_FIELD", "ROW"), TWO)
    assert isinstance(filled, dict)
    assert filled["STROKE_DASH"]["scale"] == {"domain": ["y", "z"], "range": [[1, 0], [8, 8]]}
    assert filled["SHAPE"]["scale"]["range"] == ["circle", "square"]
    assert filled["GROUP_BY_X"] == ["rev", "field", "a\\.b"]
    assert filled["PIVOT_FIELD"] == "datum.rev + '::' + datum.field"
    assert filled["ROW"] == {"field": "field", "sort": []}
    assert [row["field"] for row in filled["DATA"]] == ["y", "z"]


def test_a_template_that_knows_of_no_series_finds_file_and_column() -> None:
    filled = fill(every("X"), ONE)
    assert isinstance(filled, dict)
    assert filled["DATA"][0] == {"a.b": "1", "y": 2.0, "rev": "v1", "filename": "f.csv", "field": "y"}


def test_an_anchor_inside_of_a_text_is_replaced_once() -> None:
    odd = Series(anchor("X"), "x", "y", "X", "Y", "", (), ONE.parts)
    assert fill({"d": DATA, "t": f"{anchor('TITLE')} of {anchor('Y')}", "u": "<DVC_METRIC_NOPE>"}, odd) == {
        "d": odd.rows(whole_names=True),
        "t": f"{anchor('X')} of y",
        "u": "<DVC_METRIC_NOPE>",
    }


def test_split_leaves_to_the_editor_what_it_fills_itself() -> None:
    content, definitions = split(every("X", "COLOR", "STROKE_DASH", "TITLE"), ONE)
    assert content == {"DATA": DATA, "X": "a\\.b", "COLOR": anchor("COLOR"), "STROKE_DASH": {}, "TITLE": anchor("TITLE")}
    assert list(definitions) == [anchor(name) for name in ("COLOR", "TITLE", "X_LABEL", "Y_LABEL", "DATA")]


def test_a_users_template_comes_before_a_built_in_one() -> None:
    files = {".dvc/plots/simple.json": f'{{"mine": "{DATA}"}}'.encode(), "here.json": f'["{DATA}"]'.encode()}
    assert load("simple", files.get) == {"mine": DATA}
    assert load("here.json", files.get) == [DATA]
    assert load("smooth", files.get) == json.loads(builtin("smooth"))


@pytest.mark.parametrize(
    ("data", "why"),
    [(None, "there is no template"), (b"{", "not valid JSON"), (b'{"a": 1}', "no place for data"), (b"[" * 100_000, "not valid JSON")],
)
def test_templates_that_cannot_be_used(data: bytes | None, why: str) -> None:
    with pytest.raises(TemplateProblem, match=why):
        load("own", {".dvc/plots/own.json": data}.get if data else lambda _: None)


def test_no_template_lies_above_the_folder_of_templates() -> None:
    assert templates.FOLDER == ".dvc/plots"
    with pytest.raises(TemplateProblem):
        load("../secret", {".dvc/plots/../secret.json": f'"{DATA}"'.encode()}.get)
