"""What a `dvc.yaml` may hold. Owns the checks; a problem names the key and, through the codec, the line.

Implements docs/formats/pipelines.md. Entries that hold `${...}` are checked as far as their text allows.
"""

from collections.abc import Callable, Mapping

from dvc.formats import schema
from dvc.formats.schema import Invalid, Path

TOP = ("vars", "stages", "params", "metrics", "plots", "artifacts", "datasets")
STAGE = (
    "desc", "cmd", "wdir", "deps", "params", "outs", "metrics", "plots", "frozen", "always_changed", "meta", "vars"
)  # fmt: skip
OUT_KEYS = ("desc", "type", "labels", "meta", "cache", "persist", "checkpoint", "remote", "push")
PLOT_KEYS = ("template", "x", "y", "x_label", "y_label", "title", "header")
_ARTIFACT = ("path", "type", "desc", "labels", "meta")
_TOP_PLOT = ("template", "x", "y", "x_label", "y_label", "title")
_DATASETS = {"dvc": ("path", "rev"), "url": (), "dc": ()}


def check(top: Mapping[str, object]) -> None:
    """Raises Invalid for the first thing that is not allowed."""
    schema.closed(top, (), TOP)
    for at, item in enumerate(schema.items(top.get("vars"), ("vars",))):
        if not isinstance(item, (str, Mapping)):
            raise schema.fail(item, ("vars", at), "the path of a file or a map")
    for name, entry in _named(top, "stages"):
        _check_any_stage(entry, ("stages", name))
    for key in ("params", "metrics"):
        for at, item in enumerate(schema.items(top.get(key), (key,))):
            schema.text(item, (key, at))
    _check_plots(top.get("plots"))
    for name, entry in _named(top, "artifacts"):
        _check_artifact(entry, ("artifacts", name))
    for at, item in enumerate(schema.items(top.get("datasets"), ("datasets",))):
        _check_dataset(item, ("datasets", at))


def _named(top: Mapping[str, object], key: str) -> list[tuple[str, object]]:
    value = top.get(key)
    if value is None and not (key == "stages" and key in top):
        return []
    found = []
    for name, entry in schema.mapping(value, (key,)).items():
        if not isinstance(name, str):
            raise Invalid((key, name), f"`{name}` in `{key}` must be text: put it in quotes")
        found.append((name, entry))
    return found


def _check_any_stage(entry: object, path: Path) -> None:
    value = schema.mapping(entry, path)
    if "foreach" in value or "do" in value:
        schema.closed(value, path, ("foreach", "do"))
        for key in ("foreach", "do"):
            if key not in value:
                raise Invalid(path, f"`{schema.spot(path)}` has no `{key}`")
        if not isinstance(value["foreach"], (str, list, Mapping)):
            raise schema.fail(value["foreach"], (*path, "foreach"), "a list, a map or `${...}`")
        check_stage(schema.mapping(value["do"], (*path, "do")), (*path, "do"))
    elif "matrix" in value:
        axes = schema.mapping(value["matrix"], (*path, "matrix"))
        for name, items in axes.items():
            if not isinstance(items, (str, list)):
                raise schema.fail(items, (*path, "matrix", name), "a list or `${...}`")
        check_stage({key: item for key, item in value.items() if key != "matrix"}, path)
    else:
        check_stage(value, path)


def check_stage(entry: Mapping[str, object], path: Path, *, resolved: bool = False) -> None:
    """Checks one plain stage entry. `resolved`: `vars` are gone."""
    schema.closed(entry, path, STAGE)
    if entry.get("cmd") is None:
        raise Invalid(path, f"`{schema.spot(path)}` has no `cmd`", "a stage needs a command to run")
    _check_cmd(entry["cmd"], (*path, "cmd"))
    for key, accepts in _STAGE_VALUES.items():
        if entry.get(key) is not None:
            (_scalar if resolved and key == "desc" else accepts)(entry[key], (*path, key))
    for at, item in enumerate(schema.items(entry.get("deps"), (*path, "deps"))):
        schema.text(item, (*path, "deps", at))
    for at, item in enumerate(schema.items(entry.get("params"), (*path, "params"))):
        _check_params(item, (*path, "params", at))
    for key, keys in (("outs", OUT_KEYS), ("metrics", OUT_KEYS), ("plots", (*OUT_KEYS, *PLOT_KEYS))):
        for at, item in enumerate(schema.items(entry.get(key), (*path, key))):
            _check_out(item, (*path, key, at), keys, resolved=resolved)
    if not resolved:
        schema.items(entry.get("vars"), (*path, "vars"))


