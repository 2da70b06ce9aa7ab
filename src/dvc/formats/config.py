"""Configuration files: INI text as configobj reads and writes it. Owns the dialect; `config_schema` owns the options.

Implements docs/formats/config.md. Values stay as typed; a bare comma makes a list. Plain sections have their name as key,
named ones (`['remote "r1"']`) a pair: `("remote", "r1")`.
"""

import re
from collections.abc import Mapping

from dvc.exceptions import ConfigProblem

Section = str | tuple[str, str]
Value = str | list[str]
Settings = dict[Section, dict[str, Value]]

_SECTION = re.compile(r"""(\[+)\s*("\s*\S.*?\s*"|'\s*\S.*?\s*'|[^'"\s].*?)\s*(\]+)\s*(?:#.*)?""")
_OPTION = re.compile(r"""("[^"]*"|'[^']*'|[^'"=][^=]*?)\s*=\s*(.*)""", re.DOTALL)
_NAMED = re.compile(r"""(\S+)\s+"(.+)"|(\S+)\s+'(.+)'""")
_ITEM = re.compile(r""""[^"]*"|'[^']*'|[^'",#][^,#]*""")
_BLANK_OR_QUOTE = tuple(" \t\n'\"")


def read(text: str, path: str) -> Settings:
    """The file's sections in their order, names in lower case. Raises ConfigProblem that names `path` and the line."""
    settings: Settings = {}
    options: dict[str, Value] | None = None
    lines = text.removeprefix("\ufeff").split("\n")
    at = 0
    while at < len(lines):
        number = at + 1
        line = lines[at].strip()
        at += 1
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            options = _open_section(settings, line, path, number)
            continue
        match = _OPTION.fullmatch(line)
        if not match:
            raise _problem(path, number, f"'{line}' is neither a [section] nor an option `name = value`")
        raw = match[2]
        value: Value
        if raw[:3] in ('"""', "'''"):
            value, at = _long(raw, lines, at, path, number)
        else:
            value = _value(raw, path, number)
        if options is None:
            raise _problem(path, number, f"'{_bare(match[1])}' stands before the first [section]")
        name = _bare(match[1]).lower()
        if name in options:
            raise _problem(path, number, f"option '{name}' is there twice")
        options[name] = value
    return settings


def _problem(path: str, line: int, why: str) -> ConfigProblem:
    hint = None
    if why.startswith(("'<<<<<<<", "'>>>>>>>", "'=======")):
        hint = "the file has merge conflict markers: resolve the conflict in it"
    return ConfigProblem(f"'{path}', line {line}: {why}", hint=hint or "edit the file, or set options with `dvc config`")


def _open_section(settings: Settings, line: str, path: str, number: int) -> dict[str, Value]:
    match = _SECTION.fullmatch(line)
    if not match or len(match[1]) != len(match[3]):
        raise _problem(path, number, f"'{line}' is no section")
    if len(match[1]) > 1:
        raise _problem(path, number, f"'{line}': sections inside sections are not used here")
    section = section_of(_bare(match[2]))
    if section in settings:
        raise _problem(path, number, f"section {line} is there twice")
    return settings.setdefault(section, {})


def section_of(text: str) -> Section:
    """The key of a section that the file calls `text`: `core`, or `remote "r1"`."""
    match = _NAMED.fullmatch(text.strip())
    if match:
        return (match[1] or match[3]).lower(), (match[2] or match[4]).lower()
    return text.strip().lower()


def _bare(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text


def _long(raw: str, lines: list[str], at: int, path: str, number: int) -> tuple[str, int]:
    """A value in triple quotes, which may go on over the next lines."""
    quote, rest = raw[:3], raw[3:]
    parts: list[str] = []
    while True:
        end = rest.find(quote)
        while end >= 0:
            tail = rest[end + 3 :].strip()
            if not tail or tail.startswith("#"):
                return "\n".join([*parts, rest[:end]]), at
            end = rest.find(quote, end + 1)  # the text itself may end with a quote
        parts.append(rest)
        if at >= len(lines):
            raise _problem(path, number, f"the value has no closing {quote}")
        rest = lines[at]
        at += 1


def _value(raw: str, path: str, number: int) -> Value:
    """One word, or the items of a list. ` #` starts a comment."""
    items: list[str] = []
    rest = raw.strip()
    if not rest or rest.startswith("#"):
        return ""
    if rest.startswith(","):
        tail = rest[1:].strip()
        if tail and not tail.startswith("#"):
            raise _problem(path, number, f"'{raw}' is no value: quote it if the comma belongs to it")
        return []
    commas = False
    while rest and not rest.startswith("#"):
        match = _ITEM.match(rest)
        if not match:
            raise _problem(path, number, f"the quotes in '{raw}' do not match")
        # A blank before `#` is what makes it a comment; without one it belongs to a word that is not in quotes.
        items.append(_bare(match[0].rstrip()))
        rest = rest[match.end() :].lstrip()
        if rest.startswith(","):
            commas = True
            rest = rest[1:].lstrip()
        elif rest and not rest.startswith("#"):
            raise _problem(path, number, f"there is text behind the closing quote in '{raw}'")
    return items if commas else items[0]


# --- writing


def write(settings: Mapping[Section, Mapping[str, Value]]) -> str:
    """The whole file: sections in their order, named ones last, empty ones left out; comments are not kept."""
    out: list[str] = []
    sections = sorted(settings, key=lambda section: isinstance(section, tuple))  # stable
    for section in sections:
        if not settings[section]:
            continue
        out.append(f"[{_quote_section(section)}]\n")
        out.extend(f"    {_quote(name)} = {_written(value)}\n" for name, value in settings[section].items())
    return "".join(out)


def section_text(section: Section) -> str:
    """`core`, or `remote "r1"`: as the file calls it."""
    return section if isinstance(section, str) else f'{section[0]} "{section[1]}"'


def _quote_section(section: Section) -> str:
    return _quote(section_text(section))


def _written(value: Value) -> str:
    if isinstance(value, str):
        return _quote(value)
    if not value:
        return ","
    # Triple quotes are no part of a list: a word that needs none stays bare there, whatever quotes it holds.
    items = [_quote(item) if _needs_quotes(item) else item for item in value]
    return items[0] + "," if len(items) == 1 else ", ".join(items)


def _quote(text: str) -> str:
    if "\n" in text or ('"' in text and "'" in text):
        quote = "'''" if "'''" not in text else '"""'
        return quote + text + quote
    if not _needs_quotes(text):
        return text
    return f"'{text}'" if '"' in text else f'"{text}"'


def _needs_quotes(text: str) -> bool:
    return not text or text[0] in _BLANK_OR_QUOTE or text[-1] in _BLANK_OR_QUOTE or "," in text or "#" in text
