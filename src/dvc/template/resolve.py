"""Owns turning the raw mapping of a dvc.yaml into resolved stages: `foreach`, `matrix`, `do`, local `vars`.

Pure: what must be read comes through the reader. Lazy: a stage that cannot be resolved fails when it is asked for.
Spec: docs/formats/templates.md.
"""

import itertools
import posixpath
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from dvc.template.command import Style, resolve_command
from dvc.template.context import Names, Reader
from dvc.template.expression import as_text, is_templated, resolve, resolve_text
from dvc.template.problem import Path, TemplateProblem
from dvc.values import dataclass, field

SEPARATOR = "@"
SECTIONS = ("params", "metrics", "plots", "artifacts", "datasets")

Locate = Callable[[str, Path], int | None]
"""The line (from 1) on which something stands in a file, for messages; None where nobody knows."""


@dataclass(frozen=True, slots=True)
class _Body:
    """The text that one stage, or all stages of a group, are made from, and where it stands."""

    raw: Mapping[str, object]
    path: Path
    templated: bool


@dataclass(frozen=True, slots=True)
class _Origin:
    """What a stage is made from: a body and the names that its item adds."""

    body: _Body
    item: Mapping[str, object] = field(default_factory=dict)


def _nowhere(_file: str, _path: Path) -> int | None:
    return None


