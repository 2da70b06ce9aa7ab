"""Whether the outputs of a project keep apart: no path belongs to two stages, and none lies inside another."""

import posixpath
from collections.abc import Callable, Iterable

from dvc.exceptions import OutputOverlap
from dvc.model.stage import Stage
from dvc.values import dataclass


@dataclass(frozen=True, slots=True)
class _Owned:
    path: str
    stage: Stage


def check(stages: Iterable[Stage], shown: Callable[[str], str]) -> None:
    """Raises OutputOverlap for the first two outputs that get in each other's way, naming both owners.

    `shown` spells a root-relative path for the user. One pass: each path looks itself and the folders above it up.
    """
    owners: dict[str, _Owned] = {}
    for stage in stages:
        for out in stage.outs:
            path = stage.locate(out.path)
            other = owners.get(path)
            if other is not None:
                raise _same(path, other.stage, stage, shown)
            owners[path] = _Owned(path, stage)
    for inner in owners.values():
        above = posixpath.dirname(inner.path)
        while above and above != "/":
            outer = owners.get(above)
            if outer is not None:
                raise _nested(outer, inner, shown)
            above = posixpath.dirname(above)


def _same(path: str, one: Stage, other: Stage, shown: Callable[[str], str]) -> OutputOverlap:
    if one is other or (one.file, one.name) == (other.file, other.name):
        return OutputOverlap(f"output '{shown(path)}' is named twice in {_called(one, shown)}", hint="name it once")
    return OutputOverlap(
        f"output '{shown(path)}' belongs to {_called(one, shown)} and to {_called(other, shown)}",
        hint="take it out of one of them: `dvc remove` stops tracking without deleting the data",
    )


def _nested(outer: _Owned, inner: _Owned, shown: Callable[[str], str]) -> OutputOverlap:
    return OutputOverlap(
        f"outputs overlap: '{shown(inner.path)}' of {_called(inner.stage, shown)} lies inside '{shown(outer.path)}' of {_called(outer.stage, shown)}",
        hint="remove one of them: `dvc remove` stops tracking without deleting the data",
    )


def _called(stage: Stage, shown: Callable[[str], str]) -> str:
    return f"'{shown(stage.file)}'" if stage.name is None else f"stage '{stage.name}' of '{shown(stage.file)}'"
