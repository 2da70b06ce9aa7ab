"""Plain values to YAML text, byte for byte as DVC writes its files. Owns the layout of what we write anew.

Implements docs/formats/yaml.md. Held equal to ruamel.yaml's block dump by tests/property, save where that would lose
characters (blanks around a fold, rare line breaks): there the text is quoted so that it reads back.
"""

import datetime as dt
import math
from collections.abc import Mapping
from functools import lru_cache

from dvc.exceptions import FormatProblem
from dvc.formats.scalars import is_typed, number

WIDTH = 80
_LEADING = frozenset("#,[]{}&*!|>'\"%@`")
_SHORT = {
    '"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0", "\a": "\\a", "\b": "\\b", "\v": "\\v", "\f": "\\f",
    "\x1b": "\\e", "\x85": "\\N", "\u2028": "\\L", "\u2029": "\\P",
}  # fmt: skip
_BREAKS = frozenset("\n\x85\u2028\u2029")
_LONGEST_KEY = 128


def dump(value: object) -> str:
    """The document's text, with its final line break. Takes plain data and dates; TypeError for anything else, FormatProblem for text
    that is no Unicode (names of files that are not UTF-8)."""
    out: list[str] = []
    _node(value, 0, out)
    return "".join(out)


def _node(value: object, indent: int, out: list[str]) -> None:
    """A map or list whose first line has begun at `indent`; or a scalar there."""
    if isinstance(value, str):
        out.append(scalar(value, indent, indent) + "\n")
    elif isinstance(value, Mapping) and value:
        _mapping(value, indent, out, inline=True)
    elif isinstance(value, (list, tuple)) and value:
        _sequence(value, indent, out, inline=True)
    else:
        out.append(scalar(value, indent, indent) + "\n")


def _mapping(value: Mapping[object, object], indent: int, out: list[str], *, inline: bool) -> None:
    pad = " " * indent
    first = inline
    for key, item in value.items():
        if not first:
            out.append(pad)
        first = False
        if _needs_mark(key):
            # `?` and `:` of their own lines: for keys that do not fit before a colon.
            out.append("? " + scalar(key, indent + 2, indent + 2) + f"\n{pad}:")
            if item is None:
                out.append("\n")
            else:
                out.append(" ")
                _node(item, indent + 2, out)
            continue
        text = "null" if key is None else scalar(key, 0, 0, width=_LONGEST_KEY * 10)
        if isinstance(item, str):  # the usual: said before the slower questions
            out.append(text + ": " + scalar(item, indent + len(text) + 2, indent + 2) + "\n")
        elif isinstance(item, Mapping) and item:
            out.append(text + ":\n")
            _mapping(item, indent + 2, out, inline=False)
        elif isinstance(item, (list, tuple)) and item:
            out.append(text + ":\n")
            _sequence(item, indent, out, inline=False)
        elif item is None:
            out.append(text + ":\n")
        else:
            out.append(text + ": " + scalar(item, indent + len(text) + 2, indent + 2) + "\n")


def _needs_mark(key: object) -> bool:
    return isinstance(key, str) and (len(key) >= _LONGEST_KEY or not _BREAKS.isdisjoint(key))


def _sequence(value: list[object] | tuple[object, ...], indent: int, out: list[str], *, inline: bool) -> None:
    pad = " " * indent
    first = inline
    for item in value:
        out.append("- " if first else pad + "- ")
        first = False
        if item is None:
            out.append("\n")
        else:
            _node(item, indent + 2, out)


