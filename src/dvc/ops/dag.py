"""Use case `dag`: the graph of stages, or of outputs, around some targets. Reads metadata alone."""

from collections.abc import Mapping
from dataclasses import dataclass

from dvc.model.stage import PathDep, Stage
from dvc.ops.stage_targets import shown_address, starts
from dvc.pipeline import graph as graphs
from dvc.project.overlap import check
from dvc.project.project import Project
from dvc.project.view import View


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
    chosen = _chosen(view, graph, options)
    if options.outs:
        return Dag(_outs(project, [graph.stages[a] for a in graph.stages if a in chosen], graph))
    named = {a: _name(project, graph.stages[a], collapse=options.collapse) for a in graph.stages if a in chosen}
    feeds: dict[str, dict[str, None]] = {}
    for address, name in named.items():
        fed = feeds.setdefault(name, {})
        fed.update(dict.fromkeys(named[f] for f in graph.feeds[address] if f in named and named[f] != name))
    return Dag({name: tuple(fed) for name, fed in feeds.items()})


def _chosen(view: View, graph: graphs.Graph, options: DagOptions) -> set[str]:
    if options.target is None:
        return set(graph.stages)
    named = [stage.address for stage in starts(view, [options.target])]
    return set(graph.pipelines(named) if options.full else graph.upstream(named))


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
                    if source in paths and _meet(stage.locate(dep.path), source):
                        feeds[paths[source]].update(dict.fromkeys(made))
    return {name: tuple(fed) for name, fed in feeds.items()}


def _meet(one: str, other: str) -> bool:
    return one == other or one.startswith(other + "/") or other.startswith(one + "/") or one == "."
