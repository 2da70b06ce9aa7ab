"""What one plot draws: which columns of which files, at which revisions, as rows. Pure.

A definition may take x and y from different files and several columns at once; this module decides on the one column for
each axis and on the column that tells the series apart, as DVC does.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from dvc.exceptions import DvcException
from dvc.insight.plots.definitions import Definition, Pair
from dvc.insight.plots.points import Row, Table
from dvc.values import dataclass

STEP = "step"
_SEVERAL_X, _SEVERAL_Y = "dvc_inferred_x_value", "dvc_inferred_y_value"


class SeriesProblem(DvcException):
    """The columns that a plot asks for are not in its data.

    `kind` is the name that the JSON output has for it; the words are DVC's, for editors show and match them.
    """

    code = "plot-series"

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Part:
    """The rows that one pair of columns gives at one revision."""

    revision: str
    file: str
    field: str
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Series:
    """`x` and `y` are columns of the rows. `tell` is the column that tells series apart ("": there is one), `domain` its values."""

    title: str
    x: str
    y: str
    x_label: str
    y_label: str
    tell: str
    domain: tuple[str, ...]
    parts: tuple[Part, ...]

    @property
    def revisions(self) -> tuple[str, ...]:
        """Those that have data, in the order asked for."""
        return tuple(dict.fromkeys(part.revision for part in self.parts))

    def rows(self, *, whole_names: bool = False) -> list[dict[str, object]]:
        """All rows, each with its revision and what `tell` says; with `whole_names` with the columns `filename` and `field`."""
        return list(self._rows(whole_names))

    def _rows(self, whole_names: bool) -> Iterator[dict[str, object]]:
        for part in self.parts:
            more: dict[str, object] = {"rev": part.revision}
            if whole_names:
                more |= {"filename": part.file, "field": part.field}
            elif self.tell:
                more[self.tell] = _told(self.tell, part.file, part.field)
            for row in part.rows:
                yield {**row, **more}


def build(
    definition: Definition, name: str, tables: Mapping[str, Mapping[str, Table]], shown: Callable[[str], str]
) -> tuple[Series, dict[str, SeriesProblem]]:
    """The series of a plot called `name`; `tables`: revision to file to data. Beside it what is wrong, by revision."""
    problems: dict[str, SeriesProblem] = {}
    pairs: tuple[Pair, ...] = ()
    try:
        pairs = definition.pairs()
    except DvcException as problem:
        problems = {rev: SeriesProblem("DvcException", problem.message) for rev in tables}
    resolved = [pair if pair.y_field is not None else _resolved(pair, tables) for pair in pairs]
    x_fields = {pair.x_field for pair in resolved}
    y_fields = {pair.y_field for pair in resolved}
    x = _axis(x_fields, _SEVERAL_X)
    y = _axis(y_fields, _SEVERAL_Y)
    parts: list[Part] = []
    for revision, files in tables.items() if not problems else ():
        try:
            parts += list(_parts(resolved, revision, files, x, y, shown))  # all of them or none
        except SeriesProblem as problem:
            problems[revision] = problem
    tell = "::".join(column for column, values in (("filename", {p.y_file for p in resolved}), ("field", y_fields)) if len(values) > 1)
    domain = {_told(tell, shown(pair.y_file), pair.y_field or "") for pair in resolved} if tell else ()
    words = definition.words
    series = Series(
        title=words.get("title") or name,
        x=x or STEP,
        y=y,
        x_label=words.get("x_label") or ("x" if len(x_fields) > 1 else x or STEP),
        y_label=words.get("y_label") or ("y" if len(y_fields) > 1 else y),
        tell=tell,
        domain=tuple(sorted(domain)),
        parts=tuple(parts),
    )
    return series, problems


def _axis(fields: "set[str | None]", several: str) -> str:
    return several if len(fields) > 1 else next(iter(fields), "") or ""


def _told(tell: str, file: str, field: str) -> str:
    return "::".join({"filename": file, "field": field}[column] for column in tell.split("::"))


def _resolved(pair: Pair, tables: Mapping[str, Mapping[str, Table]]) -> Pair:
    """The pair with the column that is drawn where none was asked for: the last one."""
    for files in tables.values():
        table = files.get(pair.y_file)
        if table is not None and table.rows:
            return Pair(pair.y_file, table.last, pair.x_file, pair.x_field)
    return pair


def _parts(pairs: Sequence[Pair], revision: str, files: Mapping[str, Table], x: str, y: str, shown: Callable[[str], str]) -> Iterator[Part]:
    for pair in pairs:
        table = files.get(pair.y_file)
        if table is None or not table.rows:
            continue
        field = pair.y_field or ""
        other = files.get(pair.x_file, Table()) if pair.x_file not in (None, pair.y_file) else table
        if len(other.rows) != len(table.rows):
            x_file, y_file = shown(pair.x_file or ""), shown(pair.y_file)
            raise SeriesProblem(
                "DvcException",
                f"Cannot join '{pair.x_field}' from '{x_file}' and '{field}' from '{y_file}'. They have to have same length.",
            )
        if pair.x_field is not None:
            _require(pair.x_field, other)
        _require(field, table)
        yield Part(revision, shown(pair.y_file), field, _joined(table.rows, other.rows, pair, x, y))


def _require(field: str, table: Table) -> None:
    if field not in table.fields:
        known = ", ".join(table.fields)
        raise SeriesProblem("FieldNotFoundError", f"Could not find provided field ('{field}') in data fields ('{known}').")


def _joined(rows: Sequence[Row], others: Sequence[Row], pair: Pair, x: str, y: str) -> Sequence[Row]:
    """Each row with what the chart's axes need of the other file, or of itself under a name that all series share."""
    if pair.x_field is not None and pair.x_file == pair.y_file and x != _SEVERAL_X and y != _SEVERAL_Y:
        return rows
    made: list[Row] = []
    for at, (row, other) in enumerate(zip(rows, others, strict=True)):
        new = dict(row)
        if y == _SEVERAL_Y:
            new[y] = row.get(pair.y_field or "")
        if pair.x_field is None:
            new[STEP] = at
        else:
            value = other.get(pair.x_field)
            if pair.x_file != pair.y_file:
                new[pair.x_field] = value
            if x == _SEVERAL_X:
                new[x] = value
        made.append(new)
    return made
