"""Use case `plots modify`: how a stage's plot is displayed, as its dvc.yaml says."""

from collections.abc import Mapping

from dvc.exceptions import DvcException, TargetNotFound, TargetProblem
from dvc.formats.project_schema import PLOT_KEYS
from dvc.insight.plots import templates
from dvc.insight.plots.collect import template_reader
from dvc.model.stage import Out, Stage
from dvc.project import locks
from dvc.project.edits import Edits
from dvc.project.project import Project
from dvc.project.view import View
from dvc.values import dataclass, field, replace


class PropertyProblem(DvcException):
    """A property to unset that is not set."""

    code = "plot-property"


@dataclass(frozen=True, slots=True)
class PlotsModifyOptions:
    """`props` are set, those named by `unset` are taken away."""

    target: str
    props: Mapping[str, object] = field(default_factory=dict)
    unset: tuple[str, ...] = ()
    wait: bool = False


def plots_modify(project: Project, options: PlotsModifyOptions) -> tuple[str, ...]:
    """The metadata files that changed. An output that was no plot becomes one."""
    with locks.metadata(project, options.wait):
        view = project.workspace()
        path = project.path_of(options.target)
        stage, out = _plot(view, path, options.target)
        absent = [name for name in options.unset if name not in out.plot]
        if absent:
            raise PropertyProblem(f"'{options.target}' has no {' and no '.join(f'`{name}`' for name in absent)} to unset")
        template = options.props.get("template")
        if template:
            templates.load(str(template), template_reader(view))
        kept = {**out.plot, **options.props}
        props = {key: kept[key] for key in PLOT_KEYS if key in kept and key not in options.unset}
        changed = replace(out, kind="plot", plot=props)
        edits = Edits(project)
        edits.put_pipeline_stage(replace(stage, outs=tuple(changed if one is out else one for one in stage.outs)))
        return edits.commit()


def _plot(view: View, path: str, target: str) -> tuple[Stage, Out]:
    found = view.outs().get(path)
    if found is None:
        raise TargetNotFound(f"no stage has the output '{target}'", hint="`plots modify` is for plots of stages; edit others in dvc.yaml")
    stage, out = found
    if stage.name is None:
        raise TargetProblem(f"'{target}' is tracked by '{view.project.shown(stage.file)}', which no stage makes")
    resolver = view.templates(stage.file)
    if resolver is not None and resolver.is_parametrized(stage.name):
        raise TargetProblem(
            f"stage '{stage.name}' of '{view.project.shown(stage.file)}' is made from a template", hint="edit its plots in dvc.yaml by hand"
        )
    return stage, out
