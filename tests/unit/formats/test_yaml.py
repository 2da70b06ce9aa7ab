"""Reading YAML 1.2 the way DVC does, and editing it without losing what people wrote."""

import datetime as dt

import pytest

from dvc.exceptions import FormatProblem
from dvc.formats import yaml, yamledit


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"), ("on", "on"), ("1:30", "1:30"), ("01", 1), ("0o17", 15), ("0x1F", 31), ("0b11", 3), ("1_000", 1000),
        ("1e3", 1000.0), ("1.", 1.0), (".5", 0.5), ("-.inf", float("-inf")), ("~", None), ("null", None), ("True", True),
        ("'1'", "1"), ("!!str 1", "1"), ("!!float 1", 1.0), ("2020-01-01", dt.date(2020, 1, 1)), ("2020-13-01", "2020-13-01"),
        ("+_", "+_"), ("é☃😀", "é☃😀"), ("", None), ("[a, {b: 1}]", ["a", {"b": 1}]),
    ],
)  # fmt: skip
def test_scalars_are_those_of_yaml_1_2(text, value):
    assert yaml.load(f"k: {text}\n", "f") == {"k": value}


def test_anchors_and_merge_keys():
    text = "base: &b {x: 1, y: 2}\none:\n  <<: *b\n  y: 3\ntwo:\n  <<: [{z: 0}, *b]\n"
    assert yaml.load(text, "f") == {"base": {"x": 1, "y": 2}, "one": {"y": 3, "x": 1}, "two": {"z": 0, "x": 1, "y": 2}}


def test_lines_are_known_by_path():
    _, lines = yaml.load_marked("a: 1\nb:\n- x\n- y: 2\n  z: 3\n", "f")
    assert lines["b", 1, "z"] == 5
    assert lines["b", 0] == 3


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\na: 2\n", 2),
        ("a: [1\n", 2),
        ("a: *x\n", 1),
        ("a: !!python/object:x {}\n", 1),
        ("--- 1\n--- 2\n", 2),
        ("[1]: 2\n", 1),
        ("a: !!int x\n", 1),
    ],
)
def test_what_is_not_plain_data_is_refused_with_its_line(text, line):
    with pytest.raises(FormatProblem) as caught:
        yaml.load(text, "f.yaml")
    assert caught.value.line == line


def test_deep_nesting_is_no_crash():
    with pytest.raises(FormatProblem):
        yaml.load("[" * 100_000, "f")


def test_an_edit_of_an_unchanged_value_changes_no_byte():
    text = 'b:   "1"   # one\na: [x,   y]\n\n\n# end\n'
    assert yamledit.edit(text, {"b": "1", "a": ["x", "y"]}, "f") == text


def test_new_keys_go_to_the_end_and_removed_ones_go():
    text = "# c\nb: 1  # one\nc: 2\n"
    assert yamledit.edit(text, {"a": 0, "b": 1}, "f") == "# c\nb: 1  # one\na: 0\n"
    assert yamledit.edit("b: 1\nc: 2\n", {"a": 0, "b": True}, "f") == "b: true\na: 0\n"


def test_lists_are_matched_by_place():
    text = "l:  # list\n- a: 1  # first\n- b\n"
    assert yamledit.edit(text, {"l": [{"a": 2}, "c"]}, "f") == "l:  # list\n- a: 2  # first\n- c\n"


def test_a_list_that_changes_its_length_gets_all_its_items_anew():
    text = "l: [a, b]  # list\nm:\n- a: {x: [1]}  # first\n- b\n"
    assert yamledit.edit(text, {"l": ["c"], "m": [{"a": {"x": [1]}}]}, "f") == "l: [c]     # list\nm:\n- a:\n    x:\n    - 1\n"
    assert yamledit.edit("l:\n- 1\n", {"l": [1, 2, [3]]}, "f") == "l:\n- 1\n- 2\n- - 3\n"


def test_one_object_in_two_places_is_written_out_twice():
    shared = {"y": 1}
    assert yaml.dump({"a": shared, "b": shared}) == "a:\n  y: 1\nb:\n  y: 1\n"
    assert "&" not in yamledit.edit("# c\na: 1\n", {"a": shared, "b": shared}, "f")
