"""Reproduces one stage after the other: looks, decides, restores or runs, stores, records. Owned by `dvc.ops.repro`.

The workspace is surveyed once for all stages; after a command has run, each stage's paths are looked at again.
"""

import contextlib
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from dvc.exceptions import DvcException
from dvc.formats.lock import LockEntry, Recorded
from dvc.model.hashes import MD5, ObjectId
from dvc.model.stage import Content, PathDep, Stage
from dvc.ops.saving import Saving, store_of
from dvc.ops.stage_targets import shown_address
from dvc.pipeline import outputs, plan, record, runcache, shell, status
from dvc.pipeline.graph import Graph
from dvc.pipeline.params import Params
from dvc.progress import Progress
from dvc.project import locks
from dvc.project.edits import Edits
from dvc.project.project import Project
from dvc.values import replace
from dvc.workspace import checkout, memory
from dvc.workspace.changes import Wanted
from dvc.workspace.survey import Place, Seen, survey

if TYPE_CHECKING:
    from dvc.ops.repro import Events, ReproOptions


class Reproducer:
    """`done` and `changed` grow: addresses that had something done, and metadata files that were written."""

    def __init__(
        self,
        project: Project,
        graph: Graph,
        addresses: Sequence[str],
        options: "ReproOptions",
        events: "Events",
        environ: Mapping[str, str],
        progress: Progress,
    ) -> None:
        self.project = project
        self.graph = graph
        self.options = options
        self.events = events
        self.environ = environ
        self.progress = progress
        self.store = store_of(project)
        self.params = Params(project)
        self.done: list[str] = []
        self.changed: list[str] = []
        self._stages = {address: graph.stages[address] for address in addresses}
        self._running: set[str] = set()  # ran, or would have
        if options.pull and options.run_cache and not options.dry:
            self._pull_runs()
        self._fresh = True  # no command ran since the survey
        self._seen = self._look(self._stages.values())
        self._absent = outputs.absent(self.store, _recorded_oids(self._stages.values()))

    # --- looking

    def _look(self, stages: Iterable[Stage]) -> dict[str, Seen]:
        return dict(survey(self.project, status.places(stages), progress=self.progress))

    def _changes(self, stage: Stage) -> status.Changes:
        if not self._fresh:
            self._seen.update(self._look([stage]))
            self._absent = outputs.absent(self.store, _recorded_oids([stage]))
        changes = status.stage_changes(stage, self._seen, self._absent, self.params.read)
        return self._allowed(stage, changes) if self.options.allow_missing else changes

    def _allowed(self, stage: Stage, changes: status.Changes) -> status.Changes:
        """Without what is merely not there: outputs, and dependencies that their producers record just as `stage` does."""
        deps = {path: state for path, state in changes.deps.items() if state != "deleted" or not self._as_produced(stage, path)}
        outs = {path: state for path, state in changes.outs.items() if state == "modified"}
        return replace(changes, deps=deps, outs=outs)

    def _as_produced(self, stage: Stage, path: str) -> bool:
        recorded = next((d.content.oid for d in stage.deps if isinstance(d, PathDep) and stage.locate(d.path) == path), None)
        for address in self.graph.needs.get(stage.address, ()):
            producer = self._stages.get(address) or self.graph.stages[address]
            for out in producer.outs:
                if producer.locate(out.path) == path:
                    return recorded is not None and recorded == out.content.oid
        return recorded is not None and path not in self._seen

    # --- one stage

    def reproduce(self, address: str) -> None:
        stage = self._stages[address]
        shown = shown_address(self.project, stage)
        changes = self._changes(stage)
        if self.options.pull and not self.options.allow_missing and changes.outs and not (changes.deps or changes.command):
            self._pull([stage])
            changes = self._changes(stage)
        step = plan.decide(stage, changes, force=self._force(address))
        if stage.frozen and stage.name is not None:
            self.events.frozen(shown)
        if step.action == "skip":
            self.events.skipped(shown, data=stage.name is None)
            return
        if self.options.interactive and not self.events.confirm(shown):
            raise DvcException(f"'{shown}' was not confirmed, so nothing more is run", hint="run it without --interactive")
        if step.action == "verify":
            self._verify(stage, shown, changes)
            return
        self._running.add(address)
        if self.options.dry:
            record.entry(stage, self._seen, self.params.read, outs=False, shown=self.project.shown)
            self._announce(stage, shown, step)
            return
        if self.options.pull and self.options.allow_missing:
            needs = [stage.locate(dep.path) for dep in stage.deps if isinstance(dep, PathDep)]
            self._pull([self.graph.stages[need] for need in self.graph.needs[address] if need in self._stages], needs)
            self._seen.update(self._look([stage]))
        self._run_or_restore(stage, shown, step)
        self.done.append(shown)

    def _force(self, address: str) -> str | None:
        if self.options.force:
            return "it is forced"
        ran = next((need for need in self.graph.needs[address] if need in self._running), None)
        if ran is not None and (self.options.force_downstream or self.options.dry):
            return f"'{shown_address(self.project, self.graph.stages[ran])}' runs before it"
        return None

    def _announce(self, stage: Stage, shown: str, step: plan.Step) -> None:
        self.events.running(shown, step.reasons)
        for line in shell.lines(stage.cmd, self.environ):
            self.events.command(line)

    def _verify(self, stage: Stage, shown: str, changes: status.Changes) -> None:
        """Data sources and frozen stages: take over what is there; nothing is run."""
        self.events.verifying(shown, frozen=stage.name is not None)
        missing = [path for path, state in changes.outs.items() if self._seen[path].kind == "missing"]
        if missing:
            raise record.Missing(
                f"'{self.project.shown(missing[0])}' does not exist", hint="`dvc checkout` or `dvc pull` bring back what was recorded"
            )
        if self.options.dry:
            return
        edits = Edits(self.project)
        if stage.name is None:
            contents = self._save(stage, commit=True)
            new = replace(stage, outs=tuple(replace(o, content=contents[stage.locate(o.path)]) for o in stage.outs))
            edits.put_data(new)
        else:
            thawed = replace(stage, frozen=False)
            seen = {**self._seen, **self._look([thawed])}
            entry = record.entry(thawed, seen, self.params.read, shown=self.project.shown)
            if stage.recorded:
                old = {dep.path: dep.content for dep in stage.deps if isinstance(dep, PathDep)}
                values = {dep.path: dict(dep.values) for dep in stage.params if dep.values is not None}
                entry = replace(entry, deps=tuple(Recorded(d.path, old.get(d.path, d.content)) for d in entry.deps), params=values)
            contents = self._save(stage, commit=self.options.commit)
            edits.put_lock(stage, replace(entry, outs=tuple(Recorded(o.path, contents[stage.locate(o.path)]) for o in stage.outs)))
        self._write(edits)
        self.done.append(shown)

    # --- running

    def _run_or_restore(self, stage: Stage, shown: str, step: plan.Step) -> None:
        reads = [stage.locate(dep.path) for dep in stage.deps if isinstance(dep, PathDep) and "://" not in dep.path]
        writes = [stage.locate(out.path) for out in stage.outs if "://" not in out.path]
        with locks.lease(self.project, reads, writes, self.options.wait):
            if self._force(stage.address) is None and self._known_result(stage, shown, step):
                return
            self._check_git(stage)
            self.events.running(shown, step.reasons)
            kept = self._clear(stage)
            self._fresh = False
            self.params.forget()
            environ = {"DVC_ROOT": self.project.root, **self.environ, "DVC_STAGE": stage.address}
            shell.run(shell.lines(stage.cmd, self.environ), self.project.full(stage.folder), environ, self.events.command)
            self._record(stage)
            outputs.forget(kept)

    def _known_result(self, stage: Stage, shown: str, step: plan.Step) -> bool:
        """Whether the stage need not run. Raises Missing where something that it needs is not there; its outputs then go, as
        before a run: what they were made of is no more."""
        try:
            inputs = self._inputs(stage, self._seen)
        except record.Missing:
            self._clear(stage)
            raise
        return self.options.run_cache and self._restore(stage, shown, step, inputs)

    def _clear(self, stage: Stage) -> list[outputs.Kept]:
        kept = outputs.clear(self.project, self.store, stage, self._seen)
        for item in kept:
            if not item.as_recorded:
                self.events.kept(self.project.shown(item.path), item.where)
        return kept

    def _record(self, stage: Stage) -> None:
        self._check_made(stage)
        inputs = self._inputs(stage, self._look([replace(stage, outs=())]))
        contents = self._save(stage, commit=self.options.commit)
        entry = replace(inputs, outs=tuple(Recorded(out.path, contents[stage.locate(out.path)]) for out in stage.outs))
        if self.options.commit and runcache.may_save(stage):
            runcache.save(self.store.cache_dir, entry)
        self._put(stage, entry)

    def _inputs(self, stage: Stage, seen: Mapping[str, Seen]) -> LockEntry:
        """The entry of `stage` as far as it is known before it runs. What DVC 2 recorded and has changed since gets a record of today."""
        old = [dep for dep in stage.deps if isinstance(dep, PathDep) and dep.content.algorithm != MD5 and "://" not in dep.path]
        changed = {dep.path for dep in old if status.content_state(dep.content, seen[stage.locate(dep.path)])}
        if changed:
            deps = (PathDep(dep.path) if isinstance(dep, PathDep) and dep.path in changed else dep for dep in stage.deps)
            stage = replace(stage, deps=tuple(deps))
            seen = {**seen, **self._look([replace(stage, outs=())])}
        return record.entry(stage, seen, self.params.read, outs=False, shown=self.project.shown)

    def _check_made(self, stage: Stage) -> None:
        """Raises Missing for the first output that is not there."""
        found = dict(survey(self.project, status.places([replace(stage, deps=())]), hash=False))
        for path, seen in found.items():
            if seen.kind not in {"file", "folder"}:
                raise record.Missing(
                    f"output '{self.project.shown(path)}' does not exist",
                    hint="the command must make it: check the path, and the `wdir` of the stage",
                )

    def _save(self, stage: Stage, *, commit: bool) -> Mapping[str, Content]:
        """Hash the outputs and, with `commit`, take those into the cache that belong there. Contents by path."""
        storable = stage.name is None or runcache.may_save(stage)
        contents: dict[str, Content] = {}
        storing = commit and any(out.cache or storable for out in stage.outs)
        with locks.objects(self.store.cache_dir) if storing else contextlib.nullcontext():
            for cached in (True, False):
                places = [Place(stage.locate(o.path), MD5) for o in stage.outs if "://" not in o.path and o.cache == cached]
                if places:
                    saving = Saving(self.project, self.store, commit=commit and (cached or storable), relink=cached, progress=self.progress)
                    saving.look(places)
                    contents.update({path: seen.content for path, seen in saving.keep(places).items() if seen.content is not None})
                    saving.finish()
        contents.update({stage.locate(out.path): out.content for out in stage.outs if "://" in out.path})
        return contents

    def _check_git(self, stage: Stage) -> None:
        from dvc.exceptions import TargetInGit

        git = self.project.git
        if git is None:
            return
        paths = {self.project.git_path(p): p for o in stage.outs if o.cache and not (p := stage.locate(o.path)).startswith(("/", ".."))}
        for path in sorted(git.tracked(paths)) if paths else ():
            inside = next((p for g, p in paths.items() if path == g or path.startswith(g + "/")), path)
            raise TargetInGit(
                f"output '{self.project.shown(inside)}' is tracked by Git",
                hint=f"stop that first: `git rm -r --cached {self.project.shown(inside)}`",
            )

    # --- known results

    def _restore(self, stage: Stage, shown: str, step: plan.Step, inputs: LockEntry) -> bool:
        """Bring back what `stage` makes of its present inputs, if that is known and at hand."""
        if stage.always_changed or not (stage.deps or stage.params or stage.outs) or any(out.persist for out in stage.outs):
            return False
        for entry in self._known(stage, inputs):
            if self._bring_back(stage, entry):
                self.events.cached(shown, step.reasons)
                self._put(stage, entry)
                return True
        return False

    def _known(self, stage: Stage, inputs: LockEntry) -> list[LockEntry]:
        found = []
        changes = status.stage_changes(stage, self._seen, (), self.params.read)
        if not runcache.may_save(stage):
            return []
        if stage.recorded and not (changes.deps or changes.command) and all(out.content.oid for out in stage.outs):
            found.append(replace(inputs, outs=tuple(Recorded(out.path, out.content) for out in stage.outs)))
        entry = runcache.find(self.store.cache_dir, inputs)
        return found if entry is None else [*found, entry]

    def _bring_back(self, stage: Stage, entry: LockEntry) -> bool:
        recorded = {stage.locate(item.path): item.content for item in entry.outs}
        paths = [stage.locate(out.path) for out in stage.outs]
        if any(path not in recorded or recorded[path].oid is None for path in paths):
            return False
        stale = [path for path in paths if status.content_state(recorded[path], self._seen[path])]
        cached = {stage.locate(out.path) for out in stage.outs if out.cache}
        needed = {path: oid for path in (*stale, *cached) if (oid := recorded[path].oid) is not None}
        if outputs.absent(self.store, needed.values()) and not (self.options.pull and self._fetched(stage, entry, needed)):
            return False
        for path in stale:
            if self._seen[path].kind != "missing" and not outputs.held(self.store, self._seen[path]):
                kept = outputs.aside(self.project, path)
                self.events.kept(self.project.shown(path), kept)
        wanted = [Wanted(path, recorded[path]) for path in stale]
        work = checkout.plan(self.project, self.store, wanted, progress=self.progress)
        result = checkout.apply(work, self.project, self.store, progress=self.progress)
        if result.problems:
            first = result.problems[0]
            raise DvcException(f"'{self.project.shown(first.path)}' cannot be brought back: {first.message}")
        self._seen.update(self._look([stage]))
        return True

    # --- remotes

    def _pull(self, stages: Sequence[Stage], needed: Sequence[str] | None = None) -> None:
        """Bring back the outputs of `stages` that are not there (of these what is `needed`): from the cache, or over it from the remote."""
        for stage in stages:
            outs = [o for o in stage.outs if o.cache and o.content.oid is not None and "://" not in o.path]
            if needed is not None:
                outs = [o for o in outs if any(_meet(stage.locate(o.path), path) for path in needed)]
            gone = [o for o in outs if self._seen.get(stage.locate(o.path)) is None or self._seen[stage.locate(o.path)].kind == "missing"]
            if not gone:
                continue
            self._fetch(stage, {stage.locate(o.path): o.content.oid for o in gone if o.content.oid is not None})
            wanted = [Wanted(stage.locate(o.path), o.content) for o in gone]
            checkout.apply(checkout.plan(self.project, self.store, wanted), self.project, self.store, progress=self.progress)
            self._seen.update(self._look([stage]))
            self._absent = outputs.absent(self.store, _recorded_oids(self._stages.values()))

    def _pull_runs(self) -> None:
        """Take over the results that the remote knows of."""
        from dvc.ops.places import default_name, remote_of
        from dvc.transfer import runs

        if default_name(self.project):
            runs.copy(remote_of(self.project, None).runs, os.path.join(self.store.cache_dir, runcache.FOLDER))

    def _fetched(self, stage: Stage, entry: LockEntry, needed: Mapping[str, ObjectId]) -> bool:
        by_path = {item.path: item.content for item in entry.outs}
        wanted = replace(stage, outs=tuple(replace(out, content=by_path[out.path]) for out in stage.outs))
        self._fetch(wanted, needed)
        return not outputs.absent(self.store, needed.values())

    def _fetch(self, stage: Stage, needed: Mapping[str, ObjectId]) -> None:
        from dvc.ops.fetch import fetch_outs

        lacking = outputs.absent(self.store, needed.values())
        if lacking:
            fetch_outs(self.project, stage, [out for out in stage.outs if out.content.oid in lacking], self.progress)

    # --- writing

    def _put(self, stage: Stage, entry: LockEntry) -> None:
        edits = Edits(self.project)
        edits.put_lock(stage, entry)
        for out in stage.outs:
            if out.cache and "://" not in out.path and not stage.locate(out.path).startswith(("/", "../")):
                edits.ignore(stage.locate(out.path))
        self._write(edits)
        memory.remember(self.project.tmp_dir, [stage.locate(out.path) for out in stage.outs if out.cache and "://" not in out.path])
        contents = {item.path: item.content for item in entry.outs}
        self._stages[stage.address] = replace(
            stage, recorded=True, recorded_cmd=entry.cmd, outs=tuple(replace(o, content=contents[o.path]) for o in stage.outs)
        )

    def _write(self, edits: Edits) -> None:
        with locks.metadata(self.project, wait=True):
            changed = edits.commit()
        self.changed += changed
        self.events.wrote(changed)


def _recorded_oids(stages: Iterable[Stage]) -> list[ObjectId]:
    return [out.content.oid for stage in stages for out in stage.outs if out.cache and out.content.oid is not None]


def _meet(one: str, other: str) -> bool:
    """Whether the paths are the same, or one lies inside the other."""
    return one == other or one.startswith(other + "/") or other.startswith(one + "/")
