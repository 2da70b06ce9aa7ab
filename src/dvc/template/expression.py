"""Owns `${...}` in text: its grammar, looking values up, and putting them into strings.

Pure. Spec: docs/formats/templates.md. A value put in is never looked at again for further `${...}`. Texts are taken apart once:
thousands of generated stages share them.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from dvc.template.problem import Path, TemplateProblem

Names = Mapping[str, object]

_OPEN = re.compile(r"(?<!\\)\$\{(.*?)\}", re.DOTALL)
_PATH = re.compile(r"\s*([^\s.\[\]{}$][^.\[\]{}$]*?)\s*((?:\.[^.\[\]{}$]+|\[[^.\[\]{}$]+\])*)\s*")
_STEP = re.compile(r"\.([^.\[\]]+)|\[([^.\[\]]+)\]")
_INDEX = re.compile(r"-?\d+")


class Layer(dict[str, object]):
    """Names that hide those of the same name in the map `below`; what is below is not copied."""

    def __init__(self, names: Mapping[str, object], below: Mapping[str, object]) -> None:
        super().__init__(names)
        self.below = below

    def __missing__(self, name: str) -> object:
        return self.below[name]


class Lookup:
    """One `${...}`: what stands in it, and the steps that lead to the value; None where that is no expression."""

    __slots__ = ("steps", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.steps: tuple[tuple[str, int | None], ...] | None = None
        match = _PATH.fullmatch(text)
        if match:
            names = [match[1], *((dotted or bracketed).strip() for dotted, bracketed in _STEP.findall(match[2]))]
            if all(names):
                self.steps = tuple((name, int(name) if _INDEX.fullmatch(name) else None) for name in names)

    def value(self, names: Names, path: Path) -> object:
        if self.steps is None:
            raise TemplateProblem(
                f"'${{{self.text}}}' is not a valid expression", path, hint="write a name such as ${train.lr} or ${list[0]}"
            )
        value: object = names
        for at, (name, number) in enumerate(self.steps):
            if isinstance(value, dict):
                try:
                    value = value[name]
                except KeyError:
                    raise self._undefined(path, at, value) from None
            elif isinstance(value, list | tuple) and number is not None and -len(value) <= number < len(value):
                value = value[number]
            else:
                raise self._undefined(path, at, value)
        return value

    def _undefined(self, path: Path, at: int, value: object) -> TemplateProblem:
        """`at`: the step that leads nowhere from `value`."""
        from difflib import get_close_matches

        steps = [name for name, _ in self.steps or ()]
        known = [*value, *(value.below if isinstance(value, Layer) else ())] if isinstance(value, dict) else []
        close = get_close_matches(steps[at], [key for key in known if isinstance(key, str)], n=1)
        before = ".".join(steps[:at])
        hint = "define it in params.yaml or under `vars`"
        if close:
            hint = f"did you mean '{f'{before}.' if before else ''}{close[0]}'?"
        elif isinstance(value, list | tuple):
            hint = f"'{before}' is a list of {len(value)}"
        elif at and not isinstance(value, dict):
            hint = f"'{before}' is {kind(value)}, with nothing inside"
        return TemplateProblem(f"'{self.text.strip()}' is not defined", path, hint=hint)


@lru_cache(maxsize=4096)
def parts(text: str) -> tuple[str | Lookup, ...]:
    """`text` taken apart: literal texts (`\\${` already as `${`) and what is to be looked up between them."""
    found: list[str | Lookup] = []
    end = 0
    for match in _OPEN.finditer(text):
        if match.start() > end:
            found.append(text[end : match.start()].replace("\\${", "${"))
        found.append(Lookup(match[1]))
        end = match.end()
    if end < len(text) or not found:
        found.append(text[end:].replace("\\${", "${"))
    return tuple(found)


def is_templated(value: object) -> bool:
    """Whether `${...}` occurs anywhere in `value`, keys included."""
    if isinstance(value, str):
        return "${" in value and _OPEN.search(value) is not None
    if isinstance(value, Mapping):
        return any(is_templated(key) or is_templated(item) for key, item in value.items())
    if isinstance(value, list | tuple):
        return any(is_templated(item) for item in value)
    return False


def resolve(value: object, names: Names, path: Path) -> object:
    """`value` with every `${...}` in it replaced. A string that is one `${...}` and nothing else takes the value as it is."""
    if isinstance(value, str):
        return resolve_text(value, names, path)
    if isinstance(value, dict):
        done: dict[object, object] = {}
        for key, item in value.items():
            name = as_text(resolve_text(key, names, path), path) if isinstance(key, str) and "${" in key else key
            if name in done:
                raise TemplateProblem(f"the key '{name}' comes out twice", path, hint="take one of the two out")
            done[name] = resolve(item, names, (*path, key))
        return done
    if isinstance(value, list | tuple):
        return [resolve(item, names, (*path, number)) for number, item in enumerate(value)]
    return value


def resolve_text(text: str, names: Names, path: Path) -> object:
    if "${" not in text:
        return text
    found = parts(text)
    if len(found) == 1 and isinstance(found[0], Lookup):
        return found[0].value(names, path)
    return put(found, names, path, as_text)


def put(found: tuple[str | Lookup, ...], names: Names, path: Path, spell: Callable[[object, Path], str]) -> str:
    """The parts of a text joined again, each value as `spell` writes it."""
    return "".join(part if isinstance(part, str) else spell(part.value(names, path), path) for part in found)


def as_text(value: object, path: Path) -> str:
    """A scalar as it stands in names and commands: `true`, `1e3` as `1000.0`, null as `None`."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or isinstance(value, int | float):
        return str(value)
    raise TemplateProblem(f"{kind(value)} cannot be put into a text", path, hint="name one value in it, such as ${map.key}")


def kind(value: object) -> str:
    """What `value` is, in words for people."""
    if isinstance(value, Mapping):
        return "a map"
    if isinstance(value, list | tuple):
        return "a list"
    return f"'{value}'"
