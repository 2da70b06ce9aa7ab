"""Owns `${...}` in text: its grammar, looking values up, and putting them into strings and commands.

Pure. Spec: docs/formats/pipelines.md, "Templates". A value put in is never looked at again for further `${...}`.
"""

import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Literal

from dvc.exceptions import DvcException
from dvc.values import dataclass

_OPEN = re.compile(r"(?<!\\)\$\{(.*?)\}", re.DOTALL)
_PATH = re.compile(r"\s*([^\s.\[\]{}$][^.\[\]{}$]*?)\s*((?:\.[^.\[\]{}$]+|\[[^.\[\]{}$]+\])*)\s*")
_STEP = re.compile(r"\.([^.\[\]]+)|\[([^.\[\]]+)\]")


class TemplateProblem(DvcException):
    """Something in a template cannot be resolved. `where` is the place inside the file: `stages.train.cmd`."""

    code = "template"

    def __init__(self, why: str, where: str = "", file: str = "", *, hint: str | None = None) -> None:
        place = " in ".join(part for part in (f"'{where}'" if where else "", f"'{file}'" if file else "") if part)
        super().__init__(f"cannot resolve {place}: {why}" if place else why, hint=hint)
        self.why = why
        self.where = where
        self.file = file


@dataclass(frozen=True, slots=True)
class Style:
    """How a mapping becomes command-line arguments: config `parsing.bool` and `parsing.list`."""

    bool: Literal["store_true", "boolean_optional"] = "store_true"
    list: Literal["nargs", "append"] = "nargs"


def is_templated(value: object) -> bool:
    """Whether `${...}` occurs anywhere in `value`, keys included."""
    if isinstance(value, str):
        return "${" in value and _OPEN.search(value) is not None
    if isinstance(value, Mapping):
        return any(is_templated(key) or is_templated(item) for key, item in value.items())
    if isinstance(value, list | tuple):
        return any(is_templated(item) for item in value)
    return False


def resolve(value: object, context: Mapping[str, object], where: str) -> object:
    """`value` with every `${...}` in it replaced. A string that is one `${...}` and nothing else takes the value as it is."""
    if isinstance(value, str):
        return resolve_text(value, context, where)
    if isinstance(value, Mapping):
        done: dict[object, object] = {}
        for key, item in value.items():
            name = as_text(resolve_text(key, context, where), where) if isinstance(key, str) and "${" in key else key
            if name in done:
                raise TemplateProblem(f"the key '{name}' comes out twice", where)
            done[name] = resolve(item, context, f"{where}.{key}")
        return done
    if isinstance(value, list | tuple):
        return [resolve(item, context, f"{where}[{number}]") for number, item in enumerate(value)]
    return value


def resolve_text(text: str, context: Mapping[str, object], where: str) -> object:
    if "${" not in text:
        return text
    whole = _OPEN.fullmatch(text)
    if whole and "}" not in whole[1]:
        return lookup(whole[1], context, where)
    return _unescape(_OPEN.sub(lambda match: as_text(lookup(match[1], context, where), where), text), text)


def resolve_command(text: str, context: Mapping[str, object], where: str, style: Style) -> str:
    """As text, but a mapping becomes arguments (`--key value`), and a command that is one value must be a text."""
    if "${" not in text:
        return text
    whole = _OPEN.fullmatch(text.strip())
    if whole and "}" not in whole[1]:
        value = lookup(whole[1], context, where)
        if not isinstance(value, str):
            raise TemplateProblem(f"the command is {_kind(value)}, not a text", where)

    def put(match: re.Match[str]) -> str:
        value = lookup(match[1], context, where)
        return " ".join(_arguments(value, style, where)) if isinstance(value, Mapping) else as_text(value, where)

    return _unescape(_OPEN.sub(put, text), text)


def _unescape(resolved: str, original: str) -> str:
    return resolved.replace("\\${", "${") if "\\${" in original else resolved


def lookup(expression: str, context: Mapping[str, object], where: str) -> object:
    """The value of `a.b[0]['c']`-like `expression`."""
    match = _PATH.fullmatch(expression)
    if not match:
        raise TemplateProblem(
            f"'${{{expression}}}' is not a valid expression", where, hint="write a name such as ${train.lr} or ${list[0]}"
        )
    steps = [match[1], *((dotted or bracketed).strip() for dotted, bracketed in _STEP.findall(match[2]))]
    value: object = context
    for step in steps:
        if not step:
            raise TemplateProblem(f"'${{{expression}}}' is not a valid expression", where)
        found, value = _step(value, step)
        if not found:
            raise TemplateProblem(f"'{expression.strip()}' is not defined", where, hint="define it in params.yaml or under `vars`")
    return value


def _step(value: object, step: str) -> tuple[bool, object]:
    if isinstance(value, Mapping):
        return step in value, value.get(step)
    if isinstance(value, list | tuple) and re.fullmatch(r"-?\d+", step):
        number = int(step)
        if -len(value) <= number < len(value):
            return True, value[number]
    return False, None


def as_text(value: object, where: str) -> str:
    """A scalar as it stands in names and commands: `true`, `1e3` as `1000.0`, null as `None`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or isinstance(value, str | int | float):
        return str(value)
    raise TemplateProblem(f"{_kind(value)} cannot be put into a text", where)


def _kind(value: object) -> str:
    if isinstance(value, Mapping):
        return "a map"
    if isinstance(value, list | tuple):
        return "a list"
    return f"'{value}'"


def _arguments(mapping: Mapping[object, object], style: Style, where: str, prefix: str = "") -> Iterator[str]:
    for key, value in mapping.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield from _arguments(value, style, where, f"{name}.")
        elif isinstance(value, bool):
            if value:
                yield f"--{name}"
            elif style.bool == "boolean_optional":
                yield f"--no-{name}"
        elif isinstance(value, list | tuple):
            items = [_argument(item, where) for item in value]
            if style.list == "append":
                yield from (part for item in items for part in (f"--{name}", item))
            elif items:
                yield from (f"--{name}", *items)
        else:
            yield from (f"--{name}", _argument(value, where))


def _argument(value: object, where: str) -> str:
    return shlex.quote(value) if isinstance(value, str) else as_text(value, where)
