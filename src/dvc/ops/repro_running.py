"""The loop of a reproduction: which stage is next, what waits for whom, what a failure means for the others. Owned by `dvc.ops.repro`.

One thread, with one stage at a time or with several: those run as processes, everything else happens here in between.
"""

import time
from collections.abc import Sequence

from dvc.exceptions import DvcException, LockHeld, StageFailed
from dvc.model.stage import Stage
from dvc.ops.repro_options import Events, ReproOptions
from dvc.ops.reproducing import Job, Reproducer
from dvc.ops.stage_targets import shown_address
from dvc.pipeline import shell
from dvc.pipeline.commands import Commands
from dvc.pipeline.graph import Graph
from dvc.pipeline.plan import mutexes
from dvc.pipeline.schedule import Schedule
from dvc.project.leases import Holder
from dvc.project.project import Project

_BUSY = 20.0  # seconds to wait for another process that is at work on a stage
_PAUSE = 0.1


class Run:
    """`failed`: stages that failed or need one that did (with keep-going), with the name of that one."""

    def __init__(
        self, project: Project, graph: Graph, addresses: Sequence[str], worker: Reproducer, options: ReproOptions, events: Events
    ) -> None:
        self.failed: dict[str, str] = {}
        self._project = project
        self._graph = graph
        self._worker = worker
        self._options = options
        self._events = events
        groups = {address: found for address in addresses if (found := mutexes(graph.stages[address]))}
        self._schedule = Schedule(addresses, graph.needs, groups)
        self._busy: dict[str, float] = {}  # stages that wait for another process: since when

    def all(self) -> None:
        """Go through all stages. Raises StageFailed for the first one that fails, once those that run have ended, unless the
        options say to go on."""
        if self._options.several:
            self._several(self._options.jobs)
            return
        while (address := self._schedule.next()) is not None:
            problem = None if self._is_blocked(address) else self._one(address)
            if problem is not None:
                raise problem
            self._schedule.done(address)

    # --- one at a time

    def _one(self, address: str) -> DvcException | None:
        try:
            begun = self._worker.begin(address)
            while isinstance(begun, Holder):
                self._worker.flush()
                self._worker.settle()
                self._wait_for(address, begun)
                time.sleep(_PAUSE)
                begun = self._worker.begin(address)
            if begun is not None:
                self._run(begun)
        except (DvcException, OSError) as error:
            return self._failed(address, error)
        return None

    def _run(self, job: Job) -> None:
        try:
            # What had finished before is recorded while the next command runs.
            shell.run(job.commands, job.place, lambda line: self._events.command(job.shown, line), self._worker.idle)
        except BaseException:
            self._worker.abandon(job)
            raise
        self._worker.finish(job)

    # --- several at a time

    def _several(self, jobs: int) -> None:
        running: dict[str, Job] = {}
        problem: DvcException | None = None
        try:
            with Commands(self._events.command, self._events.output) as commands:
                while True:
                    busy = False
                    if problem is None:
                        busy, problem = self._begin_ready(running, commands, jobs)
                        if problem is not None and running:
                            self._events.draining(tuple(running), problem)
                    if not running and not busy:
                        break
                    pauses = (self._worker.idle(), self._events.tick(), _PAUSE if busy else None)
                    for ended in commands.wait(min((pause for pause in pauses if pause is not None), default=None)):
                        problem = self._over(running.pop(ended.key), ended.error) or problem
        finally:
            for job in running.values():
                self._worker.abandon(job)
                self._events.ended(job.shown)
        if problem is not None:
            raise problem

    def _begin_ready(self, running: dict[str, Job], commands: Commands, jobs: int) -> tuple[bool, DvcException | None]:
        """Begin stages until all `jobs` are busy: whether some wait for another process, and what failed."""
        held: list[str] = []
        problem: DvcException | None = None
        while problem is None and len(running) < jobs and (address := self._schedule.next()) is not None:
            if self._is_blocked(address):
                self._schedule.done(address)
                continue
            try:
                begun = self._worker.begin(address)
                if isinstance(begun, Holder):
                    self._wait_for(address, begun)
                    held.append(address)
                    continue
                if begun is not None and begun.commands:
                    self._start(begun, commands)
                    running[begun.shown] = begun
                    continue
                if begun is not None:
                    self._worker.finish(begun)
            except (DvcException, OSError) as error:
                problem = self._failed(address, error)
            self._schedule.done(address)
        for address in held:
            self._schedule.put_back(address)
        return bool(held), problem

    def _start(self, job: Job, commands: Commands) -> None:
        try:
            commands.start(job.shown, job.commands, job.place)
        except BaseException:
            self._worker.abandon(job)
            raise

    def _over(self, job: Job, error: DvcException | None) -> DvcException | None:
        problem = None
        self._events.ended(job.shown)
        try:
            if error is not None:
                self._worker.abandon(job)
                raise error
            self._worker.finish(job)
        except (DvcException, OSError) as failure:
            problem = self._failed(job.address, failure)
        self._schedule.done(job.address)
        return problem

    # --- failures and waits

    def _is_blocked(self, address: str) -> bool:
        """Whether it needs a stage that failed, where others are gone on with."""
        if self._options.on_error != "keep-going":
            return False
        by = next((self.failed[need] for need in self._schedule.needs(address) if need in self.failed), None)
        if by is None:
            return False
        self.failed[address] = by
        self._events.blocked(self._shown(address), by)
        return True

    def _failed(self, address: str, error: Exception) -> DvcException | None:
        """The problem to end with; None where others are gone on with."""
        problem = _stage_failed(self._project, self._graph.stages[address], error)
        if self._options.on_error == "fail":
            problem.__cause__ = error if problem is not error else None
            return problem
        self._events.failed(self._shown(address), problem)
        self.failed[address] = self._shown(address)
        return None

    def _wait_for(self, address: str, holder: Holder) -> None:
        """Say for whom a stage waits. Raises LockHeld when it did for long enough."""
        now = time.monotonic()
        if address not in self._busy:
            self._busy[address] = now
            self._events.waiting(self._shown(address), holder.words())
        if not self._options.wait and now - self._busy[address] > _BUSY:
            raise LockHeld(f"'{holder.path}' is busy: {holder.words()}", hint="wait for it to end, or use `--wait-for-lock`")

    def _shown(self, address: str) -> str:
        return shown_address(self._project, self._graph.stages[address])


def _stage_failed(project: Project, stage: Stage, error: Exception) -> DvcException:
    if isinstance(error, LockHeld):
        return error
    what = f"'{project.shown(stage.file)}'"
    if stage.name is not None:
        line = project.workspace().line_of(stage.file, stage.name)
        what = f"stage '{stage.name}' of {what}" + (f", line {line}" if line else "")
    why = error.message if isinstance(error, DvcException) else str(error)
    return StageFailed(f"failed to reproduce {what}: {why}", hint=error.hint if isinstance(error, DvcException) else None)
