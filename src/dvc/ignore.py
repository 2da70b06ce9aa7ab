"""`.dvcignore` rules as values. Owns their syntax; the engines apply the rules that come out of here while they walk.

Implements docs/formats/dvcignore.md: gitignore patterns, translated to plain regular expressions (`engine.contract.Rule`).
Never looks at a disk.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

FILE = ".dvcignore"


class Parsed(NamedTuple):
    """One rule and where it was written. The first four fields are `engine.contract.Rule`, in its order.

    `file` is "" for built-in rules; `line` counts from 1.
    """

    base: str
    regex: str
    negated: bool
    folders_only: bool
    file: str
    line: int
    pattern: str


def parse(text: str, base: str) -> tuple[Parsed, ...]:
    """The rules of the `.dvcignore` in the folder `base` (relative to the project's root, "" is the root)."""
    file = f"{base}/{FILE}" if base else FILE
    found = []
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        found.extend(_rules(line.strip(), base, file, number))
    return tuple(found)


def _rules(pattern: str, base: str, file: str, line: int) -> list[Parsed]:
    rule = _rule(pattern, pattern, base, file, line)
    if rule is None:
        return []
    rules = _with_folder(rule)
    return [each for found in rules for each in _let_in(found)] if rule.negated else rules


def _with_folder(rule: Parsed) -> list[Parsed]:
    pattern = rule.pattern
    # DVC takes `folder/**` for the folder too (git: for what is in it alone), so that `!folder/x` cannot let x in again.
    outer = pattern.removesuffix("/").removesuffix("/**")
    if outer == pattern.removesuffix("/") or all(part in ("", "!", "**") for part in outer.split("/")):
        return [rule]
    mark = "!" if outer.startswith("!") else ""
    folder = _rule(f"{mark}/{outer.removeprefix('!').removeprefix('/')}", pattern, rule.base, rule.file, rule.line)
    return [rule] if folder is None else [folder._replace(folders_only=True), rule]


def _let_in(rule: Parsed) -> list[Parsed]:
    """DVC lets in all that is below what `!folder` names, whatever upper rules said of it (git: the folder alone)."""
    below = f"{rule.regex}/[^\\x00]+"
    if rule.folders_only:
        return [rule, rule._replace(regex=below, folders_only=False)]
    return [rule._replace(regex=f"(?:{rule.regex}|{below})")]


def _rule(body: str, pattern: str, base: str, file: str, line: int) -> Parsed | None:
    if not body or body.startswith("#"):
        return None
    negated = body.startswith("!")
    if negated:
        body = body[1:]
    folders_only = body.endswith("/")
    body = body.removesuffix("/")
    if not body:
        return None
    anchored = "/" in body
    regex = _translate(body.removeprefix("/"))
    if regex is None:
        return None
    if not anchored:
        regex = "(?:[^/]+/)*" + regex
    return Parsed(base, regex, negated, folders_only, file, line, pattern)


def _translate(body: str) -> str | None:
    """The regular expression of a pattern without its outer slashes; None where nothing can match it."""
    parts = body.split("/")
    out = ""
    for at, part in enumerate(parts):
        last = at == len(parts) - 1
        if not part:
            return None  # two slashes in a row: no path has that
        if part == "**":
            # Leading and inner: any number of folders, none included. At the end: everything below.
            out += "(?:[^/]+/)*[^/]+" if last else "(?:[^/]+/)*"
            continue
        piece = _translate_part(part)
        if piece is None:
            return None
        out += piece if last else piece + "/"
    return out


def _translate_part(part: str) -> str | None:
    out = ""
    at = 0
    while at < len(part):
        char = part[at]
        at += 1
        if char == "*":
            while at < len(part) and part[at] == "*":
                at += 1
            out += "[^/]*"
        elif char == "?":
            out += "[^/]"
        elif char == "[":
            found = _translate_class(part, at)
            if found is None:
                return None
            piece, at = found
            out += piece
        elif char == "\\":
            if at == len(part):
                return None
            out += re.escape(part[at])
            at += 1
        else:
            out += re.escape(char)
    return out


_CLASSES = {
    "alnum": "0-9A-Za-z", "alpha": "A-Za-z", "blank": " \\t", "cntrl": "\\x00-\\x1f\\x7f", "digit": "0-9",
    "graph": "\\x21-\\x7e", "lower": "a-z", "print": "\\x20-\\x7e", "punct": "\\x21-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\x7e",
    "space": " \\t\\n\\r\\x0b\\x0c", "upper": "A-Z", "xdigit": "0-9A-Fa-f",
}  # fmt: skip


def _translate_class(part: str, at: int) -> tuple[str, int] | None:
    """A bracket expression that starts behind its `[`. None when it is never closed, or wrong: git matches nothing then."""
    negated = part[at : at + 1] in ("!", "^")
    if negated:
        at += 1
    items = ""
    first = True
    while True:
        if at >= len(part):
            return None
        char = part[at]
        if char == "]" and not first:
            break
        first = False
        if part.startswith("[:", at):
            end = part.find(":]", at + 2)
            if end >= 0:
                named = _CLASSES.get(part[at + 2 : end])
                if named is None:
                    return None
                items += named
                at = end + 2
                continue
        low = _literal(part, at)
        if low is None:
            return None
        char, at = low
        if part[at : at + 1] == "-" and part[at + 1 : at + 2] not in ("", "]"):
            high = _literal(part, at + 1)
            if high is None:
                return None
            end_char, at = high
            if end_char >= char:
                items += f"{_escape_in_class(char)}-{_escape_in_class(end_char)}"
        else:
            items += _escape_in_class(char)
    # Neither kind of class takes the slash.
    if negated:
        return f"[^{items}/]", at + 1
    return (f"[{items}]" if items else "[^\\x00-\\U0010ffff]"), at + 1


def _literal(part: str, at: int) -> tuple[str, int] | None:
    if part[at] == "\\":
        return (part[at + 1], at + 2) if at + 1 < len(part) else None
    return part[at], at + 1


def _escape_in_class(char: str) -> str:
    return "\\" + char if char in "\\]^-[&~|" else char


def _built_in(pattern: str) -> Parsed:
    return _rules(pattern, "", "", 0)[0]


BUILT_IN: tuple[Parsed, ...] = tuple(_built_in(pattern) for pattern in (".hg/", ".git/", ".git", ".dvc/"))


@lru_cache(maxsize=4096)
def _compiled(regex: str) -> "re.Pattern[str]":
    return re.compile(regex)


def matches(rules: Sequence[Parsed], path: str, is_folder: bool) -> Parsed | None:
    """The rule that decides on `path` (relative to the root): it is ignored unless that rule is None or negated.

    Outer folders come first: below an ignored folder nothing can be let in again. `rules` are in the order of reading,
    those of outer folders before those of inner ones.
    """
    parts = path.split("/")
    for depth in range(1, len(parts)):
        rule = _last_match(rules, "/".join(parts[:depth]), True)
        if rule is not None and not rule.negated:
            return rule
    return _last_match(rules, path, is_folder)


def _last_match(rules: Sequence[Parsed], path: str, is_folder: bool) -> Parsed | None:
    for rule in reversed(rules):
        if rule.folders_only and not is_folder:
            continue
        if rule.base:
            if not path.startswith(rule.base + "/"):
                continue
            relative = path[len(rule.base) + 1 :]
        else:
            relative = path
        if _compiled(rule.regex).fullmatch(relative):
            return rule
    return None
