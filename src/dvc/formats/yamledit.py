"""A new value put into an old text: what the user wrote around it stays. Owns "edits keep the text" (docs/formats/yaml.md).

Keys that stay keep their place, new ones go to the end of their map, lists of one length are matched by position; comments, blank
lines and flow style survive, quotes and indentation are normalised. Files in our own layout never need ruamel.yaml.
"""

from collections.abc import Collection, Mapping
from typing import Any

from dvc.exceptions import FormatProblem
from dvc.formats.emit import dump
from dvc.formats.yaml import load

Path = tuple[object, ...]


def edit(old_text: str | None, new_value: Mapping[Any, object], name: str, whole: Collection[Path] = ()) -> str:
    """`old_text` changed so that it says `new_value`.

    Entries at a path in `whole` are replaced as one piece, comments inside them included. Raises FormatProblem when
    `old_text` does not parse.
    """
    if not old_text:
        return dump(new_value)
    old = load(old_text, name)
    if not isinstance(old, dict) or not old:
        return dump(new_value)
    merged = _merge(old, new_value, whole, ())
    if dump(old) == old_text:
        return dump(merged)
    if _same(old, merged):
        return old_text
    return _round_trip(old_text, new_value, name, whole)


def _merge(old: object, new: object, whole: Collection[Path], path: Path) -> object:
    """`new` in the order of `old`."""
    if path in whole:
        return new
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        kept = {key: _merge(item, new[key], whole, (*path, key)) for key, item in old.items() if key in new}
        return kept | {key: item for key, item in new.items() if key not in kept}
    if isinstance(old, list) and isinstance(new, (list, tuple)):
        both = [_merge(a, b, whole, (*path, at)) for at, (a, b) in enumerate(zip(old, new, strict=False))]
        return both + list(new[len(both) :])
    return old if _same(old, new) else new


def _same(a: object, b: object) -> bool:
    """Equal with types and key order: `1`, `1.0` and `true` differ."""
    if isinstance(a, Mapping):
        return isinstance(b, Mapping) and list(a) == list(b) and all(_same(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)):
        return isinstance(b, (list, tuple)) and len(a) == len(b) and all(map(_same, a, b))
    return type(a) is type(b) and (a == b or repr(a) == repr(b) == "nan")


def _round_trip(old_text: str, new_value: Mapping[Any, object], name: str, whole: Collection[Path]) -> str:
    import io

    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    yaml = YAML()
    try:
        document = yaml.load(old_text)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise FormatProblem(name, f"not valid YAML: {getattr(error, 'problem', error)}", mark.line + 1 if mark else None) from None
    _apply(document, new_value, whole, ())
    stream = io.StringIO()
    yaml.dump(document, stream)
    return stream.getvalue()


def _apply(target: Any, new: Any, whole: Collection[Path], path: Path) -> None:
    if isinstance(target, dict):
        for key in [key for key in target if key not in new]:
            del target[key]
        for key, item in new.items():
            if key not in target or not _descend(target[key], item, whole, (*path, key)):
                target[key] = _plain(item)
    elif len(target) != len(new):
        target[:] = [_plain(item) for item in new]
    else:
        for at, item in enumerate(new):
            if not _descend(target[at], item, whole, (*path, at)):
                target[at] = _plain(item)


def _descend(old: Any, new: Any, whole: Collection[Path], path: Path) -> bool:
    """Change `old` in place where that can be done, or where there is nothing to change. False: put `new` there."""
    if path not in whole:
        if isinstance(old, dict) and isinstance(new, Mapping) and old and new:
            _apply(old, new, whole, path)
            return True
        if isinstance(old, list) and isinstance(new, (list, tuple)) and old and new:
            _apply(old, new, whole, path)
            return True
    return _equal(old, new)


def _equal(old: object, new: object) -> bool:
    if isinstance(old, bool) or isinstance(new, bool):
        return old is new
    if isinstance(old, float) != isinstance(new, float):
        return False
    return bool(old == new)


def _plain(value: object) -> object:
    """A copy of its own: an object that stands twice in the tree would be written as anchor and alias."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value
