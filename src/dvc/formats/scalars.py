"""YAML 1.2 scalars: which plain text is typed, and what value it is. Owns the one difference of DVC's dialect from 1.1.

Implements docs/formats/yaml.md. Never imports a YAML library: the quick readers of `.dvc` and `dvc.lock` lean on it.
"""

import datetime as dt
import re

_BOOLS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_INF = frozenset((".inf", ".Inf", ".INF"))
_NAN = frozenset((".nan", ".NaN", ".NAN"))

_INT = re.compile(r"[-+]?(?:0b[01_]+|0o?[0-7_]+|[0-9_]+|0x[0-9a-fA-F_]+)")
_FLOAT = re.compile(r"[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+|[-+]?\.[0-9_]+(?:[eE][-+][0-9]+)?")
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_TIME = re.compile(
    r"([0-9]{4})-([0-9][0-9]?)-([0-9][0-9]?)(?:[Tt]|[ \t]+)([0-9][0-9]?):([0-9]{2}):([0-9]{2})(?:\.([0-9]*))?"
    r"(?:[ \t]*(Z|([-+])([0-9][0-9]?)(?::([0-9]{2}))?))?"
)
# Text that starts otherwise is a string, whatever follows; so the common case costs one look.
_SUSPECTS = frozenset("-+0123456789.tTfFnN~=<")


def resolve(text: str) -> object:
    """The value of a plain (unquoted) scalar."""
    if text and text[0] not in _SUSPECTS:
        return text
    if text.isdecimal() and text.isascii():
        return int(text)
    if text in _NULLS:
        return None
    if text in _BOOLS:
        return _BOOLS[text]
    try:
        if _INT.fullmatch(text):
            return _integer(text)
        number = _real(text)
        if number is not None:
            return number
        return _moment(text)
    except ValueError:  # `+_`, or a day that no calendar has: words after all
        return text


def is_typed(text: str) -> bool:
    """Whether the plain scalar `text` would be read as something other than this string, so that it needs quotes."""
    if text and text[0] not in _SUSPECTS:
        return False
    return bool(
        text in _NULLS
        or text in _BOOLS
        or text in ("=", "<<")
        or text.lstrip("+-") in _INF
        or text in _NAN
        or _INT.fullmatch(text)
        or _FLOAT.fullmatch(text)
        or _DATE.fullmatch(text)
        or _TIME.fullmatch(text)
    )


def _integer(text: str) -> int:
    digits = text.replace("_", "")
    sign = -1 if digits[0] == "-" else 1
    digits = digits.lstrip("+-")
    base = {"0b": 2, "0o": 8, "0x": 16}.get(digits[:2])
    return sign * (int(digits[2:], base) if base else int(digits))


def _real(text: str) -> float | None:
    if text in _NAN:
        return float("nan")
    if text.lstrip("+-") in _INF and len(text) <= 5:
        return float("-inf") if text[0] == "-" else float("inf")
    if _FLOAT.fullmatch(text):
        return float(text.replace("_", ""))
    return None


def _moment(text: str) -> object:
    if match := _DATE.fullmatch(text):
        year, month, day = match.groups()
        return dt.date(int(year), int(month), int(day))
    if match := _TIME.fullmatch(text):
        year, month, day, hour, minute, second, fraction, _zone, sign, zone_hour, zone_minute = match.groups()
        micro = int(((fraction or "0") + "000000")[:6])
        moment = dt.datetime(int(year), int(month), int(day), int(hour), int(minute), int(second), micro)
        if sign:
            offset = dt.timedelta(hours=int(zone_hour), minutes=int(zone_minute or 0))
            moment -= -offset if sign == "-" else offset
        return moment
    return text


def number(value: float) -> str:
    """A float as JSON and YAML files carry it: shortest text that reads back the same (infinities are the caller's)."""
    return float.__repr__(value)
