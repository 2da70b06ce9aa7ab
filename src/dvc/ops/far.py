"""What stages read and make behind URLs (`s3://...`, `remote://NAME/PATH`), as rows beside those of a survey of the workspace.

The far end is asked each time. Imports look after their sources themselves.
"""

from collections.abc import Iterable

from dvc.exceptions import TargetNotFound
from dvc.model.stage import DATASET_URL, PathDep, Stage
from dvc.project.project import Project
from dvc.workspace.survey import Seen


def urls(stage: Stage, *, deps: bool = True, outs: bool = True) -> list[str]:
    """The URLs that a pipeline stage names; a frozen one is not asked what it depends on."""
    if stage.name is None:
        return []
    named = [dep.path for dep in stage.deps if isinstance(dep, PathDep)] if deps and not stage.frozen else []
    named += [out.path for out in stage.outs] if outs else []
    return [path for path in named if "://" in path and not path.startswith(DATASET_URL)]


def look(project: Project, stages: Iterable[Stage], *, deps: bool = True, outs: bool = True) -> dict[str, Seen]:
    """What is there, by URL, each asked for once. Raises what keeps it from being seen."""
    wanted = dict.fromkeys(url for stage in stages for url in urls(stage, deps=deps, outs=outs))
    return {url: _seen(project, url) for url in wanted}


def _seen(project: Project, url: str) -> Seen:
    from dvc.registry.opening import open_external

    try:
        content = open_external(project, url, project.root).content()
    except TargetNotFound:
        return Seen("missing", url)
    return Seen("file" if content.nfiles is None else "folder", url, content)
