"""Owns what `${...}` does in a stage's command: all is text, and a map becomes command-line arguments.

Pure. Spec: docs/formats/templates.md.
"""

import shlex
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Literal

from dvc.template.expression import Lookup, Names, as_text, kind, parts, put
from dvc.template.problem import Path, TemplateProblem
from dvc.values import dataclass


@dataclass(frozen=True, slots=True)
class Style:
    """How a mapping becomes command-line arguments: config `parsing.bool` and `parsing.list`."""

    bool: Literal["store_true", "boolean_optional"] = "store_true"
    list: Literal["nargs", "append"] = "nargs"


def resolve_command(command: object, names: Names, path: Path, style: Style) -> object:
    """A `cmd` (a text or a list of texts) with its templates put in. One that is a single `${...}` must be a text."""
    if isinstance(command, list | tuple):
        return [resolve_command(line, names, (*path, number), style) for number, line in enumerate(command)]
    if not isinstance(command, str) or "${" not in command:
        return command
    found = parts(command)
    whole = parts(command.strip())
    if len(whole) == 1 and isinstance(whole[0], Lookup):
        value = whole[0].value(names, path)
        if not isinstance(value, str):
            hint = "put the program before it: `python train.py ${args}`" if isinstance(value, Mapping) else None
            raise TemplateProblem(f"the command is {kind(value)}, not a text", path, hint=hint)
    return put(found, names, path, partial(_spell, style))


def _spell(style: Style, value: object, path: Path) -> str:
    return " ".join(_arguments(value, style, path)) if isinstance(value, Mapping) else as_text(value, path)


def _arguments(mapping: Mapping[object, object], style: Style, path: Path, prefix: str = "") -> Iterator[str]:
    for key, value in mapping.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield from _arguments(value, style, path, f"{name}.")
        elif isinstance(value, bool):
            if value:
                yield f"--{name}"
            elif style.bool == "boolean_optional":
                yield f"--no-{name}"
        elif isinstance(value, list | tuple):
            items = [_argument(item, path) for item in value]
            if style.list == "append":
                yield from (part for item in items for part in (f"--{name}", item))
            elif items:
                yield from (f"--{name}", *items)
        else:
            yield from (f"--{name}", _argument(value, path))


def _argument(value: object, path: Path) -> str:
    return shlex.quote(value) if isinstance(value, str) else as_text(value, path)
