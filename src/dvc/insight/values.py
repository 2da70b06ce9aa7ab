"""Nested values as flat ones (`a.b`), and what differs between two sets of them. Pure."""

from collections.abc import Mapping

from dvc.values import dataclass


@dataclass(frozen=True, slots=True)
class Difference:
    """A value before and after; None also where there is none. `change` for two numbers alone."""

    old: object
    new: object
    change: int | float | None = None

    def value(self) -> dict[str, object]:
        """As the JSON output has it."""
        found: dict[str, object] = {"old": self.old, "new": self.new}
        return found if self.change is None else found | {"diff": self.change}


Files = Mapping[str, Mapping[str, object]]
"""File to flat key to value."""


def flatten(document: object, prefix: str = "") -> dict[str, object]:
    """Leaves by dotted key; a list is one leaf, spelled as text."""
    if not isinstance(document, Mapping):
        return {prefix: str(list(document)) if isinstance(document, list | tuple) else document}
    found: dict[str, object] = {}
    for key, value in document.items():
        found.update(flatten(value, f"{prefix}.{key}" if prefix else str(key)))
    return found


def measures(document: object) -> object:
    """`document` without what measures nothing: lists, nulls, and maps that this leaves empty. None where all of it is so."""
    if isinstance(document, Mapping):
        kept = {str(key): inner for key, value in document.items() if (inner := measures(value)) is not None}
        return kept or None
    return document if isinstance(document, bool | int | float | str) else None


def compare(old: Files, new: Files, *, everything: bool = False) -> dict[str, dict[str, Difference]]:
    """What differs, by file and key, both sorted; with `everything` also what does not."""
    found: dict[str, dict[str, Difference]] = {}
    for file in sorted({*old, *new}):
        before, after = old.get(file, {}), new.get(file, {})
        changes = {}
        for key in sorted({*before, *after}):
            one, other = before.get(key), after.get(key)
            if everything or not _same(one, other):
                changes[key] = Difference(one, other, _change(one, other))
        if changes:
            found[file] = changes
    return found


def _same(one: object, other: object) -> bool:
    """A null is as good as none, and 1 is 1.0; but `true` is not 1. NaN is no change of NaN."""
    if one != one and other != other:  # noqa: PLR0124 - NaN
        return True
    return one == other and isinstance(one, bool) is isinstance(other, bool) and isinstance(one, str) is isinstance(other, str)


def _change(one: object, other: object) -> int | float | None:
    return other - one if isinstance(one, int | float) and isinstance(other, int | float) else None
