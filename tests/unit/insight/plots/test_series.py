"""Which columns a definition draws, and how its series are told apart."""

from collections.abc import Mapping

import pytest

from dvc.insight.plots.definitions import Definition, merged
from dvc.insight.plots.points import Table
from dvc.insight.plots.series import Series, SeriesProblem, build


def table(**columns: list[object]) -> Table:
    made = [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]
    return Table(tuple(columns), made, len(made), list(columns)[-1])


LOG = table(step=["0", "1"], acc=["5", "6"], loss=["2", "1"])
OTHER = table(step=["0", "1"], acc=["7", "8"], loss=["4", "3"])
FILES = {"log.csv": LOG, "other.csv": OTHER}


def drawn(
    props: Mapping[str, object], path: str | None = None, **revisions: Mapping[str, Table]
) -> tuple[Series, dict[str, SeriesProblem]]:
    definition = Definition("plot", "dvc.yaml", path, "", props)
    return build(definition, "plot", revisions or {"workspace": FILES}, str)


def test_a_file_alone_draws_its_last_column_over_the_number_of_the_row() -> None:
    series, problems = drawn({}, "log.csv")
    assert not problems
    assert (series.x, series.y, series.title, series.tell) == ("step", "loss", "plot", "")
    assert [row["step"] for row in series.rows()] == [0, 1]


def test_one_column_of_one_file() -> None:
    series, _ = drawn({"x": "step", "y": {"log.csv": "acc"}, "title": "T", "x_label": "X", "y_label": "Y"})
    assert (series.title, series.x_label, series.y_label) == ("T", "X", "Y")
    assert series.rows() == [
        {"step": "0", "acc": "5", "loss": "2", "rev": "workspace"},
        {"step": "1", "acc": "6", "loss": "1", "rev": "workspace"},
    ]


@pytest.mark.parametrize(
    ("y", "tell", "domain", "column"),
    [
        ({"log.csv": ["acc", "loss"]}, "field", ("acc", "loss"), "dvc_inferred_y_value"),
        ({"other.csv": "acc", "log.csv": "acc"}, "filename", ("log.csv", "other.csv"), "acc"),
        ({"log.csv": "acc", "other.csv": "loss"}, "filename::field", ("log.csv::acc", "other.csv::loss"), "dvc_inferred_y_value"),
    ],
)
def test_series_are_told_apart_by_what_differs(y: object, tell: str, domain: tuple[str, ...], column: str) -> None:
    series, _ = drawn({"x": "step", "y": y})
    assert (series.tell, series.domain, series.y) == (tell, domain, column)
    assert {row[tell] for row in series.rows()} == set(domain)
    assert len(series.rows()) == 4
    assert all(column in row for row in series.rows())
    assert {"filename", "field"} <= set(series.rows(whole_names=True)[0])


def test_x_of_another_file() -> None:
    series, problems = drawn({"x": {"other.csv": "acc"}, "y": {"log.csv": "loss"}})
    assert not problems
    assert [(row["acc"], row["loss"]) for row in series.rows()] == [("7", "2"), ("8", "1")]


def test_several_columns_for_x_share_one() -> None:
    series, _ = drawn({"x": {"log.csv": "acc", "other.csv": "step"}, "y": {"log.csv": "loss", "other.csv": "loss"}})
    assert (series.x, series.x_label) == ("dvc_inferred_x_value", "x")
    assert [row["dvc_inferred_x_value"] for row in series.rows()] == ["5", "6", "0", "1"]


@pytest.mark.parametrize(
    ("props", "kind", "words"),
    [
        ({"x": "nope", "y": {"log.csv": "acc"}}, "FieldNotFoundError", "('nope') in data fields ('step, acc, loss')"),
        ({"x": "step", "y": {"log.csv": ["acc", "nope"]}}, "FieldNotFoundError", "nope"),
        ({"x": {"short.csv": "step"}, "y": {"log.csv": "acc"}}, "DvcException", "same length"),
        ({"x": {"log.csv": "step", "other.csv": "acc"}, "y": {"log.csv": ["acc", "loss", "step"]}}, "DvcException", "2 x and 3 y"),
    ],
)
def test_what_does_not_fit_is_said(props: Mapping[str, object], kind: str, words: str) -> None:
    series, problems = drawn(props, workspace={**FILES, "short.csv": table(step=["0"])})
    assert not series.parts
    assert problems["workspace"].kind == kind
    assert words in problems["workspace"].message


def test_a_revision_with_a_problem_costs_no_other() -> None:
    series, problems = drawn({"y": {"log.csv": "acc"}}, old={"log.csv": table(step=["0"])}, new=FILES)
    assert list(problems) == ["old"]
    assert series.revisions == ("new",)


def test_what_the_first_revision_declares_wins_and_others_fill_in() -> None:
    new = Definition("p", "dvc.yaml", None, "", {"x": "step", "title": "New"})
    old = Definition("p", "dvc.yaml", None, "", {"title": "Old", "y_label": "Y"})
    assert merged([new, old]).props == {"x": "step", "title": "New", "y_label": "Y"}
