"""Reproduces single stages: looks, decides, restores or has it run, stores, records. Owned by `dvc.ops.repro`.

`begin` a stage and, where it says that commands are to be run, `finish` it after they did: any number of others may be begun
and finished in between.
"""

import time
from collections.abc import Mapping, Sequence

from dvc.exceptions import DvcException, TargetInGit
from dvc.formats.lock import LockEntry, Recorded
from dvc.model.hashes import MD5
from dvc.model.stage import Content, PathDep, Stage
from dvc.ops.cache import store_of
from dvc.ops.repro_known import Known
from dvc.ops.repro_looking import Looking
from dvc.ops.repro_options import Events, ReproOptions
from dvc.ops.repro_outputs import Outputs
from dvc.ops.saving import durable
from dvc.ops.stage_targets import shown_address
from dvc.pipeline import outputs, plan, record, runcache, shell, status
from dvc.pipeline.books import Books, Finished, kept_from_git
from dvc.pipeline.graph import Graph
from dvc.pipeline.outputs import Kept
from dvc.pipeline.params import Params
from dvc.progress import Progress
from dvc.project import locks
from dvc.project.edits import Edits
from dvc.project.leases import Holder, Lease, Leases
from dvc.project.merge import merge
from dvc.project.project import Project
from dvc.values import dataclass, replace
from dvc.workspace import memory
from dvc.workspace.learning import Learning
from dvc.workspace.survey import Seen

_AHEAD = 400  # outputs that git is asked about at a time


@dataclass(frozen=True, slots=True)
class Job:
    """A stage whose commands are to be run, at `place`. Its lease ends with `finish` or `abandon`."""

    address: str
    stage: Stage
    shown: str
    commands: tuple[str, ...]
    place: shell.Place
    lease: Lease
    kept: tuple[Kept, ...]


