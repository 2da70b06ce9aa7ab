"""Use case `dag`: the graph of stages, or of outputs, around some targets. Reads metadata alone."""

from collections.abc import Iterable, Mapping

from dvc.model.paths import meet
from dvc.model.stage import PathDep, Stage
from dvc.ops.stage_targets import shown_address
from dvc.pipeline import graph as graphs
from dvc.project.overlap import check
from dvc.project.project import Project
from dvc.project.targets import select
from dvc.values import dataclass


@dataclass(frozen=True, slots=True)
class DagOptions:
    """`target`: a stage, a dvc.yaml, a `.dvc` file or an output. `full`: everything connected with it."""

    target: str | None = None
    full: bool = False
    outs: bool = False
    collapse: bool = False


@dataclass(frozen=True, slots=True)
class Dag:
    """Node names in the order of the files, and for each those it feeds."""

    feeds: Mapping[str, tuple[str, ...]]


def dag(project: Project, options: DagOptions) -> Dag:
    view = project.workspace()
    stages = view.stages()
    check(stages, project.shown)
    graph = graphs.build(stages)
    targets = select(view, [options.target], granular=False) if options.target else ()
    if options.outs:
        feeds = _outs(project, list(stages), graph)
        named = [project.shown(t.stage.locate(out.path)) for t in targets for out in ((t.out,) if t.out else t.stage.outs)]
    else:
        names = {address: _name(project, stage, collapse=options.collapse) for address, stage in graph.stages.items()}
        feeds = _stages(graph, names)
        named = [names[t.stage.address] for t in targets]
    return Dag(_part(feeds, named, full=options.full) if targets else feeds)


def _stages(graph: graphs.Graph, names: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    feeds: dict[str, dict[str, None]] = {}
    for address, name in names.items():
        fed = feeds.setdefault(name, {})
        fed.update(dict.fromkeys(names[other] for other in graph.feeds[address] if names[other] != name))
    return {name: tuple(fed) for name, fed in feeds.items()}


def _part(feeds: Mapping[str, tuple[str, ...]], named: Iterable[str], *, full: bool) -> dict[str, tuple[str, ...]]:
    """What leads to the nodes `named`; with `full` all that is connected with them."""
    near: dict[str, list[str]] = {name: list(fed) if full else [] for name, fed in feeds.items()}
    for name, all_fed in feeds.items():
        for fed in all_fed:
            near[fed].append(name)
    reached = set(named)
    waiting = list(reached)
    while waiting:
        for other in near[waiting.pop()]:
            if other not in reached:
                reached.add(other)
                waiting.append(other)
    return {name: tuple(fed for fed in all_fed if fed in reached) for name, all_fed in feeds.items() if name in reached}


def _name(project: Project, stage: Stage, *, collapse: bool) -> str:
    shown = shown_address(project, stage)
    return shown.rpartition("@")[0] if collapse and stage.name is not None and "@" in stage.name else shown


def _outs(project: Project, stages: list[Stage], graph: graphs.Graph) -> dict[str, tuple[str, ...]]:
    """Outputs, each with those made from it: of a stage that depends on it, above it or inside it."""
    paths = {path: project.shown(path) for stage in stages for path in graphs.out_paths(stage)}
    feeds: dict[str, dict[str, None]] = {shown: {} for shown in paths.values()}
    for stage in stages:
        made = [paths[path] for path in graphs.out_paths(stage)]
        for dep in stage.deps:
            if isinstance(dep, PathDep):
                for source in (s for a in graph.needs[stage.address] for s in graphs.out_paths(graph.stages[a])):
                    if source in paths and _fed(stage.locate(dep.path), source):
                        feeds[paths[source]].update(dict.fromkeys(made))
    return {name: tuple(fed) for name, fed in feeds.items()}


def _fed(dep: str, out: str) -> bool:
    return dep == "." or meet(dep, out)