def scalar(value: object, column: int, indent: int, width: int = WIDTH) -> str:
    """A scalar's text when it starts at `column`; lines that it folds into start at `indent`."""
    if isinstance(value, str):
        if column + len(value) < width - 2 and (bare := _unfolded(value)) is not None:
            return bare
        return _string(value, column, indent, width)
    if value is None:
        return ""
    if isinstance(value, (Mapping, list, tuple)) and not value:
        return "{}" if isinstance(value, Mapping) else "[]"
    return _fold_plain(_plain(value), column, indent, width)


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, float):
        if math.isnan(value):
            return ".nan"
        if math.isinf(value):
            return ".inf" if value > 0 else "-.inf"
        return number(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(" ")
    if isinstance(value, dt.date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is no plain value")


@lru_cache(maxsize=4096)
def _unfolded(text: str) -> str | None:
    """A text as it stands where there is room for it; None for one with escapes. The same few come again and again: keys, digests."""
    if not (text.isascii() and text.isprintable()):
        return None
    if text and _allows_plain(text) and not is_typed(text):
        return text
    return None if "'" in text else f"'{text}'"


def _string(text: str, column: int, indent: int, width: int) -> str:
    special = not (text.isascii() and text.isprintable()) and not all(map(_is_plain_char, text))
    if special:
        if any("\ud800" <= char <= "\udfff" for char in text):
            # YAML has no way to write it: the file could never be read again.
            raise FormatProblem(text, "is not UTF-8 text, so no metadata file can name it", hint="rename it, and try again")
        return _double(text, column, indent, width)
    if text and _allows_plain(text) and not is_typed(text):
        return _fold_plain(text, column, indent, width)
    if "'" in text:
        return _double(text, column, indent, width)
    return _fold_single(text, column, indent, width)


def _is_plain_char(char: str) -> bool:
    if char <= "~":
        return char >= " "
    return ("\xa0" <= char <= "\ud7ff" or "\ue000" <= char <= "\ufffd" or char >= "\U00010000") and char not in "\ufeff\u2028\u2029"


def _allows_plain(text: str) -> bool:
    first = text[0]
    if first in _LEADING or first == " " or text[-1] in " :" or text.startswith(("---", "...")):
        return False
    if first in "-?:" and (len(text) == 1 or text[1] == " "):
        return False
    return ": " not in text and " #" not in text


def _fold_plain(text: str, column: int, indent: int, width: int) -> str:
    """A word that does not fit goes to a new line, its blank stays behind; a word longer than a line has one to itself."""
    if column + len(text) <= width:
        return text
    out: list[str] = []
    blanks = 1
    for piece in _pieces(text):
        if piece[0] == " ":
            blanks = len(piece)
            if blanks == 1 and column >= width:
                out.append("\n" + " " * indent)
                column = indent
                continue
        elif column + len(piece) > width and column > indent and blanks == 1:  # more would be lost at the break
            out.append("\n" + " " * indent)
            column = indent
        out.append(piece)
        column += len(piece)
    return "".join(out)


def _fold_single(text: str, column: int, indent: int, width: int) -> str:
    """A single blank beyond the width becomes a line break."""
    if column + len(text) + 1 <= width:
        return "'" + text + "'"
    out = ["'"]
    column += 1
    at = 0
    for piece in _pieces(text):
        end = at + len(piece)
        if len(piece) == 1 and piece == " " and column > width and at != 0 and end != len(text):
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


def _double(text: str, column: int, indent: int, width: int) -> str:
    """Folds at blanks and behind escapes; a backslash ends the line wherever the break would not read as one blank."""
    out = ['"']
    column += 1
    start = 0  # of the run of characters that is not yet written
    for end, char in enumerate(text):
        plain = _is_plain_char(char) and char not in '"\\'
        if not plain:
            out += (text[start:end], escaped := _escape(char))
            column += end - start + len(escaped)
            start = end + 1
        if 0 < end < len(text) - 1 and (char == " " or start >= end) and column + end - start > width:
            behind = max(start, end)
            fold = text[behind] == " " and start != end and not _keeps_line(text, end)
            out.append(text[start:end] + ("" if fold else "\\") + "\n" + " " * indent)
            column = indent
            start = behind
            if fold:
                start += 1
            elif text[behind] == " ":
                out.append("\\")
                column += 1
    out += (text[start:], '"')
    return "".join(out)


def _keeps_line(text: str, end: int) -> bool:
    """Whether the break at `end` needs its backslash, going by what follows up to the next blank."""
    blank = text.find(" ", end)
    if blank < 0:
        return True
    line = text.find("\n", end, blank)
    stop = blank if line < 0 else line
    if stop + 1 >= len(text) or (line >= 0 and text[stop + 1] != " "):
        return True
    return '"' in text[end:stop] or "'" in text[end:stop] or text[stop + 1] in " \n" or text[end - 1 : end + 1] == "  "


def _escape(char: str) -> str:
    if char in _SHORT:
        return _SHORT[char]
    if char <= "\xff":
        return f"\\x{ord(char):02X}"
    return f"\\u{ord(char):04X}" if char <= "\uffff" else f"\\U{ord(char):08X}"
