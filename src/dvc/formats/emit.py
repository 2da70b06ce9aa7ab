"""Plain values to YAML text, byte for byte as DVC writes its files. Owns the layout of what we write anew.

Implements docs/formats/yaml.md. Held equal to ruamel.yaml's block dump by tests/property; values that need its rarer
rules (folded double quotes, keys that are no simple keys) are handed to it.
"""

import datetime
from collections.abc import Mapping

from dvc.formats.scalars import is_typed, number

WIDTH = 80
_LEADING = frozenset("#,[]{}&*!|>'\"%@`")
_BREAKS = frozenset("\x85\u2028\u2029")
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0", "\a": "\\a", "\b": "\\b", "\v": "\\v", "\f": "\\f", "\x1b": "\\e"}
_LONGEST_KEY = 60


class _Rare(Exception):  # noqa: N818 - a signal, not an error
    """The value needs a rule that this writer does not have."""


def dump(value: object) -> str:
    """The document's text, with its final line break."""
    out: list[str] = []
    try:
        if isinstance(value, Mapping) and value:
            _mapping(value, 0, out, inline=True)
        elif isinstance(value, (list, tuple)) and value:
            _sequence(value, 0, out, inline=True)
        else:
            raise _Rare
    except _Rare:
        return _dump_rare(value)
    return "".join(out)


def _dump_rare(value: object) -> str:
    import io

    from ruamel.yaml import YAML

    stream = io.StringIO()
    YAML().dump(_copy(value), stream)
    return stream.getvalue()


def _copy(value: object) -> object:
    """Plain containers, none of them shared: a shared one would come out as anchor and alias."""
    if isinstance(value, Mapping):
        return {key: _copy(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_copy(item) for item in value]
    return value


def _mapping(value: Mapping[object, object], indent: int, out: list[str], *, inline: bool) -> None:
    pad = " " * indent
    first = inline
    for key, item in value.items():
        if not first:
            out.append(pad)
        first = False
        text = _key(key)
        if isinstance(item, Mapping):
            if item:
                out.append(text + ":\n")
                _mapping(item, indent + 2, out, inline=False)
            else:
                out.append(text + ": {}\n")
        elif isinstance(item, (list, tuple)):
            if item:
                out.append(text + ":\n")
                _sequence(item, indent, out, inline=False)
            else:
                out.append(text + ": []\n")
        elif item is None:
            out.append(text + ":\n")
        else:
            out.append(text + ": " + scalar(item, indent + len(text) + 2, indent + 2) + "\n")


def _sequence(value: list[object] | tuple[object, ...], indent: int, out: list[str], *, inline: bool) -> None:
    pad = " " * indent
    first = inline
    for item in value:
        out.append("- " if first else pad + "- ")
        first = False
        if isinstance(item, Mapping):
            if item:
                _mapping(item, indent + 2, out, inline=True)
            else:
                out.append("{}\n")
        elif isinstance(item, (list, tuple)):
            if item:
                _sequence(item, indent + 2, out, inline=True)
            else:
                out.append("[]\n")
        elif item is None:
            out.append("\n")
        else:
            out.append(scalar(item, indent + 2, indent + 2) + "\n")


def _key(key: object) -> str:
    if isinstance(key, str):
        if len(key) > _LONGEST_KEY or not key.isprintable() or not key:
            raise _Rare
        return scalar(key, 0, 0)
    if key is None:
        return "null"
    return scalar(key, 0, 0)


def scalar(value: object, column: int, indent: int) -> str:
    """A scalar's text when it starts at `column`; lines that it folds into start at `indent`."""
    if isinstance(value, str):
        return _string(value, column, indent)
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, float):
        if value != value:
            return ".nan"
        if value in (float("inf"), float("-inf")):
            return ".inf" if value > 0 else "-.inf"
        return number(value)
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value.isoformat()
    raise _Rare


def _string(text: str, column: int, indent: int) -> str:
    if text.isprintable() and text.isascii():
        special = False
    else:
        if not _BREAKS.isdisjoint(text):
            raise _Rare
        special = any(not _is_plain_char(char) for char in text)
    if not special and text and _allows_plain(text) and not is_typed(text):
        return _fold_plain(text, column, indent)
    if special or "'" in text:
        return _double(text, column)
    return _fold_single(text, column, indent)


def _is_plain_char(char: str) -> bool:
    return (" " <= char <= "~") or (("\xa0" <= char <= "\ud7ff" or "\ue000" <= char <= "\ufffd" or char >= "\U00010000") and char != "\ufeff")


def _allows_plain(text: str) -> bool:
    first = text[0]
    if first in _LEADING or first == " " or text[-1] in " :" or text.startswith(("---", "...")):
        return False
    if first in "-?:" and (len(text) == 1 or text[1] == " "):
        return False
    return ": " not in text and " #" not in text


def _fold_plain(text: str, column: int, indent: int) -> str:
    """A word that does not fit goes to a new line, its blank stays behind; a word longer than a line has one to itself."""
    if column + len(text) <= WIDTH:
        return text
    out: list[str] = []
    for piece in _pieces(text):
        if piece[0] == " ":
            if len(piece) == 1 and column >= WIDTH:
                out.append("\n" + " " * indent)
                column = indent
                continue
        elif column + len(piece) > WIDTH and column > indent:
            out.append("\n" + " " * indent)
            column = indent
        out.append(piece)
        column += len(piece)
    return "".join(out)


def _fold_single(text: str, column: int, indent: int) -> str:
    """A single blank beyond the width becomes a line break."""
    if column + len(text) + 1 <= WIDTH:
        return "'" + text + "'"
    out = ["'"]
    column += 1
    at = 0
    for piece in _pieces(text):
        end = at + len(piece)
        if len(piece) == 1 and piece == " " and column > WIDTH and at != 0 and end != len(text):
            out.append("\n" + " " * indent)
            column = indent
        else:
            out.append(piece)
            column += len(piece)
        at = end
    out.append("'")
    return "".join(out)


def _pieces(text: str) -> list[str]:
    """Runs of blanks and runs of other characters, in turn."""
    pieces: list[str] = []
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or (text[at] == " ") != (text[start] == " "):
            pieces.append(text[start:at])
            start = at
    return pieces


def _double(text: str, column: int) -> str:
    out: list[str] = []
    for char in text:
        if char in _SHORT:
            out.append(_SHORT[char])
        elif _is_plain_char(char):
            out.append(char)
        elif char <= "\xff":
            out.append(f"\\x{ord(char):02X}")
        elif char <= "\uffff":
            out.append(f"\\u{ord(char):04X}")
        else:
            out.append(f"\\U{ord(char):08X}")
    quoted = '"' + "".join(out) + '"'
    if column + len(quoted) > WIDTH:
        raise _Rare
    return quoted
