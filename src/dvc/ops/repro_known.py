"""Results that are known already: brought back from the cache instead of run, fetched from the remote first if that is asked for."""

from collections.abc import Callable, Mapping, Sequence

from dvc.exceptions import DvcException
from dvc.formats.lock import LockEntry, Recorded
from dvc.model.hashes import ObjectId
from dvc.model.paths import meet
from dvc.model.stage import Stage
from dvc.pipeline import outputs, runcache, status
from dvc.pipeline.params import Params
from dvc.progress import Progress
from dvc.project.project import Project
from dvc.store.objects import Store
from dvc.values import replace
from dvc.workspace import checkout
from dvc.workspace.changes import Wanted
from dvc.workspace.survey import Seen

KeptAt = Callable[[str, str], None]
"""Told of an output (relative to the root) that was in no cache, and where it was moved to."""


class Known:
    """`pull`: results and data may come from the remote."""

    def __init__(self, project: Project, store: Store, params: Params, progress: Progress, kept: KeptAt, *, pull: bool) -> None:
        self._project = project
        self._store = store
        self._params = params
        self._progress = progress
        self._kept = kept
        self._pull = pull

    def restore(self, stage: Stage, inputs: LockEntry, seen: Mapping[str, Seen]) -> LockEntry | None:
        """Bring back what `stage` makes of its present inputs, if that is known and at hand; what to record then."""
        if stage.always_changed or not (stage.deps or stage.params or stage.outs) or any(out.persist for out in stage.outs):
            return None
        return next((entry for entry in self._results(stage, inputs, seen) if self._bring_back(stage, entry, seen)), None)

    def _results(self, stage: Stage, inputs: LockEntry, seen: Mapping[str, Seen]) -> list[LockEntry]:
        if not runcache.may_save(stage):
            return []
        found = []
        changes = status.stage_changes(stage, seen, (), self._params.read)
        if stage.recorded and not (changes.deps or changes.command) and all(out.content.oid for out in stage.outs):
            found.append(replace(inputs, outs=tuple(Recorded(out.path, out.content) for out in stage.outs)))
        entry = runcache.find(self._store.cache_dir, inputs)
        return found if entry is None else [*found, entry]

    def _bring_back(self, stage: Stage, entry: LockEntry, seen: Mapping[str, Seen]) -> bool:
        recorded = {stage.locate(item.path): item.content for item in entry.outs}
        paths = [stage.locate(out.path) for out in stage.outs]
        if any(path not in recorded or recorded[path].oid is None for path in paths):
            return False
        stale = [path for path in paths if status.content_state(recorded[path], seen[path])]
        cached = {stage.locate(out.path) for out in stage.outs if out.cache}
        needed = {path: oid for path in (*stale, *cached) if (oid := recorded[path].oid) is not None}
        if outputs.absent(self._store, needed.values()) and not (self._pull and self._fetched(stage, entry, needed)):
            return False
        for path in stale:
            if seen[path].kind != "missing" and not outputs.held(self._store, seen[path]):
                self._kept(path, outputs.aside(self._project, path))
        self._checkout([Wanted(path, recorded[path]) for path in stale])
        return True

    def _checkout(self, wanted: Sequence[Wanted]) -> None:
        work = checkout.plan(self._project, self._store, wanted, progress=self._progress)
        result = checkout.apply(work, self._project, self._store, progress=self._progress)
        if result.problems:
            first = result.problems[0]
            raise DvcException(f"'{self._project.shown(first.path)}' cannot be brought back: {first.message}")

    # --- remotes

    def pull_outs(self, stage: Stage, seen: Mapping[str, Seen], needed: Sequence[str] | None = None) -> bool:
        """Bring back the outputs of `stage` that are not there (of these what is `needed`): from the cache, or over it from the
        remote. Whether there were any."""
        outs = [out for out in stage.outs if out.cache and out.content.oid is not None and "://" not in out.path]
        if needed is not None:
            outs = [out for out in outs if any(meet(stage.locate(out.path), path) for path in needed)]
        gone = [out for out in outs if (there := seen.get(stage.locate(out.path))) is None or there.kind == "missing"]
        if not gone:
            return False
        self._fetch(stage, {stage.locate(out.path): out.content.oid for out in gone if out.content.oid is not None})
        wanted = [Wanted(stage.locate(out.path), out.content) for out in gone]
        checkout.apply(checkout.plan(self._project, self._store, wanted), self._project, self._store, progress=self._progress)
        return True

    def pull_runs(self) -> None:
        """Take over the results that the remote knows of."""
        from dvc.ops.places import any_remote_of, default_name
        from dvc.storage.remotes import VersionedRemote
        from dvc.transfer import runs

        remote = any_remote_of(self._project, None) if default_name(self._project) else None
        if remote is not None and not isinstance(remote, VersionedRemote):  # those keep no run-cache
            runs.copy(remote, self._store)

    def _fetched(self, stage: Stage, entry: LockEntry, needed: Mapping[str, ObjectId]) -> bool:
        by_path = {item.path: item.content for item in entry.outs}
        wanted = replace(stage, outs=tuple(replace(out, content=by_path[out.path]) for out in stage.outs))
        self._fetch(wanted, needed)
        return not outputs.absent(self._store, needed.values())

    def _fetch(self, stage: Stage, needed: Mapping[str, ObjectId]) -> None:
        from dvc.ops.fetch import fetch_outs

        lacking = outputs.absent(self._store, needed.values())
        if lacking:
            fetch_outs(self._project, stage, [out for out in stage.outs if out.content.oid in lacking], self._progress)
