"""Value classes behave as the standard library's, of which they are a part."""

import dataclasses
from typing import Any

import pytest

from dvc import values


def _classes(kit: Any) -> Any:
    class Kinds:
        @kit.dataclass(frozen=True, slots=True, order=True)
        class Plain:
            a: int
            b: str = "x"

            @property
            def both(self) -> str:
                return f"{self.a}{self.b}"

        @kit.dataclass(frozen=True, slots=True)
        class Single:
            a: object

        @kit.dataclass(frozen=True, slots=True)
        class Empty:
            pass

        @kit.dataclass(frozen=True, slots=True)
        class Rich:
            held: list[int] = kit.field(default_factory=list)
            note: str = kit.field(default="n", compare=False, repr=False)

            def __post_init__(self) -> None:
                if self.note == "bad":
                    raise ValueError(self.note)

        @kit.dataclass(slots=True)
        class Open:
            a: int
            b: int = 2

        @kit.dataclass(slots=True, eq=False)
        class Same:
            a: int

    return Kinds


@pytest.fixture(params=[dataclasses, values], ids=["standard", "ours"])
def kit(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def kinds(kit: Any) -> Any:
    return _classes(kit)


def test_a_value_is_made_by_place_or_by_name(kinds: Any) -> None:
    assert (kinds.Plain(1).b, kinds.Plain(1, "y").b, kinds.Plain(b="z", a=2).both) == ("x", "y", "2z")
    assert repr(kinds.Plain(1)).endswith("Kinds.Plain(a=1, b='x')")
    for wrong in ((), (1, "x", 3)):
        with pytest.raises(TypeError):
            kinds.Plain(*wrong)


def test_a_frozen_value_never_changes(kinds: Any) -> None:
    made = kinds.Plain(1)
    for name in ("a", "new"):
        with pytest.raises((AttributeError, TypeError)):
            setattr(made, name, 2)
    with pytest.raises(AttributeError):
        del made.a
    assert not hasattr(made, "__dict__")


def test_values_compare_by_what_they_hold(kinds: Any) -> None:
    assert kinds.Plain(1) == kinds.Plain(1, "x") != kinds.Plain(2)
    assert len({kinds.Plain(1), kinds.Plain(1), kinds.Plain(1, "y")}) == 2
    assert min([kinds.Plain(2), kinds.Plain(1, "b"), kinds.Plain(1, "a")]).b == "a"
    assert kinds.Plain(1) <= kinds.Plain(1) < kinds.Plain(2)
    assert kinds.Empty() == kinds.Empty() != kinds.Single(None)
    assert kinds.Single(1) != kinds.Plain(1)
    nan = float("nan")
    assert kinds.Single(nan) == kinds.Single(nan)  # the very same object, as in a tuple
    with pytest.raises(TypeError):
        assert kinds.Single(1) < kinds.Single(2)


def test_a_factory_makes_a_default_for_each(kinds: Any) -> None:
    first, second = kinds.Rich(), kinds.Rich(note="other")
    first.held.append(1)
    assert (second.held, first == second) == ([], False)
    assert kinds.Rich([1]) == first
    assert repr(first).endswith("Rich(held=[1])")
    with pytest.raises(ValueError, match="bad"):
        kinds.Rich(note="bad")


def test_replace_makes_a_changed_copy(kit: Any, kinds: Any) -> None:
    made = kinds.Plain(1, "y")
    assert kit.replace(made, a=2) == kinds.Plain(2, "y")
    assert made == kinds.Plain(1, "y")
    with pytest.raises(TypeError):
        kit.replace(made, c=2)


def test_a_working_object_changes_and_has_no_hash(kinds: Any) -> None:
    made = kinds.Open(1)
    made.a = 5
    assert made == kinds.Open(5)
    with pytest.raises(TypeError):
        hash(made)
    assert kinds.Same(1) != kinds.Same(1)
    assert len({kinds.Same(1), kinds.Same(1)}) == 2
