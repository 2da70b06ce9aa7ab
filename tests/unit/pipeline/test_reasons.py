"""What is said of a parameter or a command that changed."""

import pytest

from dvc.pipeline.reasons import CommandChange, ParamChange, of_parameter


@pytest.mark.parametrize(
    ("change", "values"),
    [
        (ParamChange("modified", 0.1, 0.2), "0.1 -> 0.2"),
        (ParamChange("new", new="x"), 'nothing -> "x"'),
        (ParamChange("deleted", [1, 2]), "[1, 2] -> nothing"),
        (
            ParamChange("modified", {"a": 1, "b": {"c": 2, "d": 3}}, {"a": 1, "b": {"c": 4}, "e": True}),
            "b.c: 2 -> 4, b.d: 3 -> nothing, e: nothing -> true",
        ),
        (ParamChange("modified", "x" * 100, None), '"' + "x" * 56 + "... -> null"),
    ],
)
def test_values_before_and_after(change: ParamChange, values: str) -> None:
    assert change.values() == values
    assert of_parameter("p.yaml", "k", change) == f"parameter 'k' of 'p.yaml' is {change.state} ({values})"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("train --lr 0.1 --fast", "train --lr 0.2 --fast", "`... 0.1 ...` -> `... 0.2 ...`"),
        ("a", "b", "`a` -> `b`"),
        ("run x", "run x y", "`...` -> `... y`"),
        (("a 1", "b"), ("a 2", "b"), "`... 1 ...` -> `... 2 ...`"),
        ("a", ("a",), "1 -> 1 commands"),
        (None, "a b", "`` -> `a b`"),
    ],
)
def test_what_differs_between_two_commands(old: str | tuple[str, ...] | None, new: str | tuple[str, ...], words: str) -> None:
    assert CommandChange(old, new).words() == words