_STAGE_VALUES: Mapping[str, Callable[[object, Path], object]] = {
    "desc": schema.text,
    "wdir": schema.text,
    "frozen": schema.flag,
    "always_changed": schema.flag,
}
_OUT_VALUES: Mapping[str, Callable[[object, Path], object]] = {
    "desc": schema.text,
    "type": schema.text,
    "labels": schema.items,
    "cache": schema.flag,
    "persist": schema.flag,
    "checkpoint": schema.flag,
    "push": schema.flag,
    "remote": schema.text,
    "header": schema.flag,
}


def _scalar(value: object, path: Path) -> object:
    """What a template makes of a description or a name may be any scalar."""
    if isinstance(value, (Mapping, list)):
        raise schema.fail(value, path, "text")
    return value


def _check_cmd(value: object, path: Path) -> None:
    if not isinstance(value, list):
        schema.text(value, path)
        return
    for at, line in enumerate(value):
        schema.text(line, (*path, at))


def _check_params(item: object, path: Path) -> None:
    if isinstance(item, str):
        return
    for file, keys in schema.mapping(item, path).items():
        schema.text(file, (*path, file))
        for at, key in enumerate(schema.items(keys, (*path, file))):
            if isinstance(key, (Mapping, list)) or key is None:
                raise schema.fail(key, (*path, file, at), "the name of a parameter")


def _check_out(item: object, path: Path, keys: tuple[str, ...], *, resolved: bool) -> None:
    if isinstance(item, str):
        return
    for name, flags in schema.mapping(item, path).items():
        schema.text(name, (*path, name))
        here = (*path, name)
        given = {} if flags is None else schema.mapping(flags, here)
        schema.closed(given, here, keys)
        for key, accepts in _OUT_VALUES.items():
            if given.get(key) is not None:
                (_scalar if resolved and key in {"desc", "remote"} else accepts)(given[key], (*here, key))
    if len(schema.mapping(item, path)) != 1:
        raise Invalid(path, f"`{schema.spot(path)}` must name one path", "give each output an item of its own")


def _check_plots(value: object) -> None:
    if value is None:
        return
    groups = list(enumerate(value)) if isinstance(value, list) else [(None, value)]
    for at, group in groups:
        path: Path = ("plots",) if at is None else ("plots", at)
        if isinstance(group, str) and at is not None:
            continue
        for name, given in schema.mapping(group, path).items():
            if given is not None:
                schema.closed(schema.mapping(given, (*path, name)), (*path, name), _TOP_PLOT)


def _check_artifact(entry: object, path: Path) -> None:
    value = schema.mapping(entry, path)
    schema.closed(value, path, _ARTIFACT)
    if not isinstance(value.get("path"), str):
        raise Invalid(path, f"`{schema.spot(path)}` has no `path`")
    for key in ("type", "desc"):
        if value.get(key) is not None:
            schema.text(value[key], (*path, key))
    schema.items(value.get("labels"), (*path, "labels"))


def _check_dataset(entry: object, path: Path) -> None:
    value = schema.mapping(entry, path)
    for key in ("name", "url", "type"):
        if not isinstance(value.get(key), str):
            raise Invalid(path, f"`{schema.spot(path)}` has no `{key}`")
    kind = str(value["type"])
    if kind not in _DATASETS:
        raise Invalid((*path, "type"), f"`{schema.spot((*path, 'type'))}` must be one of {', '.join(sorted(_DATASETS))}, not '{kind}'")
    if kind == "dvc":
        schema.closed(value, path, ("name", "url", "type", *_DATASETS[kind]))
