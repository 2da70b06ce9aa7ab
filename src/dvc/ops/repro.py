"""Use case `repro`: go through stages, producers first, and run those that changed, unless their result is known already.

Takes leases on what a running stage makes; the lock on metadata only for the moments in which metadata is written. With
`jobs` independent stages run at once; what is recorded in the end is the same.
"""

import contextlib
from collections.abc import Mapping, Sequence

from dvc.exceptions import ConfigProblem, DvcException, StageFailed
from dvc.model.stage import Stage
from dvc.ops.repro_options import Events, ReproOptions
from dvc.ops.repro_running import Run
from dvc.ops.reproducing import Reproducer
from dvc.ops.stage_targets import starts
from dvc.pipeline import graph as graphs
from dvc.pipeline import signals
from dvc.pipeline.plan import order
from dvc.progress import NullProgress, Progress
from dvc.project import leases, locks
from dvc.project.overlap import check
from dvc.project.project import Project
from dvc.values import dataclass


@dataclass(frozen=True, slots=True)
class ReproResult:
    """`done`: stages that ran, were restored or verified; `changed`: metadata files that are new or differ."""

    done: tuple[str, ...]
    changed: tuple[str, ...]


def configured_jobs(project: Project) -> int:
    """How many stages run at a time if nothing else is said: `feature.repro_jobs`. Raises ConfigProblem for what is no number.

    In that section, for it is the only one in which DVC 3 lets an option pass that it does not know.
    """
    text = project.config.text("feature", "repro_jobs", "1")
    if not (text.isdecimal() and int(text) > 0):
        raise ConfigProblem(f"`feature.repro_jobs` is '{text}', not a number of stages", hint="`dvc config feature.repro_jobs 4`, say")
    return int(text)


def repro(
    project: Project,
    options: ReproOptions,
    events: Events,
    environ: Mapping[str, str],
    progress: Progress = NullProgress(),
) -> ReproResult:
    """Reproduce; raises StageFailed for the first stage that fails, or after all others with `keep-going`."""
    graph, addresses = _chosen(project, options)
    if not options.dry:
        with locks.metadata(project, options.wait):
            pass  # somebody else is writing metadata: nothing has been touched yet
    with signals.passed_on(), contextlib.nullcontext() if options.dry else leases.presence(project) as inherited:
        worker = Reproducer(project, graph, addresses, options, events, environ, progress, inherited)
        run = Run(project, graph, addresses, worker, options, events)
        try:
            run.all()
        except BaseException:
            # What had finished by then is recorded, whatever the matter is.
            with contextlib.suppress(DvcException, OSError):
                worker.flush()
            worker.close(whole=False)
            raise
        worker.flush()
        worker.close(whole=True)
    if run.failed and options.on_error == "keep-going":
        names = ", ".join(f"'{name}'" for name in dict.fromkeys(run.failed.values()))
        raise StageFailed(f"not everything could be reproduced: {names} failed", hint="the messages above say why")
    return ReproResult(tuple(worker.done), tuple(dict.fromkeys(worker.changed)))


def _chosen(project: Project, options: ReproOptions) -> tuple[graphs.Graph, list[str]]:
    view = project.workspace()
    named: Sequence[Stage] | None = None
    if not options.all_pipelines:
        named = starts(view, options.targets or ("dvc.yaml",), recursive=options.recursive, glob=options.glob)
    if named and options.targets and options.reach.single:
        # A stage for itself: whatever is wrong with others is no matter.
        graph = graphs.build(named, for_running=True)
        return graph, order(graph, graph.stages, options.reach)
    everything = view.stages()
    check(everything, project.shown)
    graph = graphs.build(everything, for_running=True)
    if named is None or (options.targets and not named):  # of a group without items DVC 3 makes all there is
        named = everything
    return graph, order(graph, [stage.address for stage in named], options.reach)
