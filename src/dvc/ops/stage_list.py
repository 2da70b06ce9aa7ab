"""Use case `stage list`: stages with a line about each. Reads metadata alone."""

from collections.abc import Sequence

from dvc.exceptions import DvcException
from dvc.model.stage import Stage
from dvc.ops.stage_targets import shown_address, starts
from dvc.project.project import Project
from dvc.project.view import View
from dvc.values import dataclass


@dataclass(frozen=True, slots=True)
class StageListOptions:
    """`everything`: all stages of the project; files that cannot be read are left out unless `fail`."""

    targets: tuple[str, ...] = ("dvc.yaml",)
    everything: bool = False
    fail: bool = False
    recursive: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """`name` as the user would type it; `about` is one line."""

    name: str
    about: str


@dataclass(frozen=True, slots=True)
class StageList:
    stages: tuple[Listed, ...]
    skipped: tuple[str, ...] = ()  # what is wrong with each file that was left out


def stage_list(project: Project, options: StageListOptions) -> StageList:
    view = project.workspace()
    skipped: list[str] = []
    stages = _all(view, options, skipped) if options.everything else starts(view, options.targets, recursive=options.recursive)
    listed = tuple(Listed(shown_address(project, stage), about(stage)) for stage in stages)
    return StageList(listed, tuple(skipped))


def _all(view: View, options: StageListOptions, skipped: list[str]) -> list[Stage]:
    found: list[Stage] = []
    for file in view.files():
        try:
            found += view.stages_of(file)
        except DvcException as error:
            if options.fail:
                raise
            skipped.append(error.message)
    return found


def about(stage: Stage) -> str:
    """The first line of its description, else what it makes, else what it needs."""
    if stage.desc:
        return str(stage.desc).strip().splitlines()[0]
    outs = [out.path for out in stage.outs if out.kind == "out"]
    reports = [out.path for out in stage.outs if out.kind == "metric"] + [out.path for out in stage.outs if out.kind == "plot"]
    parts = [part for part in (_listed("Outputs", outs), _listed("Reports", reports)) if part]
    if parts:
        return "; ".join(parts)
    needs = [dep.path for dep in stage.deps if hasattr(dep, "path")]
    return _listed("Depends on", needs) or "No outputs or dependencies"


def _listed(word: str, paths: Sequence[str]) -> str:
    return f"{word} {', '.join(paths)}" if paths else ""
