"""What the stages of a run are like right now: surveyed at once before anything runs, and again, a few at a time, after a command."""

import os
from collections.abc import Iterable, Mapping, Sequence

from dvc.model.hashes import ObjectId
from dvc.model.stage import PathDep, Stage
from dvc.ops import far
from dvc.pipeline import outputs, status
from dvc.pipeline.graph import Graph
from dvc.pipeline.params import Params
from dvc.progress import Progress
from dvc.project.project import Project
from dvc.store.objects import Store
from dvc.values import replace
from dvc.workspace.learning import Learning
from dvc.workspace.survey import Place, Seen, absolute, new_clock, survey

_FEW = 16  # paths for which asking the system one by one is quicker than a survey
_SECOND = 1_000_000_000


class Looking:
    """`stages` is shared with who changes it as stages are recorded, in the order of the run; `seen` grows."""

    def __init__(
        self, project: Project, store: Store, graph: Graph, stages: Mapping[str, Stage], params: Params, learn: Learning, progress: Progress
    ) -> None:
        self.params = params
        self._project = project
        self._store = store
        self._graph = graph
        self._stages = stages
        self._learn = learn
        self._progress = progress
        self._order = list(stages)
        self._rank = {address: rank for rank, address in enumerate(self._order)}
        self._valid: set[str] = set(stages)
        self._ahead = 1  # how many stages are looked at together: more for as long as nothing runs
        self._clock = 0  # before the first look
        self.seen: dict[str, Seen] = {}
        self._absent: frozenset[ObjectId] = frozenset()
        self._look(list(stages.values()))
        learn.flush()  # many stages may need what was hashed just now

    def doubt(self) -> None:
        """A command ran, or another process may have been at work: everything may be otherwise."""
        self._valid.clear()
        self._ahead = 1
        self.params.doubt()

    def again(self, stage: Stage) -> None:
        """Look at what `stage` names."""
        self._look([stage])

    def changes(self, stage: Stage, *, allow_missing: bool) -> status.Changes:
        if stage.address not in self._valid:
            at = self._rank[stage.address]
            others = (self._stages[address] for address in self._order[at + 1 : at + self._ahead] if address not in self._valid)
            coming = [stage, *others]
            self._look(coming)
            self._valid.update(each.address for each in coming)
            self._ahead *= 2
        changes = status.stage_changes(stage, self.seen, self._absent, self.params.read)
        return self._allowed(stage, changes) if allow_missing else changes

    def survey(self, stages: Iterable[Stage]) -> dict[str, Seen]:
        """What is at the paths of `stages`, which `seen` does not get to know."""
        stages = list(stages)
        places = status.places(stages)
        same = {place.path: self.seen[place.path] for place in places if self._is_as_seen(place)} if len(places) <= _FEW else {}
        others = [place for place in places if place.path not in same]
        same.update(far.look(self._project, stages))
        return same | dict(survey(self._project, others, learn=self._learn, progress=self._progress)) if others else same

    def _is_as_seen(self, place: Place) -> bool:
        """Whether a path surely is what was seen there: nothing, or a file that was old then and has the same stat."""
        seen = self.seen.get(place.path)
        path = absolute(self._project, place.path)
        if seen is None or seen.kind not in {"missing", "file"}:
            return False
        if seen.kind == "missing":
            return not os.path.lexists(path)
        if seen.entry is None or seen.content is None or seen.content.algorithm != place.algorithm:
            return False
        try:
            now = os.stat(path)
        except OSError:
            return False
        known = (seen.entry.size, seen.entry.mtime, seen.entry.inode)
        # What changes within the clock's grain of its last change may keep its stat; so that must have been before the first look.
        grain = 2 * _SECOND if seen.entry.mtime % _SECOND == 0 else _SECOND // 50
        return known == (now.st_size, now.st_mtime_ns, now.st_ino) and seen.entry.mtime < self._clock - grain

    def _look(self, stages: Sequence[Stage]) -> None:
        self._clock = self._clock or new_clock(self._project)
        self.seen.update(self.survey(stages))
        recorded = [out.content.oid for stage in stages for out in stage.outs if out.cache and out.content.oid is not None]
        self._absent = self._absent.difference(recorded) | outputs.absent(self._store, recorded)

    def _allowed(self, stage: Stage, changes: status.Changes) -> status.Changes:
        """Without what is merely not there: outputs, and dependencies that their producers record just as `stage` does."""
        deps = {path: state for path, state in changes.deps.items() if state != "deleted" or not self._as_produced(stage, path)}
        outs = {path: state for path, state in changes.outs.items() if state == "modified"}
        return replace(changes, deps=deps, outs=outs)

    def _as_produced(self, stage: Stage, path: str) -> bool:
        recorded = next((d.content.oid for d in stage.deps if isinstance(d, PathDep) and stage.locate(d.path) == path), None)
        for address in self._graph.needs.get(stage.address, ()):
            producer = self._stages.get(address) or self._graph.stages[address]
            for out in producer.outs:
                if producer.locate(out.path) == path:
                    return recorded is not None and recorded == out.content.oid
        return recorded is not None and path not in self.seen
