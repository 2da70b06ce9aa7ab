"""YAML text to plain values: dicts, lists, scalars. Owns how the project reads YAML; `emit` owns how it writes it.

Implements docs/formats/yaml.md. Reads parser events, so that duplicate keys are refused and lines are known; never
builds anything but plain data.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from dvc.exceptions import FormatProblem
from dvc.formats import blocks
from dvc.formats.emit import dump
from dvc.formats.scalars import resolve

__all__ = ["Lines", "dump", "load", "load_marked"]

Path = tuple[object, ...]
Lines = Mapping[Path, int]

_TAG = "tag:yaml.org,2002:"
_TAGGED: Mapping[str, type] = {_TAG + "int": int, _TAG + "float": float, _TAG + "bool": bool, _TAG + "null": type(None)}
_MARKERS = ("<<<<<<< ", ">>>>>>> ")  # `=======` alone may be text
_MERGE = object()  # a plain `<<` where a key stands


def load(text: str, name: str) -> object:
    """The document's value; None when it is empty. Raises FormatProblem that names `name` and the line."""
    value = blocks.load(text)
    return _construct(text, name, None) if value is blocks.UNKNOWN else value


def load_marked(text: str, name: str) -> tuple[object, dict[Path, int]]:
    """As `load`, with the line (from 1) on which each key or list item stands, by its path of keys and indices."""
    lines: dict[Path, int] = {(): 1}
    return _construct(text, name, lines), lines


def _construct(text: str, name: str, lines: dict[Path, int] | None) -> object:
    import yaml

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    builder = _Builder(name, lines)
    try:
        for event in yaml.parse(text, Loader=loader):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise _broken(text, name, error.problem or "not valid YAML", line) from None
    except (yaml.YAMLError, UnicodeError, RecursionError) as error:
        raise _broken(text, name, getattr(error, "reason", None) or "not valid YAML", None) from None
    except FormatProblem as problem:
        raise _broken(text, name, problem.why, problem.line) from None
    return builder.value


def _broken(text: str, name: str, why: str, line: int | None) -> FormatProblem:
    for number, content in enumerate(text.split("\n"), 1):
        if content.startswith(_MARKERS):
            hint = "resolve the conflict in this file (for `.dvc` files `dvc` also offers a git merge driver), then try again"
            return FormatProblem(name, "merge conflict markers are left in the file", number, hint=hint)
    return FormatProblem(name, f"not valid YAML: {why}", line)


class _Builder:
    """Takes parser events one by one and puts the value together. Iterative: nesting costs no Python stack."""

    def __init__(self, name: str, lines: dict[Path, int] | None) -> None:
        self.value: object = None
        self._name = name
        self._lines = lines
        self._anchors: dict[str, object] = {}
        self._open: list[_Node] = []
        self._documents = 0

    def take(self, event: Any) -> None:
        kind = type(event).__name__
        if kind == "ScalarEvent":
            self._put(self._scalar(event), event)
        elif kind == "MappingStartEvent":
            self._start({}, event)
        elif kind == "SequenceStartEvent":
            self._start([], event)
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            node = self._open.pop()
            if node.merges:
                node.merge()
        elif kind == "AliasEvent":
            if event.anchor not in self._anchors:
                raise self._problem(f"alias `*{event.anchor}` has no anchor before it", event)
            self._put(self._anchors[event.anchor], event)
        elif kind == "DocumentStartEvent":
            self._documents += 1
            if self._documents > 1:
                raise self._problem("more than one document", event)

    def _problem(self, why: str, event: Any) -> FormatProblem:
        return FormatProblem(self._name, why, event.start_mark.line + 1)

    def _scalar(self, event: Any) -> object:
        plain, quoted = event.implicit
        text: str = event.value
        if plain:
            if text == "<<" and self._open and self._open[-1].wants_key:
                value: object = _MERGE
            else:
                value = resolve(text)
        elif quoted or event.tag in ("!", _TAG + "str"):
            value = text
        else:
            value = self._tagged(event)
        if event.anchor:
            self._anchors[event.anchor] = value
        return value

    def _tagged(self, event: Any) -> object:
        value = resolve(event.value)
        wanted = _TAGGED.get(event.tag)
        if wanted is float and type(value) is int:
            return float(value)
        if wanted is None or type(value) is not wanted:
            raise self._problem(f"tag `{event.tag}` cannot be used here", event)
        return value

    def _start(self, value: dict[object, object] | list[object], event: Any) -> None:
        if event.tag not in (None, "!", _TAG + "map", _TAG + "seq", _TAG + "omap"):
            raise self._problem(f"tag `{event.tag}` cannot be used here", event)
        path = self._put(value, event)
        self._open.append(_Node(value, path))
        if event.anchor:
            self._anchors[event.anchor] = value

    def _put(self, value: object, event: Any) -> Path:
        if not self._open:
            self.value = value
            return ()
        node = self._open[-1]
        if isinstance(node.value, list):
            path = (*node.path, len(node.value)) if self._lines is not None else ()
            node.value.append(value)
        elif node.wants_key:
            self._key(node, value, event)
            return node.path
        elif node.key is _MERGE:
            node.merges.append((value, event.start_mark.line + 1))
            node.wants_key = True
            self._check_merge(value, event)
            return node.path
        else:
            path = (*node.path, node.key) if self._lines is not None else ()
            node.value[node.key] = value
            node.wants_key = True
            return path
        if self._lines is not None:
            self._lines[path] = event.start_mark.line + 1
        return path

    def _key(self, node: "_Node", key: object, event: Any) -> None:
        if isinstance(key, (dict, list)):
            raise self._problem("a key must be a word or a number, not a map or a list", event)
        if key is not _MERGE and key in node.value:
            raise self._problem(f"key '{key}' is there twice", event)
        node.key = key
        node.wants_key = False
        if self._lines is not None and key is not _MERGE:
            self._lines[(*node.path, key)] = event.start_mark.line + 1

    def _check_merge(self, value: object, event: Any) -> None:
        maps = value if isinstance(value, list) else [value]
        # A list written in place is filled only later; what it holds is checked when it is merged.
        if not all(isinstance(item, dict) for item in maps):
            raise self._problem("`<<` takes a map or a list of maps", event)


class _Node:
    """A map or list whose end has not come yet."""

    __slots__ = ("key", "merges", "path", "value", "wants_key")

    def __init__(self, value: dict[object, object] | list[object], path: Path) -> None:
        self.value = value
        self.path = path
        self.key: object = None
        self.wants_key = isinstance(value, dict)
        self.merges: list[tuple[object, int]] = []

    def merge(self) -> None:
        """Add what `<<` brings: own keys win, earlier maps win over later ones."""
        if not isinstance(self.value, dict):
            return
        for source, _line in self.merges:
            for item in _maps(source):
                for key, value in item.items():
                    self.value.setdefault(key, value)


def _maps(source: object) -> Iterator[dict[object, object]]:
    for item in source if isinstance(source, list) else [source]:
        if isinstance(item, dict):
            yield item
