"""Parameter and metrics files of every kind: YAML, JSON, TOML, Python literals, CSV and TSV. Owns how they are read.

Implements docs/formats/params.md. Python files are parsed, never run.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

from dvc.exceptions import FormatProblem


def read(data: bytes, path: str) -> object:
    """The file's value, by its suffix; YAML for suffixes nobody knows. An empty YAML file is an empty map.

    Raises FormatProblem that names `path` and, where known, the line.
    """
    return _READERS.get(_suffix(path), _yaml)(_text(data, path), path)


def metrics(data: bytes, path: str) -> object:
    """As `read`; of a table (CSV, TSV) the numbers in its last row, by column."""
    separator = {".csv": ",", ".tsv": "\t"}.get(_suffix(path))
    return read(data, path) if separator is None else _last_row(_text(data, path), path, separator)


def _suffix(path: str) -> str:
    name = path.rsplit("/", 1)[-1]
    return "." + name.rsplit(".", 1)[1].lower() if "." in name else ""


def _text(data: bytes, path: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise FormatProblem(path, "is not UTF-8 text", line) from None


def _yaml(text: str, path: str) -> object:
    from dvc.formats.yaml import load

    value = load(text, path)
    return {} if value is None else value


def _json(text: str, path: str) -> object:
    import json

    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise FormatProblem(path, f"not valid JSON: {error.msg}", error.lineno) from None
    except RecursionError:
        raise FormatProblem(path, "not valid JSON: nested too deeply") from None


def _toml(text: str, path: str) -> object:
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FormatProblem(path, f"not valid TOML: {error}") from None


def _python(text: str, path: str) -> object:
    import ast

    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise FormatProblem(path, f"not valid Python: {getattr(error, 'msg', error)}", getattr(error, "lineno", None)) from None
    return _literals(tree.body)


def _literals(body: list[Any]) -> dict[str, object]:
    """Names that are given literal values, classes as maps of theirs; what is computed is passed over."""
    import ast

    found: dict[str, object] = {}
    for node in body:
        if isinstance(node, ast.ClassDef):
            found[node.name] = _literals(node.body) | _attributes(node.body)
            continue
        if isinstance(node, ast.Assign):
            targets, value = node.targets, node.value
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            targets, value = [node.target], node.value
        else:
            continue
        literal = _literal(value)
        if literal is not _COMPUTED:
            found.update({target.id: literal for target in targets if isinstance(target, ast.Name)})
    return found


_COMPUTED = object()


def _literal(node: Any) -> object:
    """The value of a literal that metadata can hold: no sets, no bytes. _COMPUTED for all else."""
    import ast

    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, MemoryError, RecursionError):
        return _COMPUTED
    return value if _is_plain(value) else _COMPUTED


def _is_plain(value: object) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str | int | float | None) and _is_plain(item) for key, item in value.items())
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, str | int | float)


def _attributes(body: list[Any]) -> dict[str, object]:
    """`self.x = literal` in a class's `__init__`."""
    import ast

    found: dict[str, object] = {}
    for node in body:
        if not isinstance(node, ast.FunctionDef) or node.name != "__init__":
            continue
        for line in node.body:
            if isinstance(line, ast.Assign):
                for target in line.targets:
                    if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == "self":
                        literal = _literal(line.value)
                        if literal is not _COMPUTED:
                            found[target.attr] = literal
    return found


def _last_row(text: str, path: str, separator: str) -> Mapping[str, object]:
    import csv

    try:
        rows = [row for row in csv.reader(text.splitlines(), delimiter=separator) if row]
    except csv.Error as error:
        raise FormatProblem(path, f"not a table: {error}") from None
    if len(rows) < 2:
        return {}
    found: dict[str, object] = {}
    for name, cell in zip(rows[0], rows[-1], strict=False):
        number = _number(cell)
        if number is not None:
            found[name.strip()] = number
    return found


def _number(cell: str) -> int | float | None:
    for kind in (int, float):
        try:
            value = kind(cell)
        except ValueError:
            continue
        return value if isinstance(value, int) or "_" not in cell or math.isnan(value) else None
    return None


_READERS: Mapping[str, Callable[[str, str], object]] = {".json": _json, ".toml": _toml, ".py": _python}
