"""Files of every kind as rows."""

import io
import itertools

import pytest

from dvc.insight.plots import points
from dvc.insight.plots.points import PointsProblem, Table, load


def rows(text: str, path: str, **how: bool) -> Table:
    return load(io.BytesIO(text.encode()), path, **how)


def test_cells_of_a_table_stay_text() -> None:
    table = rows('step,acc\n0,0.5\n\n1,"0,7"\n', "log.csv")
    assert table.rows == [{"step": "0", "acc": "0.5"}, {"step": "1", "acc": "0,7"}]
    assert (table.fields, table.last, table.total, table.note) == (("step", "acc"), "acc", 2, "")
    assert rows("a\tb\n1\t2\n", "log.tsv").rows == [{"a": "1", "b": "2"}]


def test_without_a_heading_columns_are_numbers() -> None:
    assert rows("1,2\n3,4\n", "log.csv", header=False).rows == [{"0": "1", "1": "2"}, {"0": "3", "1": "4"}]


def test_a_byte_order_mark_is_no_part_of_a_name() -> None:
    assert rows("\ufeffa,b\n1,2\n", "log.csv").fields == ("a", "b")


def test_a_short_row_lacks_its_last_cells_and_a_long_one_is_refused() -> None:
    assert rows("a,b\n1\n", "log.csv").rows == [{"a": "1", "b": None}]
    with pytest.raises(PointsProblem, match="line 3: 3 cells where the heading has 2"):
        rows("a,b\n1,2\n1,2,3\n", "log.csv")


@pytest.mark.parametrize(
    ("text", "path", "why"),
    [
        ("", "log.csv", "is empty"),
        ("a,b\n", "log.csv", "no rows"),
        ("[1, 2]", "log.json", "no list of records"),
        ('{"a": 1}', "log.json", "no list of records"),
        ("", "log.yaml", "no list of records"),
    ],
)
def test_nothing_to_draw_is_noted(text: str, path: str, why: str) -> None:
    table = rows(text, path)
    assert not table.rows
    assert why in table.note


@pytest.mark.parametrize(
    ("data", "path", "kind"),
    [
        (b"a\n\xe9\n", "log.csv", "EncodingError"),
        (b'{"a": ', "log.json", "JSONFileCorruptedError"),
        (b"a: [", "log.yaml", "YAMLFileCorruptedError"),
        (b"text", "notes.txt", "PlotMetricTypeError"),
    ],
)
def test_what_cannot_be_read(data: bytes, path: str, kind: str) -> None:
    with pytest.raises(PointsProblem) as problem:
        load(io.BytesIO(data), path)
    assert problem.value.kind == kind


def test_lists_of_records_are_laid_side_by_side() -> None:
    table = rows('{"a": {"b": [{"p": 1}, {"p": 2}]}, "c": [{"q": 3}], "n": 5}', "log.json")
    assert table.rows == [{"p": 1, "q": 3}, {"p": 2}]
    assert table.last == "p"


def test_records_may_lack_fields() -> None:
    table = rows("- {e: 1, a: 2}\n- {e: 2}\n", "log.yaml")
    assert table.rows == [{"e": 1, "a": 2}, {"e": 2}]
    assert table.fields == ("e", "a")


def test_a_long_table_is_thinned_out_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(points, "LIMIT", 10)
    table = rows("n\n" + "".join(f"{n}\n" for n in range(1001)), "log.csv")
    kept = [int(str(row["n"])) for row in table.rows]
    assert (kept[0], kept[-1], table.total) == (0, 1000, 1001)
    assert 10 <= len(kept) <= 21
    assert len({b - a for a, b in itertools.pairwise(kept[:-1])}) == 1
    assert f"{len(kept)} of its 1,001 rows" in table.note


def test_a_document_too_large_is_refused_before_it_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(points, "DOCUMENT_LIMIT", 10)
    with pytest.raises(PointsProblem, match="write it as CSV"):
        rows('[{"a": 1}, {"a": 2}]', "log.json")
