"""Values of parameter files: picked by dotted keys, and compared as the reference compares them. Pure."""

import math
from collections.abc import Iterable, Mapping

ABSENT = object()


def select(document: object, keys: Iterable[str] | None) -> dict[str, object]:
    """The values of `keys` (dotted; None: everything at the top) that `document` has."""
    if keys is None:
        return {str(key): value for key, value in document.items()} if isinstance(document, Mapping) else {}
    found = {}
    for key in keys:
        value = lookup(document, key)
        if value is not ABSENT:
            found[key] = value
    return found


def lookup(document: object, key: str) -> object:
    """The value at a dotted key (`a.b`, `list.0`); ABSENT where there is none."""
    if isinstance(document, Mapping) and key in document:
        return document[key]
    value = document
    for part in key.split("."):
        if isinstance(value, Mapping):
            if part in value:
                value = value[part]
            elif part.lstrip("-").isdigit() and int(part) in value:
                value = value[int(part)]
            else:
                return ABSENT
        elif isinstance(value, list | tuple) and part.lstrip("-").isdigit() and -len(value) <= int(part) < len(value):
            value = value[int(part)]
        else:
            return ABSENT
    return value


def same_value(one: object, other: object) -> bool:
    """Equality of parameter values as DVC has it (`1 == 1.0 == true`, a tuple equals its list), but NaN equals NaN."""
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(same_value(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same_value(one[key], other[key]) for key in one)
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one) and math.isnan(other):
        return True
    return one == other
