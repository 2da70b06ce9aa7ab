"""What a user names where stages are meant: stages, groups, files, folders, patterns. And how stages are named to a user."""

import fnmatch
import posixpath
from collections.abc import Iterable, Sequence

from dvc.exceptions import TargetNotFound
from dvc.model.stage import Stage
from dvc.project.project import Project
from dvc.project.targets import select
from dvc.project.view import View


def starts(view: View, targets: Sequence[str], *, recursive: bool = False, glob: bool = False) -> list[Stage]:
    """The stages that `targets` name, each once. `glob`: the names of stages are patterns, and one that matches nothing
    names nothing; nor does, with `recursive`, a folder without stages. Raises TargetNotFound."""
    found: dict[str, Stage] = {}
    for text in targets:
        if glob:
            stages = _matching(view, text)
        elif recursive and view.kind(text_path := view.project.path_of(text)) == "folder" and not view.files_below(text_path):
            stages = []
        else:
            stages = _named(view, text, recursive=recursive)
        found.update((stage.address, stage) for stage in stages)
    return list(found.values())


def _named(view: View, text: str, *, recursive: bool) -> list[Stage]:
    """As DVC 3, takes no output for the stage that makes it."""
    chosen = select(view, [text], recursive=recursive, granular=False)
    for target in chosen:
        if target.out is not None:
            raise TargetNotFound(
                f"'{text}' is an output, not a stage", hint=f"name what makes it: '{shown_address(view.project, target.stage)}'"
            )
    return [target.stage for target in chosen]


def _matching(view: View, pattern: str) -> Iterable[Stage]:
    file, colon, name = pattern.rpartition(":")
    path = view.project.path_of(file if colon and posixpath.basename(file) == "dvc.yaml" else "dvc.yaml")
    name = name if colon and posixpath.basename(file) == "dvc.yaml" else pattern
    if view.kind(path) != "file":
        return []
    return [view.stage(path, each) for each in view.names(path) if fnmatch.fnmatchcase(each, name)]


def shown_address(project: Project, stage: Stage) -> str:
    """The address as the user would type it from where they are: `train`, `../dvc.yaml:train`, `data.dvc`."""
    file = project.shown(stage.file)
    if stage.name is None:
        return file
    return stage.name if file == "dvc.yaml" else f"{file}:{stage.name}"
