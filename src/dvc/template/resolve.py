"""Owns turning the raw mapping of a dvc.yaml into resolved stages: `foreach`, `matrix`, `do`, local `vars`.

Pure: what must be read comes through the reader. Lazy: a stage that cannot be resolved fails when it is asked for.
Spec: docs/formats/pipelines.md, "Templates".
"""

import itertools
import posixpath
from collections.abc import Mapping

from dvc.template.context import Names, Reader
from dvc.template.expression import Style, TemplateProblem, as_text, is_templated, resolve, resolve_command, resolve_text
from dvc.values import dataclass, field

SEPARATOR = "@"


@dataclass(frozen=True, slots=True)
class _Origin:
    """What a stage is made from: its raw body and the names that its item adds."""

    body: Mapping[str, object]
    item: Mapping[str, object] = field(default_factory=dict)


class Templates:
    """The stages of one dvc.yaml at `file` (root-relative), resolved on demand. One that cannot be resolved harms no other.

    `names()` are all stages in the order of the file, generated ones in the order of their items; `entry(name)` is the raw
    entry with nothing left to resolve, ready for `formats.project.stage`; `members(group)` are a group's stages;
    `section(name)` is a resolved top-level section. All raise TemplateProblem.
    """

    def __init__(self, raw: Mapping[str, object], file: str, read: Reader, style: Style = Style()) -> None:  # noqa: B008 - frozen
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
        return [name for raw in self._stages for name in (self.members(raw) if self.is_group(raw) else [raw])]

    def is_group(self, name: str) -> bool:
        body = self._stages.get(name)
        return isinstance(body, Mapping) and ("foreach" in body or "matrix" in body)

    def members(self, group: str) -> list[str]:
        """The names of the stages that `group` generates."""
        keys = self._members(group)
        with _in_file(self._file):
            for key in keys:
                _check_key(key, f"stages.{group}")
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

    def entry(self, name: str) -> Mapping[str, object]:
        group = self.group_of(name)
        if group is not None:
            key = name.partition(SEPARATOR)[2]
            origin = self._members(group).get(key)
            with _in_file(self._file):
                _check_key(key, f"stages.{group}")
        else:
            body = self._stages.get(name)
            origin = _Origin(body) if isinstance(body, Mapping) and not self.is_group(name) else None
        if origin is None:
            raise KeyError(name)
        self.check_vars()
        with _in_file(self._file):
            return self._resolved(name, origin)

    def section(self, name: str) -> object:
        """A resolved top-level section (`metrics`, `plots`, `params`, `artifacts`); None where there is none."""
        value = self._raw.get(name)
        if not is_templated(value):
            return value
        with _in_file(self._file):
            return resolve(value, self._names().values, name)

    def check_vars(self) -> None:
        """Raise for a `vars` section that does not load, used or not."""
        if self._raw.get("vars"):
            self._names()

    def _names(self) -> Names:
        if self._shared is None:
            with _in_file(self._file):
                names = Names(self._read)
                names.load_default(self._folder)
                entries = self._raw.get("vars") or []
                names.load_vars(entries if isinstance(entries, list | tuple) else [entries], self._folder, "vars")
                self._shared = names
        return self._shared

    def _resolved(self, name: str, origin: _Origin) -> Mapping[str, object]:
        where = f"stages.{name}"
        body = dict(origin.body)
        local = body.pop("vars", None)
        if not (local or is_templated(body)):
            return body
        names = self._names().fork(origin.item)
        if local:
            wdir = body.get("wdir")
            folder = as_text(resolve_text(wdir, names.values, f"{where}.wdir"), f"{where}.wdir") if isinstance(wdir, str) else "."
            entries = local if isinstance(local, list | tuple) else [local]
            names.load_vars(entries, posixpath.normpath(posixpath.join(self._folder, folder)), f"{where}.vars")
        command = body.pop("cmd", None)
        done: dict[str, object] = {}
        for key in origin.body:
            if key == "cmd":
                done["cmd"] = self._command(command, names.values, f"{where}.cmd")
            elif key != "vars":
                done[key] = resolve(body[key], names.values, f"{where}.{key}")
        return done

    def _command(self, command: object, values: Mapping[str, object], where: str) -> object:
        if isinstance(command, str):
            return resolve_command(command, values, where, self._style)
        if isinstance(command, list | tuple):
            return [self._command(line, values, f"{where}[{number}]") for number, line in enumerate(command)]
        return command

    # --- groups

    def _members(self, group: str) -> Mapping[str, _Origin]:
        if group not in self._groups:
            body = self._stages.get(group)
            if not isinstance(body, Mapping):
                raise KeyError(group)
            with _in_file(self._file):
                self._groups[group] = self._foreach(group, body) if "foreach" in body else self._matrix(group, body)
        return self._groups[group]

    def _foreach(self, group: str, body: Mapping[str, object]) -> dict[str, _Origin]:
        where = f"stages.{group}.foreach"
        items = self._data(body["foreach"], where)
        template = body.get("do")
        if not isinstance(template, Mapping):
            raise TemplateProblem("`foreach` needs a map under `do`", f"stages.{group}")
        members: dict[str, _Origin] = {}
        if isinstance(items, Mapping):
            pairs = [(as_text(key, where), {"item": item, "key": as_text(key, where)}) for key, item in items.items()]
        elif isinstance(items, list | tuple):
            numbered = any(isinstance(item, Mapping | list | tuple) for item in items)
            pairs = [(str(number) if numbered else as_text(item, where), {"item": item}) for number, item in enumerate(items)]
        else:
            raise TemplateProblem("`foreach` takes a list or a map", where)
        for key, extra in pairs:
            members.setdefault(key, _Origin(template, extra))
        return members

    def _matrix(self, group: str, body: Mapping[str, object]) -> dict[str, _Origin]:
        where = f"stages.{group}.matrix"
        matrix = body["matrix"]
        if not isinstance(matrix, Mapping):
            raise TemplateProblem("`matrix` takes a map of axes", where, hint="write the axes out; each may be one ${list}")
        template = {key: value for key, value in body.items() if key != "matrix"}
        axes = [[(str(axis), *pair) for pair in self._axis(str(axis), values, f"{where}.{axis}")] for axis, values in matrix.items()]
        members: dict[str, _Origin] = {}
        for combination in itertools.product(*axes):
            key = "-".join(text for _, text, _ in combination)
            members.setdefault(key, _Origin(template, {"item": {axis: value for axis, _, value in combination}, "key": key}))
        return members

    def _axis(self, axis: str, raw: object, where: str) -> list[tuple[str, object]]:
        """(text in the name, value) of each element."""
        if isinstance(raw, Mapping):
            raise TemplateProblem("an axis of `matrix` is a list", where)
        values = self._data(raw, where)
        if not isinstance(values, Mapping | list | tuple):
            raise TemplateProblem("an axis of `matrix` is a list", where)
        named = ((f"{axis}{n}" if isinstance(v, Mapping | list | tuple) else as_text(v, where), v) for n, v in enumerate(values))
        unique: dict[str, object] = {}
        for text, value in named:
            unique.setdefault(text, value)
        return list(unique.items())

    def _data(self, raw: object, where: str) -> object:
        return resolve(raw, self._names().values, where) if is_templated(raw) else raw


def _check_key(key: str, where: str) -> None:
    """Refuses the item as a stage: DVC could not find it again, and does not read a lock that names it."""
    if not key:
        raise TemplateProblem("an item is empty, and a stage needs a name", where, hint="give the item a name")
    if SEPARATOR in key:
        raise TemplateProblem(
            f"the item '{key}' holds '{SEPARATOR}', which separates a group from its items", where, hint="rename the item"
        )


class _in_file:  # noqa: N801 - reads as a statement
    """Adds the file to a TemplateProblem that passes through."""

    def __init__(self, file: str) -> None:
        self._file = file

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, problem: object, trace: object) -> None:
        if isinstance(problem, TemplateProblem) and not problem.file:
            raise TemplateProblem(problem.why, problem.where, self._file, hint=problem.hint) from None
