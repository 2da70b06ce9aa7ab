"""Decides which stages a reproduction is about, in which order, and what is done with each. Pure."""

from collections.abc import Iterable, Mapping
from typing import Literal

from dvc.model.stage import Stage
from dvc.pipeline.graph import Graph
from dvc.pipeline.status import Changes
from dvc.values import dataclass

Action = Literal["run", "skip", "verify"]


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a reproduction goes from the stages that were named."""

    single: bool = False  # no further
    pipeline: bool = False  # all that is connected with them
    downstream: bool = False  # what is made from them, not what they are made from


@dataclass(frozen=True, slots=True)
class Step:
    """What is done with one stage, and why. "verify": nothing is run, its outputs must be as recorded."""

    stage: Stage
    action: Action
    reasons: tuple[str, ...] = ()


def order(graph: Graph, named: Iterable[str], reach: Reach) -> list[str]:
    """The addresses to go through, producers first, else in the order of `named` and of the files."""
    starts = list(dict.fromkeys(named))
    if reach.single:
        chosen = set(starts)
        return [address for address in graph.upstream(starts) if address in chosen]
    if reach.pipeline:
        return graph.pipelines(starts)
    return graph.downstream(starts) if reach.downstream else graph.upstream(starts)


def mutexes(stage: Stage) -> frozenset[str]:
    """The groups of which only one stage runs at a time: `meta: {mutex: gpu}`, or a list. DVC lets anything stand in `meta`."""
    named = stage.meta.get("mutex") if isinstance(stage.meta, Mapping) else None
    names = named if isinstance(named, (list, tuple)) else [named]
    return frozenset(name for name in names if isinstance(name, str))


def decide(stage: Stage, changes: Changes, *, force: str | None = None) -> Step:
    """`force` is the reason to run a stage that did not change."""
    if stage.frozen or stage.name is None or not stage.cmd:
        return Step(stage, "verify" if changes else "skip", tuple(changes.reasons()))
    if changes:
        return Step(stage, "run", tuple(changes.reasons()))
    return Step(stage, "run", (force,)) if force else Step(stage, "skip")