class Reproducer:
    """`done` and `changed` grow: addresses that had something done, and metadata files that were written.

    `inherited` is a descriptor that commands keep open (see `leases.presence`).
    """

    def __init__(
        self,
        project: Project,
        graph: Graph,
        addresses: Sequence[str],
        options: ReproOptions,
        events: Events,
        environ: Mapping[str, str],
        progress: Progress,
        inherited: int | None = None,
    ) -> None:
        self.project = project
        self.graph = graph
        self.options = options
        self.events = events
        self.environ = dict(environ)
        self.progress = progress
        self.store = store_of(project)
        self.params = Params(project)
        self.done: list[str] = []
        self.changed: list[str] = []
        self._inherited = inherited
        self._leases = Leases(project)
        self._stages = {address: graph.stages[address] for address in addresses}
        self._running: set[str] = set()  # ran, or would have
        self._confirmed: set[str] = set()
        self._made: list[str] = []
        self._learn = Learning(project)
        self._known = Known(project, self.store, self.params, progress, self._kept, pull=options.pull)
        if options.pull and options.run_cache and not options.dry:
            self._known.pull_runs()
        self._look = Looking(project, self.store, graph, self._stages, self.params, self._learn, progress)
        self._git_paths = [path for stage in self._stages.values() for path in kept_from_git(stage)]
        self._git_asked: set[str] = set()
        self._in_git: set[str] = set()
        stages = [stage for stage in self._stages.values() if stage.name is not None]
        self.books = Books(project, self.store, stages, durable=durable(project), ordered=options.several)
        self._outputs = Outputs(project, self.store, self.books, self._learn, progress)

    # --- one stage

    def begin(self, address: str) -> Job | Holder | None:
        """Do with a stage what can be done at once: None then. A Job where its commands are to be run; a Holder where another process
        is at work on what it needs, and nothing was done."""
        self._write_what_it_reads(self._stages[address])
        stage, step = self._decided(self._stages[address])
        shown = shown_address(self.project, stage)
        if stage.frozen and stage.name is not None:
            self.events.frozen(shown)
        if step.action == "skip":
            self.events.skipped(shown, data=stage.name is None)
            return None
        if self.options.interactive and address not in self._confirmed and not self.events.confirm(shown):
            raise DvcException(f"'{shown}' was not confirmed, so nothing more is run", hint="run it without --interactive")
        self._confirmed.add(address)
        if step.action == "verify":
            self.settle()
        if step.action == "verify" and stage.is_import and not stage.frozen and self._changes(stage).deps:
            self._import(stage, shown, step)
            return None
        if step.action == "verify":
            self._verify(stage, shown)
            return None
        if self.options.dry:
            self._running.add(address)
            if not self.options.force and runcache.may_save(stage):  # as in earnest, where its result may be known
                record.entry(stage, self._look.seen, self.params.read, outs=False, shown=self.project.shown)
            self.events.running(shown, step.reasons)
            for line in shell.lines(stage.cmd, self.environ):
                self.events.command(shown, line)
            return None
        return self._run(stage, shown)

    def finish(self, job: Job) -> None:
        """Take in what the commands of `job` made. Raises DvcException where that is not what the stage says."""
        self._look.doubt()
        try:
            self._record(job)
        except BaseException:
            self.abandon(job)
            raise
        self.done.append(job.shown)

    def abandon(self, job: Job) -> None:
        """A command of `job` failed, or was not run to its end."""
        self._look.doubt()
        job.lease.release()

    def _write_what_it_reads(self, stage: Stage) -> None:
        """A folder that `stage` depends on holds the `.gitignore` of the outputs inside it: that is written before anyone looks."""
        folders = [stage.locate(dep.path) for dep in stage.deps if isinstance(dep, PathDep)]
        if self.books.has_pending_inside(folders):
            self.flush()
            self._look.doubt()

    def _decided(self, stage: Stage) -> tuple[Stage, plan.Step]:
        changes = self._changes(stage)
        if self.options.pull and not self.options.allow_missing and changes.outs and not (changes.deps or changes.command):
            self._pull(stage)
            changes = self._changes(stage)
        return stage, plan.decide(stage, changes, force=self._force(stage.address))

    def _changes(self, stage: Stage) -> status.Changes:
        return self._look.changes(stage, allow_missing=self.options.allow_missing)

    def _force(self, address: str) -> str | None:
        if self.options.force:
            return "it is forced"
        ran = next((need for need in self.graph.needs[address] if need in self._running), None)
        if ran is not None and (self.options.force_downstream or self.options.dry):
            return f"'{shown_address(self.project, self.graph.stages[ran])}' runs before it"
        return None

    def _pull(self, stage: Stage, needed: Sequence[str] | None = None) -> None:
        if self._known.pull_outs(stage, self._look.seen, needed):
            self._look.again(stage)

    def _kept(self, path: str, where: str) -> None:
        self.events.kept(self.project.shown(path), where)

    def _verify(self, stage: Stage, shown: str) -> None:
        """Data sources and frozen stages: take over what is there; nothing is run."""
        self.events.verifying(shown, frozen=stage.name is not None)
        missing = [path for out in stage.outs if (seen := self._look.seen.get(path := stage.locate(out.path))) and seen.kind == "missing"]
        if missing:
            raise record.Missing(
                f"'{self.project.shown(missing[0])}' does not exist", hint="`dvc checkout` or `dvc pull` bring back what was recorded"
            )
        if self.options.dry:
            return
        if stage.name is None:
            self._verify_data(stage)
        else:
            thawed = replace(stage, frozen=False)
            now = {**self._look.seen, **self._look.survey([thawed])}
            entry = record.entry(thawed, now, self.params.read, shown=self.project.shown)
            if stage.recorded:
                old = {dep.path: dep.content for dep in stage.deps if isinstance(dep, PathDep)}
                values = {dep.path: dict(dep.values) for dep in stage.params if dep.values is not None}
                entry = replace(entry, deps=tuple(Recorded(d.path, old.get(d.path, d.content)) for d in entry.deps), params=values)
            contents = self._outputs.save(stage, commit=self.options.commit)
            self._put(Finished(stage, _with_outs(stage, entry, contents), stored=self.options.commit))
        self.done.append(shown)

    def _import(self, stage: Stage, shown: str, step: plan.Step) -> None:
        """An import that is not frozen follows its source."""
        from dvc.ops.update import UpdateOptions, update

        self.events.running(shown, step.reasons)
        self._running.add(stage.address)
        if not self.options.dry:
            self._wrote(update(self.project, UpdateOptions((shown,), wait=True), self.progress).changed)
            self._look.doubt()
            self.done.append(shown)

    def _verify_data(self, stage: Stage) -> None:
        contents = self._outputs.save(stage, commit=True)
        if durable(self.project):
            self.store.sync()
        edits = Edits(self.project)
        edits.put_data(replace(stage, outs=tuple(replace(o, content=contents[stage.locate(o.path)]) for o in stage.outs)))
        with locks.metadata(self.project, wait=True):
            self._wrote(edits.commit())
        self.flush()

    # --- running

    def _run(self, stage: Stage, shown: str) -> Job | Holder | None:
        reads = [stage.locate(dep.path) for dep in stage.deps if isinstance(dep, PathDep) and "://" not in dep.path]
        writes = [stage.locate(out.path) for out in stage.outs if "://" not in out.path]
        lease = self._leases.take(reads, writes)
        if isinstance(lease, Holder):
            self._look.doubt()
            return lease
        handed_on = False
        try:
            stage, step = self._latest(stage)
            if step.action != "run":
                self.events.skipped(shown, data=False)
                return None
            self._running.add(stage.address)
            if self.options.pull and self.options.allow_missing:
                for need in self.graph.needs[stage.address]:
                    if need in self._stages:
                        self._pull(self.graph.stages[need], reads)
                self._look.again(stage)
            if self._force(stage.address) is None:
                handed_on = self._known_result(stage, shown, step, lease)
                if handed_on:
                    return None
            job = self._job(stage, shown, step, lease)
            handed_on = True
            return job
        finally:
            if not handed_on:
                lease.release()

    def _latest(self, stage: Stage) -> tuple[Stage, plan.Step]:
        """The stage, and what to do with it, now that nobody else can be at work on it: somebody may have run it since we looked."""
        entry = self.books.recorded(stage)
        now = merge(stage, entry)
        if now != stage:
            self._stages[stage.address] = stage = now
            self._look.doubt()
        return self._decided(stage)

    def _known_result(self, stage: Stage, shown: str, step: plan.Step, lease: Lease) -> bool:
        """Whether the stage need not run. Raises Missing where something that it needs is not there; its outputs then go, as
        before a run: what they were made of is no more."""
        try:
            inputs = self._inputs(stage, self._look.seen)
        except record.Missing:
            self._clear(stage)
            raise
        entry = self._known.restore(stage, inputs, self._look.seen) if self.options.run_cache else None
        if entry is None:
            return False
        self._look.again(stage)
        self.events.cached(shown, step.reasons)
        self._put(Finished(stage, entry, lease=lease))
        self.done.append(shown)
        return True

    def _job(self, stage: Stage, shown: str, step: plan.Step, lease: Lease) -> Job:
        """Make room for what the stage makes, and say how it is run."""
        self._check_git(stage)
        self.events.running(shown, step.reasons)
        kept = self._clear(stage)
        environ = {"DVC_ROOT": self.project.root, **self.environ, "DVC_STAGE": stage.address}
        place = shell.Place(self.project.full(stage.folder), environ, self._inherited)
        return Job(stage.address, stage, shown, tuple(shell.lines(stage.cmd, self.environ)), place, lease, tuple(kept))

    def _clear(self, stage: Stage) -> list[Kept]:
        for path, where in self._outputs.save_persistent(stage, self._look.seen):
            self._kept(path, where)
        kept = outputs.clear(self.project, self.store, stage, self._look.seen)
        for item in kept:
            if not item.as_recorded:
                self._kept(item.path, item.where)
        return kept

    def _inputs(self, stage: Stage, seen: Mapping[str, Seen]) -> LockEntry:
        """The entry of `stage` as far as it is known before it runs. What DVC 2 recorded and has changed since gets a record of today."""
        old = [dep for dep in stage.deps if isinstance(dep, PathDep) and dep.content.algorithm != MD5 and "://" not in dep.path]
        changed = {dep.path for dep in old if status.content_state(dep.content, seen[stage.locate(dep.path)])}
        if changed:
            deps = (PathDep(dep.path) if isinstance(dep, PathDep) and dep.path in changed else dep for dep in stage.deps)
            stage = replace(stage, deps=tuple(deps))
            seen = {**seen, **self._look.survey([replace(stage, outs=())])}
        return record.entry(stage, seen, self.params.read, outs=False, shown=self.project.shown)

    def _check_git(self, stage: Stage) -> None:
        """Raises TargetInGit. Git is asked for many stages at a time."""
        git = self.project.git
        own = kept_from_git(stage)
        if git is None or not own:
            return
        if own[0] not in self._git_asked:
            at = self._git_paths.index(own[0])
            asked = self._git_paths[at : at + max(_AHEAD, len(own))]
            self._git_asked.update(asked)
            self._in_git.update(git.tracked(self.project.git_path(path) for path in asked))
        for path in own:
            if self.project.git_path(path) in self._in_git:
                raise TargetInGit(
                    f"output '{self.project.shown(path)}' is tracked by Git",
                    hint=f"stop that first: `git rm -r --cached {self.project.shown(path)}`",
                )

    # --- recording

    def _record(self, job: Job) -> None:
        stage = job.stage
        contents = self._outputs.save(stage, commit=self.options.commit)
        try:
            inputs = self._inputs(stage, self._look.survey([replace(stage, outs=())]))
        except record.Missing as gone:
            raise record.Missing(
                f"{gone.message}, now that the command has run", hint="the command must leave what the stage depends on where it is"
            ) from None
        result = self.options.commit and runcache.may_save(stage)
        entry = _with_outs(stage, inputs, contents)
        self._put(Finished(stage, entry, self.options.commit, result, job.kept, job.lease))

    def _put(self, finished: Finished) -> None:
        stage, entry = finished.stage, finished.entry
        self.books.put(finished)
        self._made += kept_from_git(stage)
        contents = {item.path: item.content for item in entry.outs}
        self._stages[stage.address] = replace(
            stage, recorded=True, recorded_cmd=entry.cmd, outs=tuple(replace(o, content=contents[o.path]) for o in stage.outs)
        )
        self._flush_due()

    def idle(self) -> float | None:
        """There is nothing to do but wait: record what is due, and let go of what has been. In how many seconds more is due; None where
        nothing is left."""
        left = self._flush_due()
        self.settle()
        return left

    def _flush_due(self) -> float | None:
        due = self.books.due()
        if due is None:
            return None
        left = due - time.monotonic()
        if left > 0:
            return left
        self.flush()
        return None

    def flush(self) -> None:
        """Record all that has finished."""
        self._wrote(self.books.flush())

    def settle(self) -> None:
        """Nobody is to wait for what has been recorded while something is next that takes long."""
        self._leases.settle()

    def close(self, *, whole: bool) -> None:
        """End the run. `whole`: every stage was tried."""
        self.books.close(whole=whole)
        self.settle()
        self._learn.flush()
        if self._made:
            memory.remember(self.project.tmp_dir, self._made)

    def _wrote(self, files: Sequence[str]) -> None:
        self.changed += files
        self.events.wrote(files)


def _with_outs(stage: Stage, entry: LockEntry, contents: Mapping[str, Content]) -> LockEntry:
    return replace(entry, outs=tuple(Recorded(out.path, contents[stage.locate(out.path)]) for out in stage.outs))
