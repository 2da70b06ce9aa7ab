"""Marks stages as frozen, so that they are not run or updated, and takes the mark away again."""

from dvc.exceptions import TargetProblem
from dvc.model.stage import Stage
from dvc.ops.stage_targets import shown_address
from dvc.project import locks, targets
from dvc.project.edits import Edits
from dvc.project.project import Project
from dvc.project.view import View
from dvc.values import dataclass


@dataclass(frozen=True, slots=True)
class FreezeOptions:
    targets: tuple[str, ...]
    frozen: bool = True
    wait: bool = False


def freeze(project: Project, options: FreezeOptions) -> tuple[str, ...]:
    """Set or clear the mark on every target; the metadata files that changed. All targets must exist."""
    with locks.metadata(project, wait=options.wait):
        view = project.workspace()
        chosen = targets.select(view, options.targets, granular=False)
        edits = Edits(project)
        for target in chosen:
            if target.out is not None:
                path = project.shown(target.stage.locate(target.out.path))
                raise TargetProblem(
                    f"'{path}' is an output: stages are frozen, not their outputs", hint=f"name '{shown_address(project, target.stage)}'"
                )
            _refuse_template(view, target.stage)
            if target.stage.frozen != options.frozen:
                edits.set_frozen(target.stage, options.frozen)
        return edits.commit()


def _refuse_template(view: View, stage: Stage) -> None:
    templates = view.templates(stage.file) if stage.name is not None else None
    if stage.name is not None and templates is not None and templates.is_parametrized(stage.name):
        raise TargetProblem(
            f"stage '{stage.name}' of '{view.project.shown(stage.file)}' is made from a template",
            hint="edit `frozen` in dvc.yaml by hand",
        )
