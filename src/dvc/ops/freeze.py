"""Marks stages as frozen, so that they are not run or updated, and takes the mark away again."""

from dataclasses import dataclass

from dvc.project import locks, targets
from dvc.project.edits import Edits
from dvc.project.project import Project


@dataclass(frozen=True, slots=True)
class FreezeOptions:
    targets: tuple[str, ...]
    frozen: bool = True
    wait: bool = False


def freeze(project: Project, options: FreezeOptions) -> tuple[str, ...]:
    """Set or clear the mark on every target; the metadata files that changed. All targets must exist."""
    with locks.metadata(project, wait=options.wait):
        chosen = targets.select(project.workspace(), options.targets, granular=False)
        edits = Edits(project)
        for target in chosen:
            if target.stage.frozen != options.frozen:
                edits.set_frozen(target.stage, options.frozen)
        return edits.commit()
