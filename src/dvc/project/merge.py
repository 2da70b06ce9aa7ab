"""Puts what dvc.lock recorded into the stages that dvc.yaml states."""

import posixpath
from collections.abc import Mapping

from dvc.formats.lock import LockEntry, Recorded
from dvc.model.stage import DATASET, Content, Dep, Out, ParamsDep, PathDep, Stage
from dvc.values import replace


def merge(stage: Stage, entry: LockEntry | None) -> Stage:
    """`stage` with contents, parameter values and command as recorded; unchanged where there is no entry."""
    if entry is None:
        return stage
    deps = _by_path(entry.deps)
    outs = _by_path(entry.outs)
    return replace(
        stage,
        deps=tuple(_dep(dep, deps) for dep in stage.deps),
        params=tuple(_params(dep, entry.params) for dep in stage.params),
        outs=tuple(_out(out, outs) for out in stage.outs),
        recorded=True,
        recorded_cmd=entry.cmd,
    )


def _by_path(items: tuple[Recorded, ...]) -> dict[str, Recorded]:
    # dvc.yaml keeps paths as typed (`./o`, `a/../o`), the lock may spell them otherwise.
    return {_plain(item.path): item for item in items}


def _plain(path: str) -> str:
    return path if "://" in path else posixpath.normpath(path)


def _dep(dep: Dep, recorded: Mapping[str, Recorded]) -> Dep:
    if not isinstance(dep, PathDep):
        return dep
    found = recorded.get(_plain(dep.path))
    if found is None:
        return dep
    return replace(dep, content=found.content if found.dataset is None else Content(foreign={DATASET: found.dataset}))


def _out(out: Out, recorded: Mapping[str, Recorded]) -> Out:
    found = recorded.get(_plain(out.path))
    return out if found is None else replace(out, content=found.content)


def _params(dep: ParamsDep, recorded: Mapping[str, Mapping[str, object]]) -> ParamsDep:
    values = recorded.get(dep.path)
    return replace(dep, values=values) if values is not None else dep
