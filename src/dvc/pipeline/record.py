"""Owns what dvc.lock is told of a stage: its command, and what its dependencies, parameters and outputs are now.

Pure over a survey of the workspace. Spec: docs/formats/pipelines.md, "dvc.lock".
"""

from collections.abc import Callable, Mapping
from typing import cast

from dvc.exceptions import DvcException
from dvc.formats import cloud
from dvc.formats.lock import LockEntry, Recorded
from dvc.model.hashes import MD5
from dvc.model.params import select
from dvc.model.stage import DATASET_URL, Content, PathDep, Stage
from dvc.pipeline.status import MissingParams, ReadParams
from dvc.values import replace
from dvc.workspace.survey import Seen


class Missing(DvcException):
    """A stage cannot be recorded or run: something that it names is not there."""

    code = "stage-missing"


def entry(
    stage: Stage,
    seen: Mapping[str, Seen],
    read: ReadParams,
    *,
    allow_missing: bool = False,
    outs: bool = True,
    shown: Callable[[str], str] = lambda path: path,
) -> LockEntry:
    """The lock entry of `stage` as the workspace is now. `outs` False: their paths alone, as run-cache lookups need it.

    Raises Missing for what is not there; with `allow_missing` it keeps what was recorded of it before.
    """
    deps = []
    for dep in stage.deps:
        if isinstance(dep, PathDep) and dep.path.startswith(DATASET_URL):
            deps.append(Recorded(dep.path, Content(), cast("Mapping[str, object]", read(dep.path))))
        elif isinstance(dep, PathDep):
            path = stage.locate(dep.path)
            content = _content(seen.get(path), dep.content, allow_missing)
            if content is None:
                raise Missing(f"dependency '{shown(path)}' does not exist", hint=_hint(seen.get(path)))
            deps.append(Recorded(dep.path, content))
    made = []
    for out in stage.outs:
        path = stage.locate(out.path)
        content = _content(seen.get(path), out.content, allow_missing) if outs else Content()
        if content is None:
            raise Missing(
                f"output '{shown(path)}' does not exist", hint="the command must make it; check the path and the `wdir` of the stage"
            )
        made.append(Recorded(out.path, content))
    return LockEntry(
        cmd=stage.cmd, deps=tuple(deps), params=parameters(stage, read, allow_missing=allow_missing, shown=shown), outs=tuple(made)
    )


def with_versions(stage: Stage, entry: LockEntry) -> LockEntry:
    """`entry`, with what cloud-versioned remotes have of those files that are what `stage` recorded before."""
    known = {out.path: out.content for out in stage.outs if cloud.CLOUD in out.content.foreign}
    if not known:
        return entry
    outs = []
    for item in entry.outs:
        before = known.get(item.path)
        same = before is not None and before.oid == item.content.oid
        outs.append(replace(item, content=replace(item.content, foreign=before.foreign)) if same and before is not None else item)
    return replace(entry, outs=tuple(outs))


def _content(seen: Seen | None, recorded: Content, allow_missing: bool) -> Content | None:
    if seen is None:  # behind a URL: what was recorded is all that is known
        return recorded
    if seen.content is not None:
        # An entry of DVC 2 stays as it is for as long as what it describes does.
        return recorded if recorded.oid is not None and recorded.oid == seen.content.oid and recorded.algorithm != MD5 else seen.content
    return recorded if allow_missing and seen.kind == "missing" else None


def _hint(seen: Seen | None) -> str | None:
    if seen is not None and seen.kind != "missing":
        problem = seen.problems[0] if seen.problems else None
        return f"it cannot be read: '{problem.path}': {problem.message}" if problem else "it is no file and no folder"
    return "make it, or `dvc pull` it if it is tracked"


def parameters(
    stage: Stage, read: ReadParams, *, allow_missing: bool = False, shown: Callable[[str], str] = lambda path: path
) -> dict[str, dict[str, object]]:
    """The current values of the parameters that `stage` tracks, by file as the stage names it. Raises Missing."""
    found: dict[str, dict[str, object]] = {}
    for params in stage.params:
        path = stage.locate(params.path)
        try:
            values = select(read(path), params.keys)
        except MissingParams:
            if not allow_missing:
                raise Missing(f"the parameter file '{shown(path)}' does not exist") from None
            values = dict(params.values or {})
        absent = [key for key in params.keys or () if key not in values]
        if absent and not allow_missing:
            names = ", ".join(f"'{key}'" for key in absent)
            raise Missing(f"parameters {names} are missing from '{shown(path)}'", hint="add them there, or take them out of the stage")
        found[params.path] = {**found.get(params.path, {}), **values}
    return found
