"""A quick reader for the plain part of YAML: block maps and lists of simple scalars, as our own writer leaves them.

Implements a subset of docs/formats/yaml.md. Answers only where it is sure, and then as the parser would; no YAML library is
imported and most of the time of loading a big `dvc.lock` or `dvc.yaml` is saved. tests/property hold it to the parser.
"""

import re

from dvc.formats.scalars import is_typed, resolve

_KEY = re.compile(r"(?!\.\.\.)([\w./][\w./@+=,-]{0,120}):(?: ([^ ].*))?", re.ASCII)
# What a plain scalar may be: printable, no `: `, no ` #`, nothing at its ends that means something.
_PLAIN = re.compile(r"(?:[\w./$(+\\~=<;^]|-(?=[^ ]))(?:[!-~]| (?=[^ #]))*", re.ASCII)
_SINGLE = re.compile(r"'([ -&(-~]*)'")
_DEEPEST = 40


class _Unsure(Exception):  # noqa: N818 - a signal: let the parser look
    pass


class Unknown:
    """The answer of `load` where the parser has to look."""


UNKNOWN = Unknown()


def load(text: str) -> object:
    """The value of a document that is a block map; UNKNOWN where there is anything unusual in it."""
    if not text.endswith("\n") or not text.isascii():
        return UNKNOWN
    try:
        return _Reader(text[:-1].split("\n")).whole()
    except _Unsure:
        return UNKNOWN


class _Reader:
    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._indents = [len(line) - len(line.lstrip(" ")) for line in lines]
        self._at = 0

    def whole(self) -> object:
        if self._indents[0] != 0:
            raise _Unsure
        value = self._map(0, 0)
        if self._at < len(self._lines):
            raise _Unsure
        return value

    def _block(self, indent: int, depth: int) -> object:
        if depth > _DEEPEST:
            raise _Unsure
        if self._lines[self._at].startswith("- ", indent):
            return self._list(indent, depth)
        return self._map(indent, depth)

    def _map(self, indent: int, depth: int) -> dict[object, object]:
        found: dict[object, object] = {}
        lines, indents = self._lines, self._indents
        while self._at < len(lines) and indents[self._at] == indent:
            match = _KEY.fullmatch(lines[self._at], indent)
            if not match:
                break
            key, rest = match.groups()
            if key in found or is_typed(key):
                raise _Unsure
            self._at += 1
            found[key] = self._below(indent, depth) if rest is None else _scalar(rest)
        self._end(indent)
        if not found:
            raise _Unsure
        return found

    def _below(self, indent: int, depth: int) -> object:
        """What stands under a key with nothing behind its colon."""
        if self._at == len(self._lines):
            return None
        inner = self._indents[self._at]
        if inner > indent:
            return self._block(inner, depth + 1)
        if inner == indent and self._lines[self._at].startswith("- ", indent):
            return self._list(indent, depth + 1)
        return None

    def _list(self, indent: int, depth: int) -> list[object]:
        found: list[object] = []
        lines, indents = self._lines, self._indents
        while self._at < len(lines) and indents[self._at] == indent and lines[self._at].startswith("- ", indent):
            rest = lines[self._at][indent + 2 :]
            if rest[:1] in ("", " "):
                raise _Unsure
            if rest.startswith("- ") or _KEY.fullmatch(rest):
                # The rest of the line begins a block of its own, two columns further in.
                lines[self._at] = " " * (indent + 2) + rest
                indents[self._at] = indent + 2
                found.append(self._block(indent + 2, depth + 1))
            else:
                self._at += 1
                found.append(_scalar(rest))
                if self._at < len(lines) and indents[self._at] > indent:
                    raise _Unsure
        return found

    def _end(self, indent: int) -> None:
        """A block ends where a line stands further out, or where the list around a map goes on."""
        if self._at < len(self._lines) and self._indents[self._at] >= indent:
            raise _Unsure


def _scalar(rest: str) -> object:
    if rest[0] == "'":
        match = _SINGLE.fullmatch(rest)
        if not match:
            raise _Unsure
        return match[1]
    if rest in ("{}", "[]"):
        return {} if rest == "{}" else []
    if not _PLAIN.fullmatch(rest) or ": " in rest or rest[-1] == ":" or rest in ("=", "<<"):
        raise _Unsure
    return resolve(rest)
