"""Owns why a stage counts as changed: what it recorded against what the workspace and the cache have (docs/formats/pipelines.md).

Pure over what it is handed: a survey of the workspace, the objects the cache lacks, the parameter files. Never hashes,
never writes.
"""

from collections.abc import Callable, Container, Iterable, Mapping
from typing import TYPE_CHECKING

from dvc.model.hashes import ObjectId
from dvc.model.params import ABSENT, same_value, select
from dvc.model.stage import DATASET, DATASET_URL, Content, ParamsDep, PathDep, Stage
from dvc.values import dataclass
from dvc.workspace.survey import Place, Seen

if TYPE_CHECKING:
    from dvc.pipeline.reasons import CommandChange, ParamChange

ReadParams = Callable[[str], object]
"""The parsed parameter file at a root-relative path; raises MissingParams where there is none. Of `ds://NAME`: what dvc.lock pins."""

State = str | Mapping[str, "ParamChange"]


class MissingParams(Exception):  # noqa: N818 - not an error for people: it says "there is no such file"
    """No parameter file there."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Why a stage counts as changed. `deps` and `outs` go by the path relative to the root.

    States: "modified", "deleted", "new", "not in cache"; parameters have a mapping of key to change, or "new" / "deleted"
    for the file as a whole.
    """

    deps: Mapping[str, State]
    outs: Mapping[str, str]
    always: bool = False
    command: "CommandChange | None" = None
    unrecorded: bool = False

    def __bool__(self) -> bool:
        return bool(self.deps or self.outs or self.always or self.command or self.unrecorded)

    def listed(self, shown: Callable[[str], str] = lambda path: path) -> list[object]:
        """As `status --json` has it: `[{"changed deps": {...}}, {"changed outs": {...}}, "always changed", "changed command"]`.

        `shown` spells a root-relative path for the reader. A stage that is merely unrecorded lists nothing.
        """
        parts: list[object] = []
        if self.deps:
            deps = {shown(path): state if isinstance(state, str) else _states(state) for path, state in self.deps.items()}
            parts.append({"changed deps": deps})
        if self.outs:
            parts.append({"changed outs": {shown(path): state for path, state in self.outs.items()}})
        if self.always:
            parts.append("always changed")
        if self.command:
            parts.append("changed command")
        return parts

    def reasons(self) -> list[str]:
        """One short sentence part each: "dependency 'x' is modified"."""
        if self.unrecorded:
            return ["it never ran"]
        from dvc.pipeline.reasons import of_parameter

        found = []
        for path, state in self.deps.items():
            if isinstance(state, str):
                found.append(f"dependency '{path}' is {state}")
            else:
                found.extend(of_parameter(path, key, change) for key, change in state.items())
        found.extend(f"output '{path}' is {state}" for path, state in self.outs.items())
        if self.command:
            found.append(f"its command changed ({self.command.words()})")
        if self.always:
            found.append("it always runs")
        return found


def _states(changes: "Mapping[str, ParamChange]") -> dict[str, str]:
    return {key: change.state for key, change in changes.items()}


def stage_changes(stage: Stage, seen: Mapping[str, Seen], absent: Container[ObjectId], read: ReadParams) -> Changes:
    """What of `stage` differs from what it recorded. Works for pipeline stages and `.dvc` files alike.

    `seen` has a row for every path of `places([stage])`; `absent` the recorded objects that the cache does not hold whole
    (a directory counts as absent when one of its files is). A frozen stage's dependencies are not looked at.
    """
    deps: dict[str, State] = {}
    if not stage.frozen:
        for dep in stage.deps:
            if isinstance(dep, PathDep) and dep.path.startswith(DATASET_URL):
                if dep.content.foreign.get(DATASET) != read(dep.path):
                    deps[dep.path] = "modified"
            elif isinstance(dep, PathDep) and stage.locate(dep.path) in seen:
                state = content_state(dep.content, seen[stage.locate(dep.path)])
                if state:
                    deps[stage.locate(dep.path)] = state
        for params in stage.params:
            changed = params_state(params, stage.locate(params.path), read)
            if changed:
                deps[stage.locate(params.path)] = changed
    outs: dict[str, str] = {}
    for out in stage.outs:
        path = stage.locate(out.path)
        state = _out_state(out.content, out.cache, seen.get(path), absent)
        if state:
            outs[path] = state
    callback = stage.name is not None and not (stage.deps or stage.params or stage.outs)
    return Changes(
        deps=deps,
        outs=outs,
        always=(stage.always_changed or callback) and not stage.frozen,
        command=_command_change(stage),
        unrecorded=stage.name is not None and not stage.recorded,
    )


def places(stages: Iterable[Stage], *, outs: bool = True) -> list[Place]:
    """What `stage_changes` needs surveyed for `stages`; URLs are left out: `ops.far` asks for them."""
    found: dict[str, str] = {}
    for stage in stages:
        items: list[tuple[str, Content]] = []
        if not stage.frozen:
            items += [(dep.path, dep.content) for dep in stage.deps if isinstance(dep, PathDep)]
        if outs:
            items += [(out.path, out.content) for out in stage.outs]
        for path, content in items:
            if "://" not in path:
                found.setdefault(stage.locate(path), content.algorithm)
    return [Place(path, algorithm) for path, algorithm in found.items()]


def content_state(recorded: Content, seen: Seen) -> str | None:
    if seen.kind == "missing":
        return "deleted"
    if seen.content is None:
        return "modified"
    if seen.content.oid is None:  # behind a URL: what the storage calls these bytes
        names = seen.content.foreign
        return None if names and all(recorded.foreign.get(key) == name for key, name in names.items()) else "modified"
    return None if seen.content.oid == recorded.oid else "modified"


def _out_state(recorded: Content, cached: bool, seen: Seen | None, absent: Container[ObjectId]) -> str | None:
    if cached and recorded.oid is not None and recorded.oid in absent:
        return "not in cache"
    return None if seen is None else content_state(recorded, seen)


def params_state(params: ParamsDep, path: str, read: ReadParams) -> State | None:
    """How the tracked parameters of one file differ from what the lock has."""
    try:
        document = read(path)
    except MissingParams:
        return "deleted"
    if params.values is None:
        return "new"
    tracked = select(document, params.keys)
    from dvc.pipeline.reasons import ParamChange

    changes: dict[str, ParamChange] = {}
    for key in dict.fromkeys((*(params.keys or tracked), *(() if params.keys else params.values))):
        old, new = params.values.get(key, ABSENT), tracked.get(key, ABSENT)
        if new is ABSENT:
            changes[key] = ParamChange("deleted", old)
        elif old is ABSENT:
            changes[key] = ParamChange("new", new=new)
        elif not same_value(new, old):
            changes[key] = ParamChange("modified", old, new)
    return changes or None


def _command_change(stage: Stage) -> "CommandChange | None":
    if stage.name is None or not stage.recorded or stage.cmd == stage.recorded_cmd:
        return None
    from dvc.pipeline.reasons import CommandChange

    return CommandChange(stage.recorded_cmd, stage.cmd)
