"""Parameter and metrics files of every kind."""

import pytest

from dvc.exceptions import FormatProblem
from dvc.formats import params


@pytest.mark.parametrize(
    ("path", "data", "value"),
    [
        ("params.yaml", b"a: 1\nb: {c: yes}\n", {"a": 1, "b": {"c": "yes"}}),
        ("params.yaml", b"", {}),
        ("noext", b"a: 1\n", {"a": 1}),
        ("p.json", b'{"a": [1, NaN]}', None),
        ("p.toml", b"a = 1\n[b]\nc = 'x'\n", {"a": 1, "b": {"c": "x"}}),
        (
            "p.py",
            b"A = 1\nB = A + 1\nC: int = 2\nclass T:\n    x = (1, 2)\n    def __init__(self):\n        self.y = 3\n",
            {"A": 1, "C": 2, "T": {"x": (1, 2), "y": 3}},
        ),
        ("bom.yaml", b"\xef\xbb\xbfa: 1\n", {"a": 1}),
    ],
)
def test_a_file_is_read_by_its_suffix(path, data, value):
    read = params.read(data, path)
    if value is not None:
        assert read == value


@pytest.mark.parametrize("path", ["a.yaml", "a.json", "a.toml", "a.py"])
def test_a_broken_file_is_named(path):
    with pytest.raises(FormatProblem) as caught:
        params.read(b"{[ = \n", path)
    assert path in caught.value.message


def test_bytes_that_are_no_text_are_named_with_their_line():
    with pytest.raises(FormatProblem) as caught:
        params.read(b"a: 1\nb: \xff\n", "params.yaml")
    assert caught.value.line == 2


def test_the_last_row_of_a_table_is_its_metrics():
    assert params.metrics(b"epoch,accuracy,note\n8,0.5,x\n9,0.91,y\n", "m.csv") == {"epoch": 9, "accuracy": 0.91}
    assert params.metrics(b"a\tb\n1\t1e3\n", "m.tsv") == {"a": 1, "b": 1000.0}
    assert params.metrics(b"a,b\n", "m.csv") == {}
    assert params.metrics(b'{"a": 1}', "m.json") == {"a": 1}


def test_python_values_that_metadata_cannot_hold_are_passed_over() -> None:
    text = b"A = 1\nS = {1, 2}\nB = b'x'\nC = 1j\nN = [1, {2}]\nD = {(1, 2): 3}\nT = (1, {'k': None})\nclass K:\n    def __init__(self):\n        self.s = {1}\n        self.q = 5\n"
    assert params.read(text, "p.py") == {"A": 1, "T": (1, {"k": None}), "K": {"q": 5}}
