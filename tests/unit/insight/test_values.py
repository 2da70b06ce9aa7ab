"""Nested values made flat, and compared."""

from dvc.insight.metrics import verdict
from dvc.insight.values import compare, flatten, measures


def test_flat_keys_are_dotted_and_lists_are_text() -> None:
    assert flatten({"a": {"b": 1, 2: "x"}, "l": [1, 2]}) == {"a.b": 1, "a.2": "x", "l": "[1, 2]"}


def test_lists_and_nulls_measure_nothing() -> None:
    assert measures({"a": 1, "l": [1], "n": None, "e": {"n": None}, "t": "x", "b": True}) == {"a": 1, "t": "x", "b": True}
    assert measures([1]) is None


def test_differences() -> None:
    found = compare({"f": {"a": 1, "b": "x", "gone": 2, "same": 0}}, {"f": {"a": 3.5, "b": 1, "new": None, "same": 0}, "g": {"n": 1}})
    assert {file: {key: one.value() for key, one in keys.items()} for file, keys in found.items()} == {
        "f": {
            "a": {"old": 1, "new": 3.5, "diff": 2.5},
            "b": {"old": "x", "new": 1},
            "gone": {"old": 2, "new": None},
        },
        "g": {"n": {"old": None, "new": 1}},
    }
    assert "same" in compare({"f": {"same": 0}}, {"f": {"same": 0}}, everything=True)["f"]


def test_what_is_no_change() -> None:
    same = {"whole": 1, "null": None}
    assert compare({"f": same}, {"f": {"whole": 1.0}}) == {}
    assert list(compare({"f": {"flag": True, "text": "1"}}, {"f": {"flag": 1, "text": 1}})["f"]) == ["flag", "text"]


def test_nan_is_no_change() -> None:
    assert compare({"f": {"a": float("nan")}}, {"f": {"a": float("nan")}}) == {}


def test_a_change_is_good_or_bad_only_by_what_was_said() -> None:
    assert verdict("higher", "acc", 0.1) is True
    assert verdict("lower", "acc", 0.1) is False
    rules = {"loss": "lower", "val": {"acc": "higher", "loss": "lower"}, "time": "lower", "odd": 3}
    assert verdict(rules, "loss", -1) is True
    assert verdict(rules, "val.loss", -1) is True
    assert verdict(rules, "time.train", -1) is True
    assert [verdict(rules, key, 1) for key in ("acc", "val.f1", "odd", "")] == [None] * 4
    assert verdict("higher", "acc", 0) is None
    assert verdict("higher", "acc", float("nan")) is None
