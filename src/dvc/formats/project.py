"""`dvc.yaml`: pipelines, and what people declare beside them. Owns its schema, and the edits that commands make to it.

Implements docs/formats/pipelines.md. `read` keeps stage entries raw, for they may hold `${...}`; `stage` takes one that is
resolved. Never resolves templates itself.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import cast

from dvc.exceptions import FormatProblem
from dvc.formats import entries, project_schema, schema
from dvc.formats.emit import dump, scalar
from dvc.formats.schema import Invalid, Path
from dvc.formats.yaml import load
from dvc.formats.yamledit import edit
from dvc.model.stage import EMPTY, Out, OutKind, ParamsDep, PathDep, Stage
from dvc.values import dataclass, field

PARAMS_FILE = "params.yaml"
_KINDS: tuple[tuple[str, OutKind], ...] = (("outs", "out"), ("metrics", "metric"), ("plots", "plot"))


@dataclass(frozen=True, slots=True)
class ProjectFile:
    """The sections of one dvc.yaml. `stages`: name to entry as written. `plots` is a list or a map, as written."""

    stages: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    params: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    plots: object = None
    artifacts: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    datasets: tuple[Mapping[str, object], ...] = ()
    vars: tuple[object, ...] = ()


def read(text: str, file: str) -> ProjectFile:
    """Raises FormatProblem with the line of what the schema does not allow."""
    value = load(text, file)
    if value is None:
        return ProjectFile()
    try:
        top = schema.mapping(value, ())
        project_schema.check(top)
    except Invalid as problem:
        raise schema.locate(problem, text, file) from None
    datasets = top.get("datasets")
    return ProjectFile(
        stages=_section(top, "stages"),
        params=tuple(cast("list[str]", top.get("params") or ())),
        metrics=tuple(cast("list[str]", top.get("metrics") or ())),
        plots=top.get("plots"),
        artifacts=_section(top, "artifacts"),
        datasets=tuple(item for item in datasets if isinstance(item, Mapping)) if isinstance(datasets, list) else (),
        vars=tuple(cast("list[object]", top.get("vars") or ())),
    )


def _section(top: Mapping[str, object], key: str) -> Mapping[str, Mapping[str, object]]:
    return cast("Mapping[str, Mapping[str, object]]", top.get(key) or {})


def check_declared(file: str, name: str, value: object, line: Callable[[Path], int | None]) -> None:
    """Raises FormatProblem if that is not what the top-level section `name`, its templates put in, may hold."""
    try:
        project_schema.check_declared({name: value})
    except Invalid as problem:
        raise FormatProblem(file, problem.why, line(problem.path), hint=problem.hint) from None


def stage(
    file: str, name: str, entry: Mapping[str, object], *, path: Path | None = None, line: Callable[[Path], int | None] | None = None
) -> Stage:
    """The stage that a resolved entry states, nothing recorded yet. Raises FormatProblem.

    `path` is where the entry stands in the file, if not at `stages.NAME`; `line` finds the line of such a path, for messages.
    """
    try:
        project_schema.check_stage(entry, path or ("stages", name), resolved=True)
        return _stage(file, name, entry)
    except Invalid as problem:
        at = line(problem.path) if line is not None else None
        raise FormatProblem(file, f"stage '{name}': {problem.why}", at, hint=problem.hint) from None


def _stage(file: str, name: str, entry: Mapping[str, object]) -> Stage:
    cmd = entry.get("cmd")
    outs = [_out(path, flags, kind) for key, kind in _KINDS for path, flags in _flags(cast("list[object]", entry.get(key) or [])).items()]
    return Stage(
        file=file,
        name=name,
        wdir=cast("str", entry.get("wdir") or "."),
        cmd=tuple(line if isinstance(line, str) else scalar(line, 0, 0) for line in cmd)
        if isinstance(cmd, list)
        else cast("str | None", cmd),
        deps=tuple(PathDep(path) for path in cast("list[str]", entry.get("deps") or [])),
        params=params_deps(entry.get("params")),
        outs=tuple(outs),
        frozen=bool(entry.get("frozen")),
        always_changed=bool(entry.get("always_changed")),
        desc=_text(entry.get("desc")),
        meta=entry.get("meta"),
        recorded=False,
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _flags(items: Iterable[object]) -> Mapping[str, Mapping[str, object]]:
    """The outputs of one list. A path that stands there twice is one output, the later flags winning, as DVC 3 has it."""
    found: dict[str, dict[str, object]] = {}
    for item in items:
        named = {item: None} if isinstance(item, str) else cast("Mapping[str, Mapping[str, object] | None]", item)
        for path, flags in named.items():
            found.setdefault(path, {}).update(flags or {})
    return found


def _out(path: str, flags: Mapping[str, object], kind: OutKind) -> Out:
    plot = {key: flags[key] for key in flags if key in project_schema.PLOT_KEYS} if kind == "plot" else EMPTY
    return Out(
        path=path,
        kind=kind,
        cache=flags.get("cache") is not False,
        persist=flags.get("persist") is True,
        push=flags.get("push") is not False,
        remote=_text(flags.get("remote")),
        annotations=entries.read_annotations(flags, (path,)),
        plot=plot,
    )


def params_deps(value: object) -> tuple[ParamsDep, ...]:
    """A `params` list as dependencies, one for each file; a file named without keys is wanted whole."""
    keys: dict[str, list[str] | None] = {}
    for item in cast("list[object]", value or []):
        named = {PARAMS_FILE: [item]} if not isinstance(item, Mapping) else item
        for file, wanted in named.items():
            if not wanted:
                keys[file] = None
            elif file not in keys:
                keys[file] = [str(key) for key in wanted]
            elif (known := keys[file]) is not None:
                known.extend(str(key) for key in wanted if str(key) not in known)
    return tuple(ParamsDep(path=file, keys=None if wanted is None else tuple(wanted)) for file, wanted in keys.items())


# --- edits


def put_stage(old_text: str | None, stage: Stage, *, file: str | None = None) -> str:
    """The file with `stage` as `stage add` writes it: appended, or merged into the entry of that name.

    What people noted at an output (`desc`, `type`, `labels`, `meta`, `remote`, `push`) stays when the path does.
    """
    name = file or stage.file
    old = load(old_text, name) if old_text else None
    top = old if isinstance(old, dict) else {}
    known = top.get("stages")
    stages = known if isinstance(known, dict) else {}
    previous = stages.get(stage.name)
    entry = stage_value(_keep_notes(stage, previous) if isinstance(previous, dict) else stage)
    value = top | {"stages": stages | {stage.name: entry}}
    return edit(old_text, value, name) if top else dump(value)


def _keep_notes(stage: Stage, previous: Mapping[str, object]) -> Stage:
    from dvc.values import replace

    noted: dict[str, Out] = {}
    for key, kind in _KINDS:
        items = previous.get(key)
        for path, flags in _flags(items if isinstance(items, list) else ()).items():
            noted[path] = _out(path, flags, kind)
    outs = tuple(
        replace(
            out,
            annotations=out.annotations if out.annotations != type(out.annotations)() else noted[out.path].annotations,
            remote=out.remote or noted[out.path].remote,
            push=out.push and noted[out.path].push,
        )
        if out.path in noted
        else out
        for out in stage.outs
    )
    return replace(stage, outs=outs)


def remove_stage(old_text: str, name: str, *, file: str = "dvc.yaml") -> str | None:
    """The file without that stage; None when nothing else is in it."""
    old = load(old_text, file)
    if not isinstance(old, dict) or not isinstance(old.get("stages"), dict) or name not in old["stages"]:
        return old_text
    stages = {key: item for key, item in old["stages"].items() if key != name}
    if stages:
        return edit(old_text, old | {"stages": stages}, file)
    rest = {key: item for key, item in old.items() if key != "stages"}
    return edit(old_text, rest, file) if rest else None


def set_frozen(old_text: str, name: str, frozen: bool, *, file: str = "dvc.yaml") -> str:
    """The file with `frozen: true` at the end of that stage, or without it."""
    old = load(old_text, file)
    if not isinstance(old, dict) or not isinstance(old.get("stages"), dict) or not isinstance(old["stages"].get(name), dict):
        return old_text
    entry = {key: item for key, item in old["stages"][name].items() if frozen or key != "frozen"}
    if frozen:
        entry["frozen"] = True
    return edit(old_text, old | {"stages": old["stages"] | {name: entry}}, file)


def put_dataset(old_text: str | None, spec: Mapping[str, object], *, file: str = "dvc.yaml") -> str:
    """The file with this data set: in the place of the one of that name, or at the end."""
    old = load(old_text, file) if old_text else None
    if not isinstance(old, dict):
        return dump({"datasets": [dict(spec)]})
    known = [item for item in old.get("datasets") or [] if isinstance(item, Mapping)]
    at = next((n for n, item in enumerate(known) if item.get("name") == spec["name"]), len(known))
    return edit(old_text, old | {"datasets": [*known[:at], dict(spec), *known[at + 1 :]]}, file)


def stage_value(stage: Stage) -> dict[str, object]:
    """The entry as the map that is written, in the order of a new one."""
    value: dict[str, object] = {}
    if stage.desc:
        value["desc"] = stage.desc
    if stage.cmd is not None:
        value["cmd"] = list(stage.cmd) if isinstance(stage.cmd, tuple) else stage.cmd
    if stage.wdir != ".":
        value["wdir"] = stage.wdir
    if deps := sorted(dep.path for dep in stage.deps if isinstance(dep, PathDep)):
        value["deps"] = deps
    if stage.params:
        value["params"] = _params_value(stage.params)
    for key, kind in _KINDS:
        if outs := [_out_value(out) for out in sorted(stage.outs, key=lambda out: out.path) if out.kind == kind]:
            value[key] = outs
    if stage.frozen:
        value["frozen"] = True
    if stage.always_changed:
        value["always_changed"] = True
    if stage.meta is not None:
        value["meta"] = stage.meta
    return value


def _params_value(params: tuple[ParamsDep, ...]) -> list[object]:
    value: list[object] = []
    for dep in sorted(params, key=lambda dep: (dep.path != PARAMS_FILE, dep.path)):
        if dep.keys is None:
            value.append({dep.path: None})
        elif dep.path == PARAMS_FILE:
            value.extend(sorted(dep.keys))
        else:
            value.append({dep.path: sorted(dep.keys)})
    return value


def _out_value(out: Out) -> object:
    flags = entries.annotation_value(out.annotations)
    if not out.cache:
        flags["cache"] = False
    if out.persist:
        flags["persist"] = True
    flags |= dict(out.plot)
    if out.remote is not None:
        flags["remote"] = out.remote
    if not out.push:
        flags["push"] = False
    return {out.path: flags} if flags else out.path
