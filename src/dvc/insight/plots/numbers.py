"""Columns that a chart draws as numbers, and the values in them that are none: text, nothing, NaN, infinities. Pure."""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence

Rows = Sequence[Mapping[str, object]]


def columns(spec: object) -> frozenset[str]:
    """The columns that a filled Vega-Lite spec draws on a scale of numbers, or counts with."""
    return frozenset(_columns(spec))


def _columns(node: object) -> Iterator[str]:
    if isinstance(node, Mapping):
        field = node.get("field")
        if isinstance(field, str) and (node.get("type") == "quantitative" or node.get("op") in ("min", "max", "mean", "sum")):
            yield _plain(field)
        for value in node.values():
            yield from _columns(value)
    elif isinstance(node, list):
        for item in node:
            yield from _columns(item)


def _plain(field: str) -> str:
    """A column's name without the backslashes that keep Vega from reaching into objects."""
    return field.replace("\\.", ".").replace("\\[", "[").replace("\\]", "]")


def number(value: object) -> int | float | None:
    """What a cell measures; None where it is no finite number."""
    if isinstance(value, str):
        try:
            value = float(value) if "_" not in value else None  # Python's own digit groups mean nothing in data
        except ValueError:
            return None
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, int) else None


def gaps(rows: Rows, column: str) -> int:
    """How many rows have no number in `column`."""
    values = [row.get(column) for row in rows]
    try:
        if all(map(math.isfinite, map(float, values))):  # type: ignore[arg-type]  # what is no number raises
            return 0
    except (TypeError, ValueError, OverflowError):
        pass
    return sum(number(value) is None for value in values)


def cleaned(rows: Rows, numeric: Collection[str]) -> list[dict[str, object]]:
    """The rows as they are drawn: text in `numeric` columns as numbers, and nothing where there is no number."""
    made = [dict(row) for row in rows]
    for column in numeric:
        read = _all_read([row.get(column) for row in made])
        if read is not None:
            for row, value in zip(made, read, strict=True):
                row[column] = value
            continue
        for row in made:
            if column in row:
                row[column] = number(row[column])
    return made


def _all_read(values: Sequence[object]) -> Sequence[float] | None:
    """What texts say where all of them say numbers, as in most tables; else None."""
    try:
        if "_" in "".join(values):  # type: ignore[arg-type]  # what is no text raises
            return None
        read = list(map(float, values))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return read if all(map(math.isfinite, read)) else None
