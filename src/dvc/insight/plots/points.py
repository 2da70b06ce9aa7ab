"""Plot data of every kind as rows: CSV and TSV (streamed), JSON, YAML and TOML. Pure; never draws.

Cells of CSV and TSV stay text, as DVC's JSON output has them.
"""

import csv
import io
import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, TYPE_CHECKING

from dvc.exceptions import DvcException, FormatProblem
from dvc.formats.params import read
from dvc.values import dataclass

if TYPE_CHECKING:
    import _csv

LIMIT = 50_000
"""More rows than this are thinned out evenly: nobody sees more on a screen, and memory stays bounded."""
DOCUMENT_LIMIT = 64 * 1024 * 1024
"""Bytes of a JSON, YAML or TOML file, which must be held whole."""

_SEPARATORS = {".csv": ",", ".tsv": "\t"}
_DOCUMENTS = frozenset({".json", ".yaml", ".yml", ".toml", ".py"})

Row = Mapping[str, object]


class PointsProblem(DvcException):
    """A file's data cannot be drawn. `kind` is the name that the JSON output has for it."""

    code = "plot-data"

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Table:
    """`rows` of the `total` in the file. `fields` are its columns; `last` is drawn where no column is asked for."""

    fields: tuple[str, ...] = ()
    rows: Sequence[Row] = ()
    total: int = 0
    last: str = ""
    note: str = ""


def suffix(path: str) -> str:
    name = path.rsplit("/", 1)[-1]
    return "." + name.rsplit(".", 1)[1].lower() if "." in name else ""


def is_table(path: str) -> bool:
    """Whether the file is read row by row, so that its size does not matter."""
    return suffix(path) in _SEPARATORS


def load(stream: IO[bytes], path: str, *, header: bool = True) -> Table:
    """The rows of a file. `path` is as the user would name it; its suffix decides. Raises PointsProblem."""
    kind = suffix(path)
    try:
        if kind in _SEPARATORS:
            return _table(stream, path, _SEPARATORS[kind], header=header)
        if kind in _DOCUMENTS:
            return _document(stream, path)
    except UnicodeDecodeError:
        raise PointsProblem("EncodingError", f"'{path}' is not UTF-8 text") from None
    raise PointsProblem("PlotMetricTypeError", f"'{path}' - file type error\nOnly JSON, YAML, CSV and TSV formats are supported.")


# --- tables


def _table(stream: IO[bytes], path: str, separator: str, *, header: bool) -> Table:
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
    reader = csv.reader(text, delimiter=separator)
    try:
        first = next((row for row in reader if row), None)
        if first is None:
            return Table(note=f"'{path}' is empty")
        fields = first if header else [str(at) for at in range(len(first))]
        rows, total = _thinned(_cells(reader, path, len(fields), [] if header else [first]))
    except csv.Error as error:
        raise PointsProblem("CSVFileCorruptedError", f"'{path}', line {reader.line_num}: not a table: {error}") from None
    finally:
        text.detach()
    made: list[dict[str, object]] = [dict(zip(fields, row, strict=False)) for row in rows]
    for row in made:
        for field in fields[len(row) :]:
            row.setdefault(field, None)
    note = f"'{path}' has a heading but no rows" if not total else _thinned_note(path, len(rows), total)
    return Table(tuple(dict.fromkeys(fields)), made, total, fields[-1], note)


def _cells(reader: "_csv.Reader", path: str, width: int, before: list[list[str]]) -> Iterator[list[str]]:
    for row in itertools.chain(before, reader):
        if len(row) > width:
            raise PointsProblem("", f"'{path}', line {reader.line_num}: {len(row)} cells where the heading has {width}")
        if row:
            yield row


def _thinned(rows: Iterator[list[str]]) -> tuple[list[list[str]], int]:
    """At most twice LIMIT of `rows`, evenly spread with the last one among them; and how many there were."""
    kept: list[list[str]] = []
    step, total = 1, 0
    last: list[str] = []
    for total, last in enumerate(rows, start=1):
        if (total - 1) % step == 0:
            kept.append(last)
            if len(kept) >= 2 * LIMIT:
                kept, step = kept[::2], step * 2
    if kept and kept[-1] is not last:
        kept.append(last)
    return kept, total


def _thinned_note(path: str, shown: int, total: int) -> str:
    return f"'{path}' is long: {shown:,} of its {total:,} rows are drawn" if shown < total else ""


# --- documents


def _document(stream: IO[bytes], path: str) -> Table:
    data = stream.read(DOCUMENT_LIMIT + 1)
    if len(data) > DOCUMENT_LIMIT:
        limit = DOCUMENT_LIMIT // (1024 * 1024)
        raise PointsProblem("PlotDataTooLarge", f"'{path}' is larger than {limit} MiB: write it as CSV, which is read row by row")
    try:
        value = read(data, path)
    except FormatProblem as problem:
        kind = {".json": "JSONFileCorruptedError", ".toml": "TOMLFileCorruptedError", ".py": "PythonFileCorruptedError"}
        raise PointsProblem(kind.get(suffix(path), "YAMLFileCorruptedError"), problem.message) from None
    lists = list(_lists(value))
    if not lists:
        return Table(note=f"'{path}' has no list of records to draw")
    rows: list[dict[str, object]] = []
    for parts in itertools.zip_longest(*lists, fillvalue={}):
        merged: dict[str, object] = {}
        for part in parts:
            merged |= part
        rows.append(merged)
    fields = dict.fromkeys(field for row in rows for field in row)
    first = list(lists[0][0])
    total = len(rows)
    if total > 2 * LIMIT:
        step = -(-total // LIMIT)
        rows = rows[::step] + ([rows[-1]] if (total - 1) % step else [])
    return Table(tuple(fields), rows, total, first[-1] if first else "", _thinned_note(path, len(rows), total))


def _lists(value: object) -> Iterator[list[dict[str, object]]]:
    """The lists of records in a document, outer ones first in the order they stand; several are laid side by side."""
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _lists(inner)
    elif isinstance(value, list) and value and all(isinstance(item, Mapping) and item for item in value):
        yield [{str(key): cell for key, cell in item.items()} for item in value]
