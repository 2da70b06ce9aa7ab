"""What is a number in plot data, and what is not."""

import math

from dvc.insight.plots.numbers import cleaned, columns, gaps, number


def test_text_counts_where_it_is_a_finite_number() -> None:
    assert [number(text) for text in ("1", " 2.5 ", "-1e3", "007")] == [1, 2.5, -1000, 7]
    assert [number(other) for other in ("", "nan", "-inf", "1e999", "1_000", "0x10", "x", None, [1], math.nan)] == [None] * 10


def test_the_columns_of_numbers_are_those_on_their_scales_or_counted() -> None:
    spec = {
        "encoding": {"x": {"field": "a\\.b", "type": "quantitative"}, "y": {"field": "name", "type": "nominal"}},
        "layer": [{"transform": [{"joinaggregate": [{"op": "max", "field": "c", "as": "d"}]}]}],
    }
    assert columns(spec) == {"a.b", "c"}


def test_a_row_without_the_column_has_a_gap_too() -> None:
    rows: list[dict[str, object]] = [{"a": "1"}, {"b": "x"}, {"a": 2, "b": "y"}, {"a": "?"}]
    assert gaps(rows, "a") == 2
    assert cleaned(rows, {"a"}) == [{"a": 1}, {"b": "x"}, {"a": 2, "b": "y"}, {"a": None}]
