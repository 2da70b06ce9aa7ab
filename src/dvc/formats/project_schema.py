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


def check(top: Mapping[str, object]) -> None:
    """Raises Invalid for the first thing that is not allowed."""
    schema.closed(top, (), TOP)
    _check_filled({key: value for key, value in top.items() if key != "stages"}, ())
    for at, item in enumerate(schema.items(top.get("vars"), ("vars",))):
        if not isinstance(item, (str, Mapping)):
            raise schema.fail(item, ("vars", at), "the path of a file or a map")
    for name, entry in _named(top, "stages"):
        _check_any_stage(entry, ("stages", name))
    check_declared(top)


def check_declared(top: Mapping[str, object]) -> None:
    """Checks what may be declared beside stages. What `datasets` holds is looked at when a data set is used."""
    for key in ("params", "metrics"):
        for at, item in enumerate(schema.items(top.get(key), (key,))):
            schema.text(item, (key, at))
    _check_plots(top.get("plots"))
    for name, entry in _named(top, "artifacts"):
        _check_artifact(entry, ("artifacts", name))


def _named(top: Mapping[str, object], key: str) -> list[tuple[str, object]]:
    value = top.get(key)
    if value is None and not (key == "stages" and key in top):
        return []
    found = []
    for name, entry in schema.mapping(value, (key,)).items():
        if not isinstance(name, str):
            raise Invalid((key, name), f"`{name}` in `{key}` must be text: put it in quotes")
        if key == "stages" and (not name or "@" in name):
            raise Invalid((key, name), f"'{name}' cannot be the name of a stage", "use letters, digits, `-` and `_`")
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
        do = schema.mapping(value["do"], (*path, "do"))
        check_stage({key: item for key, item in do.items() if key != "matrix"}, (*path, "do"))  # DVC 3 lets it pass, and never looks at it
    elif "matrix" in value:
        axes = schema.mapping(value["matrix"], (*path, "matrix"))
        for name, items in axes.items():
            schema.text(name, (*path, "matrix", name))
            if not isinstance(items, (str, list)):
                raise schema.fail(items, (*path, "matrix", name), "a list or `${...}`")
        check_stage({key: item for key, item in value.items() if key != "matrix"}, path)
    else:
        check_stage(value, path)


def _check_filled(value: Mapping[str, object], path: Path) -> None:
    """A key with nothing behind it is refused, as DVC 3 has it; but `meta` may be anything."""
    for key, item in value.items():
        if item is None and key != "meta":
            raise Invalid((*path, key), f"`{schema.spot((*path, key))}` is empty", f"write something behind `{key}:`, or take it out")


def check_stage(entry: Mapping[str, object], path: Path, *, resolved: bool = False) -> None:
    """Checks one plain stage entry. `resolved`: `vars` are gone."""
    schema.closed(entry, path, STAGE)
    if not resolved:
        _check_filled(entry, path)
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
        _scalar(line, (*path, at))  # DVC 3 reads a number here, and fails when it is to be run


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
        given = schema.mapping(flags, here)
        schema.closed(given, here, keys)
        if not resolved:
            _check_filled(given, here)
        for key, accepts in _OUT_VALUES.items():
            if given.get(key) is not None:
                (_scalar if resolved and key in {"desc", "remote"} else accepts)(given[key], (*here, key))
        for key in () if resolved else PLOT_KEYS:
            if key in given:
                (schema.flag if key == "header" else schema.text)(given[key], (*here, key))


def _check_plots(value: object) -> None:
    if value is None:
        return
    groups = list(enumerate(value)) if isinstance(value, list) else [(None, value)]
    for at, group in groups:
        path: Path = ("plots",) if at is None else ("plots", at)
        if isinstance(group, str) and at is not None:
            continue
        plots = schema.mapping(group, path)
        if not plots and at is not None:
            raise Invalid(path, f"`{schema.spot(path)}` names no plot")
        for name, given in plots.items():
            schema.text(name, (*path, name))
            if given is not None or at is None:
                _check_top_plot(schema.mapping(given, (*path, name)), (*path, name))


def _check_top_plot(given: Mapping[str, object], path: Path) -> None:
    schema.closed(given, path, _TOP_PLOT)
    for key, value in given.items():
        here = (*path, key)
        if key == "x" and isinstance(value, Mapping):
            for file, column in value.items():
                schema.text(column, (*here, file))
        elif key == "y" and isinstance(value, Mapping):
            for file, columns in value.items():
                _check_columns(columns, (*here, file))
        elif key == "y":
            _check_columns(value, here)
        else:
            schema.text(value, here)


def _check_columns(value: object, path: Path) -> None:
    if isinstance(value, list):
        for at, column in enumerate(value):
            schema.text(column, (*path, at))
    elif not isinstance(value, str):
        raise schema.fail(value, path, "a column, or a list of columns")


def _check_artifact(entry: object, path: Path) -> None:
    value = schema.mapping(entry, path)
    schema.closed(value, path, _ARTIFACT)
    if not isinstance(value.get("path"), str):
        raise Invalid(path, f"`{schema.spot(path)}` has no `path`")
    for key in ("type", "desc"):
        if value.get(key) is not None:
            schema.text(value[key], (*path, key))
    for at, label in enumerate(schema.items(value.get("labels"), (*path, "labels"))):
        schema.text(label, (*path, "labels", at))
