"""Checks of parsed metadata: what a key may hold. Problems carry the path of keys that leads to them, codecs add file and line."""

from collections.abc import Callable, Iterable, Mapping

from dvc.exceptions import FormatProblem

Path = tuple[object, ...]
Check = Callable[[object, Path], None]


class Invalid(Exception):  # noqa: N818 - internal signal; `locate` turns it into a FormatProblem
    """The value at `path` is not what the format allows."""

    def __init__(self, path: Path, why: str, hint: str | None = None) -> None:
        super().__init__(why)
        self.path = path
        self.why = why
        self.hint = hint


def locate(problem: Invalid, text: str, file: str) -> FormatProblem:
    """The problem with its line. Parses the text again: only done when there is something to report."""
    from dvc.formats.yaml import load_marked

    _, lines = load_marked(text, file)
    path = problem.path
    while path and path not in lines:
        path = path[:-1]
    return FormatProblem(file, problem.why, lines.get(path), hint=problem.hint)


def spot(path: Path) -> str:
    """`outs[0].md5`: a path of keys for people."""
    shown = ""
    for part in path:
        shown += f"[{part}]" if isinstance(part, int) and not isinstance(part, bool) else f".{part}" if shown else str(part)
    return shown or "the file"


def kind(value: object) -> str:
    """What `value` is, in words for people."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true or false"
    for types, word in (((int, float), "a number"), (str, "text"), (Mapping, "a map"), (list, "a list")):
        if isinstance(value, types):
            return word
    return type(value).__name__


def fail(value: object, path: Path, wanted: str) -> Invalid:
    return Invalid(path, f"`{spot(path)}` must be {wanted}, not {kind(value)}")


def mapping(value: object, path: Path) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise fail(value, path, "a map")
    return value


def items(value: object, path: Path) -> list[object]:
    """A list; nothing counts as an empty one."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise fail(value, path, "a list")
    return value


def text(value: object, path: Path) -> str:
    if not isinstance(value, str):
        raise fail(value, path, "text")
    return value


def flag(value: object, path: Path) -> bool:
    if not isinstance(value, bool):
        raise fail(value, path, "true or false")
    return value


def count(value: object, path: Path) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise fail(value, path, "a whole number, 0 or more")
    return value


def closed(value: Mapping[str, object], path: Path, known: Iterable[str], hints: Mapping[str, str] | None = None) -> None:
    """Refuse keys that are not `known`; the schema of our files is closed."""
    allowed = set(known)
    for key in value:
        if key not in allowed:
            where = f" in `{spot(path)}`" if path else ""
            hint = (hints or {}).get(key)
            if hint is None and isinstance(key, str):
                from difflib import get_close_matches

                close = get_close_matches(key, sorted(allowed), n=1)
                hint = f"did you mean `{close[0]}`?" if close else None
            raise Invalid((*path, key), f"unknown key `{key}`{where}", hint)
