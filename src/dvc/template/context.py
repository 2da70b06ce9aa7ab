"""Owns the names that templates may use: params.yaml beside dvc.yaml, then `vars`, merged without clashes. Pure."""

import posixpath
from collections.abc import Callable, Iterable, Mapping

from dvc.template.expression import Layer, is_templated
from dvc.template.problem import Path, TemplateProblem

Reader = Callable[[str], object]
"""The parsed document (YAML, JSON, TOML, Python literals) at a root-relative path; FileNotFoundError where there is none."""

DEFAULT_PARAMS = "params.yaml"


class Names:
    """A growing set of names. `fork` makes one for a single stage; the original stays as it is.

    A value that no template can hold (a date) is a problem of those who use templates: it is raised when names are asked for.
    """

    def __init__(self, read: Reader) -> None:
        self._read = read
        self._values: dict[str, object] = {}
        self._unusable: TemplateProblem | None = None
        self._loaded: dict[str, frozenset[str] | None] = {}  # by path: the keys taken from it, None for all

    @property
    def values(self) -> Mapping[str, object]:
        if self._unusable is not None:
            raise self._unusable
        return self._values

    def under(self, extra: Mapping[str, object]) -> Mapping[str, object]:
        """The names where `extra` (`item`, `key`) hides what is called the same."""
        return Layer(extra, self.values) if extra else self.values

    def fork(self, extra: Mapping[str, object]) -> "Names":
        """A copy to grow, where `extra` hides what had the same names."""
        copy = Names(self._read)
        copy._values = {**self._values, **extra}
        copy._unusable = self._unusable
        copy._loaded = dict(self._loaded)
        return copy

    def load_default(self, folder: str) -> None:
        """params.yaml of `folder`, where there is one."""
        path = posixpath.join(folder, DEFAULT_PARAMS)
        try:
            document = self._read(path)
        except FileNotFoundError:
            return
        self._merge(self._checked(document, (), path), (), path)
        self._loaded[path] = None

    def load_vars(self, entries: Iterable[object], folder: str, path: Path) -> None:
        """A `vars` list at `path`: `file`, `file:key,key` (relative to `folder`) and inline maps."""
        for number, entry in enumerate(entries):
            place = (*path, number)
            if is_templated(entry):
                raise TemplateProblem("`vars` cannot use ${}", place, hint="write the value out")
            if isinstance(entry, str):
                self._load_file(entry, folder, place)
            elif isinstance(entry, Mapping):
                self._merge(self._checked(entry, place, ""), place)
            else:
                raise TemplateProblem("an entry of `vars` is a file name or a map", place)

    def _load_file(self, entry: str, folder: str, place: Path) -> None:
        name, _, selection = entry.partition(":")
        path = posixpath.normpath(posixpath.join(folder, name))
        keys = frozenset(key for key in selection.split(",") if key.strip())
        before = self._loaded.get(path, frozenset())
        if not keys and before is None:
            return
        try:
            document = self._read(path)
        except FileNotFoundError:
            raise TemplateProblem(f"the file '{name}' does not exist", place, hint=f"create '{path}' or take it out of `vars`") from None
        values = self._checked(document, (), path)
        for key in keys:
            if key not in values:
                raise TemplateProblem(f"'{key}' is not in '{name}'", place)
        self._merge({key: values[key] for key in values if key in keys} if keys else values, place)
        self._loaded[path] = (before or frozenset()) | keys if keys else None

    def _checked(self, document: object, path: Path, file: str) -> dict[str, object]:
        """A document as names: text keys alone. `path` in `file` is where it stands; the first value of no use is remembered."""
        if document is None:
            return {}
        if not isinstance(document, Mapping):
            raise TemplateProblem("it holds no map of names", path, file=file)
        return {key: self._plain(value, (*path, key), file) for key, value in document.items() if isinstance(key, str)}

    def _plain(self, value: object, path: Path, file: str) -> object:
        if isinstance(value, str) or value is None:
            return value
        if isinstance(value, Mapping):
            return {key: self._plain(item, (*path, key), file) for key, item in value.items() if isinstance(key, str)}
        if isinstance(value, list | tuple):
            return [self._plain(item, (*path, number), file) for number, item in enumerate(value)]
        if self._unusable is None and not isinstance(value, bool | int | float):
            why = f"a value of type '{type(value).__name__}' cannot be used in templates"
            self._unusable = TemplateProblem(why, path, file=file, hint="quote it to make it a text")
        return value

    def _merge(self, values: Mapping[str, object], path: Path, file: str = "") -> None:
        self._values = _merged(self._values, values, path, file)


def _merged(old: Mapping[str, object], new: Mapping[str, object], path: Path, file: str, prefix: str = "") -> dict[str, object]:
    merged = dict(old)
    for key, value in new.items():
        had = merged.get(key)
        if key not in merged:
            merged[key] = value
        elif isinstance(had, Mapping) and isinstance(value, Mapping):
            merged[key] = _merged(had, value, path, file, f"{prefix}{key}.")
        else:
            raise TemplateProblem(f"'{prefix}{key}' is defined twice", path, file=file, hint="rename one of the two")
    return merged