class Templates:
    """The stages of one dvc.yaml at `file` (root-relative), resolved on demand. One that cannot be resolved harms no other.

    `names()` are all stages in the order of the file, generated ones in the order of their items; `entry(name)` is the raw
    entry with nothing left to resolve, ready for `formats.project.stage`; `members(group)` are a group's stages;
    `section(name)` is a resolved top-level section. All raise TemplateProblem.
    """

    def __init__(
        self,
        raw: Mapping[str, object],
        file: str,
        read: Reader,
        style: Style = Style(),
        locate: Locate = _nowhere,
    ) -> None:
        self._locate = locate
        self._raw = raw
        self._file = file
        self._folder = posixpath.dirname(file)
        self._read = read
        self._style = style
        stages = raw.get("stages")
        self._stages: Mapping[str, object] = stages if isinstance(stages, Mapping) else {}
        self._shared: Names | None = None
        self._groups: dict[str, dict[str, _Origin]] = {}

    def names(self) -> list[str]:
        self.check_vars()
        return [name for raw in self._stages for name in (self.members(raw) if self.is_group(raw) else [raw])]

    def is_group(self, name: str) -> bool:
        body = self._stages.get(name)
        return isinstance(body, Mapping) and ("foreach" in body or "matrix" in body)

    def members(self, group: str) -> list[str]:
        """The names of the stages that `group` generates."""
        keys = self._members(group)
        with self._telling():
            for key in keys:
                _check_key(key, ("stages", group))
        return [f"{group}{SEPARATOR}{key}" for key in keys]

    def has(self, name: str) -> bool:
        """Whether there is a stage called so; resolves no more than the group that it would belong to."""
        group, separator, key = name.partition(SEPARATOR)
        if separator and self.is_group(group):
            return key in self._members(group)
        return name in self._stages and not self.is_group(name)

    def group_of(self, name: str) -> str | None:
        """The group that generates `name`; None for a stage that is written out."""
        group, separator, _ = name.partition(SEPARATOR)
        return group if separator and self.is_group(group) else None

    def is_parametrized(self, name: str) -> bool:
        """Whether the stage's resolved form differs from its text, so that editing commands must leave it alone."""
        return self.group_of(name) is not None or self.is_group(name) or is_templated(self._stages.get(name))

    def place(self, name: str) -> Path:
        """The path to what the stage is made from, in the file."""
        group = self.group_of(name)
        if group is None:
            return ("stages", name)
        return next(iter(self._members(group).values())).body.path

    def entry(self, name: str) -> Mapping[str, object]:
        group = self.group_of(name)
        if group is not None:
            key = name.partition(SEPARATOR)[2]
            origin = self._members(group).get(key)
            with self._telling():
                _check_key(key, ("stages", group))
        else:
            body = self._stages.get(name)
            origin = _Origin(_body(body, ("stages", name))) if isinstance(body, Mapping) and not self.is_group(name) else None
        if origin is None:
            raise KeyError(name)
        self.check_vars()
        with self._telling(name):
            return self._resolved(origin)

    def section(self, name: str) -> object:
        """A resolved top-level section, one of SECTIONS; None where there is none."""
        value = self._raw.get(name)
        if not is_templated(value):
            return value
        with self._telling():
            return resolve(value, self._names().values, (name,))

    def check_sections(self) -> None:
        """Raise for the first top-level section that cannot be resolved."""
        for name in SECTIONS:
            self.section(name)

    def check_vars(self) -> None:
        """Raise for a `vars` section that does not load, used or not."""
        if self._raw.get("vars"):
            self._names()

    def _names(self) -> Names:
        if self._shared is None:
            with self._telling():
                names = Names(self._read)
                names.load_default(self._folder)
                entries = self._raw.get("vars") or []
                names.load_vars(entries if isinstance(entries, list | tuple) else [entries], self._folder, ("vars",))
                self._shared = names
        return self._shared

    @contextmanager
    def _telling(self, stage: str | None = None) -> Iterator[None]:
        """Adds file, line and stage to a TemplateProblem that passes through."""
        try:
            yield
        except TemplateProblem as problem:
            file = problem.file or self._file
            raise problem.within(file=file, stage=stage, line=problem.line or self._locate(file, problem.path)) from None

    def _resolved(self, origin: _Origin) -> Mapping[str, object]:
        raw, path = origin.body.raw, origin.body.path
        local = raw.get("vars")
        if not (local or origin.body.templated):
            return {key: item for key, item in raw.items() if key != "vars"}
        names = self._local(origin, local) if local else self._names().under(origin.item)
        done: dict[str, object] = {}
        for key, item in raw.items():
            if key == "cmd":
                done["cmd"] = resolve_command(item, names, (*path, "cmd"), self._style)
            elif key != "vars":
                done[key] = resolve(item, names, (*path, key))
        return done

    def _local(self, origin: _Origin, entries: object) -> Mapping[str, object]:
        """The names of a stage that has `vars` of its own; paths in these are relative to its `wdir`."""
        path = origin.body.path
        names = self._names().fork(origin.item)
        wdir = origin.body.raw.get("wdir")
        here = (*path, "wdir")
        folder = as_text(resolve_text(wdir, names.values, here), here) if isinstance(wdir, str) else "."
        listed = entries if isinstance(entries, list | tuple) else [entries]
        names.load_vars(listed, posixpath.normpath(posixpath.join(self._folder, folder)), (*path, "vars"))
        return names.values

    # --- groups

    def _members(self, group: str) -> Mapping[str, _Origin]:
        if group not in self._groups:
            body = self._stages.get(group)
            if not isinstance(body, Mapping):
                raise KeyError(group)
            with self._telling():
                self._groups[group] = self._foreach(group, body) if "foreach" in body else self._matrix(group, body)
        return self._groups[group]

    def _foreach(self, group: str, body: Mapping[str, object]) -> dict[str, _Origin]:
        path = ("stages", group, "foreach")
        items = self._data(body["foreach"], path)
        template = body.get("do")
        if not isinstance(template, Mapping):
            raise TemplateProblem("`foreach` needs a map under `do`", ("stages", group))
        if isinstance(items, Mapping):
            pairs = [(as_text(key, path), {"item": item, "key": as_text(key, path)}) for key, item in items.items()]
        elif isinstance(items, list | tuple):
            numbered = any(isinstance(item, Mapping | list | tuple) for item in items)
            pairs = [(str(number) if numbered else as_text(item, path), {"item": item}) for number, item in enumerate(items)]
        else:
            raise TemplateProblem("`foreach` takes a list or a map", path)
        shared = _body({key: value for key, value in template.items() if key != "matrix"}, ("stages", group, "do"))
        members: dict[str, _Origin] = {}
        for key, extra in pairs:
            members.setdefault(key, _Origin(shared, extra))
        return members

    def _matrix(self, group: str, body: Mapping[str, object]) -> dict[str, _Origin]:
        path = ("stages", group, "matrix")
        matrix = body["matrix"]
        if not isinstance(matrix, Mapping):
            raise TemplateProblem("`matrix` takes a map of axes", path, hint="write the axes out; each may be one ${list}")
        if not matrix:
            raise TemplateProblem("`matrix` has no axis", path, hint="give it a list to go through, or take it out")
        shared = _body({key: value for key, value in body.items() if key != "matrix"}, ("stages", group))
        axes = [[(str(axis), *pair) for pair in self._axis(str(axis), values, (*path, axis))] for axis, values in matrix.items()]
        members: dict[str, _Origin] = {}
        for combination in itertools.product(*axes):
            key = "-".join(text for _, text, _ in combination)
            members.setdefault(key, _Origin(shared, {"item": {axis: value for axis, _, value in combination}, "key": key}))
        return members

    def _axis(self, axis: str, raw: object, path: Path) -> list[tuple[str, object]]:
        """(text in the name, value) of each element."""
        if isinstance(raw, Mapping):
            raise TemplateProblem("an axis of `matrix` is a list", path)
        values = self._data(raw, path)
        if not isinstance(values, Mapping | list | tuple):
            raise TemplateProblem("an axis of `matrix` is a list", path)
        named = ((f"{axis}{n}" if isinstance(v, Mapping | list | tuple) else as_text(v, path), v) for n, v in enumerate(values))
        unique: dict[str, object] = {}
        for text, value in named:
            unique.setdefault(text, value)
        return list(unique.items())

    def _data(self, raw: object, path: Path) -> object:
        return resolve(raw, self._names().values, path) if is_templated(raw) else raw


def _body(raw: Mapping[str, object], path: Path) -> _Body:
    return _Body(raw, path, is_templated({key: item for key, item in raw.items() if key != "vars"}))


def _check_key(key: str, path: Path) -> None:
    """Refuses the item as a stage: DVC could not find it again, and does not read a lock that names it."""
    if not key:
        raise TemplateProblem("an item is empty, and a stage needs a name", path, hint="give the item a name")
    if SEPARATOR in key:
        raise TemplateProblem(f"the item '{key}' holds '{SEPARATOR}', which separates a group from its items", path, hint="rename the item")
