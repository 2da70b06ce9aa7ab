"""What changed in tracked data and pipelines since it was recorded."""

from collections.abc import Container, Iterable, Mapping, Sequence

from dvc import engine
from dvc.engine.contract import Digests
from dvc.exceptions import DvcException, TargetNotFound
from dvc.model.hashes import Algorithm, ObjectId, TreeId
from dvc.model.stage import Content, PathDep, RepoDep, Stage
from dvc.ops import far
from dvc.ops.cache import store_of
from dvc.pipeline.status import Changes, ReadParams, stage_changes
from dvc.progress import Progress
from dvc.project import targets
from dvc.project.project import Project
from dvc.project.view import View
from dvc.store.objects import Store, object_name
from dvc.values import dataclass, field
from dvc.workspace.survey import Place, Seen, Survey, survey


@dataclass(frozen=True, slots=True)
class StatusOptions:
    targets: tuple[str, ...] = ()
    with_deps: bool = False
    recursive: bool = False
    updates: bool = True
    jobs: int = 0


@dataclass(frozen=True, slots=True)
class Status:
    """Stage (as the user names it) to what changed, in the words of `status --json`; unchanged ones are left out.

    `stages`: how many were looked at. `notes` go with the changes, for people: by stage, what a parameter (file, key) or the
    command (no key) was and is.
    """

    changes: Mapping[str, Sequence[object]] = field(default_factory=dict)
    stages: int = 0
    notes: Mapping[str, Mapping[tuple[str, ...], str]] = field(default_factory=dict)


def status(project: Project, options: StatusOptions, progress: Progress | None = None) -> Status:
    """Compare what the stages record with the workspace and the cache. Takes no lock; writes the index at most."""
    view = project.workspace()
    chosen = targets.select(view, options.targets, with_deps=options.with_deps, recursive=options.recursive)
    if options.targets:
        _check_others(view, {target.stage.file for target in chosen})
    stages = list({(t.stage.file, t.stage.name): t.stage for t in chosen}.values())
    found = survey(project, _places(stages), jobs=options.jobs, progress=progress)
    missing = absent(store_of(project), stages, found, jobs=options.jobs)
    seen: Mapping[str, Seen] = {**found, **there} if (there := far.look(project, stages)) else found
    changes: dict[str, Sequence[object]] = {}
    read = _params_reader(project)
    notes: dict[str, Mapping[tuple[str, ...], str]] = {}
    sources = _Sources(project)
    for stage in stages:
        changed = stage_changes(stage, seen, missing, read)
        parts = _parts(project, stage, changed, sources, options)
        if parts:
            changes[called(project, stage)] = parts
        if stage.params or changed.command:
            notes[called(project, stage)] = _notes(project, changed)
    return Status(changes, len(stages), notes)


class BrokenElsewhere(DvcException):
    """The targets are fine, but a file that may have to do with them cannot be read."""

    code = "broken-elsewhere"


def _check_others(view: View, looked_at: Container[str]) -> None:
    """What a target depends on may be anywhere: a status that left a broken file out would not be the truth."""
    try:
        for file in view.files():
            if file not in looked_at:
                view.checked_stages_of(file)
    except DvcException as problem:
        raise BrokenElsewhere(problem.message, hint=problem.hint) from problem


def called(project: Project, stage: Stage) -> str:
    """A stage as the user names it in the working folder."""
    file = project.shown(stage.file)
    return file if stage.name is None else stage.name if file == "dvc.yaml" else f"{file}:{stage.name}"


def _places(stages: Iterable[Stage]) -> list[Place]:
    places: dict[str, Place] = {}
    for stage in stages:
        items: list[tuple[str, Content]] = [(out.path, out.content) for out in stage.outs]
        if stage.is_import or not stage.frozen:
            items += [(dep.path, dep.content) for dep in stage.deps if isinstance(dep, PathDep)]
        for path, content in items:
            at = stage.locate(path)
            if "://" not in at:
                places.setdefault(at, Place(at, content.algorithm))
    return list(places.values())


def absent(store: Store, stages: Iterable[Stage], found: Survey, *, jobs: int = 0) -> frozenset[ObjectId]:
    """The recorded outputs that the cache does not hold whole. A folder is absent when any file of it is."""
    singles: dict[Algorithm, list[ObjectId]] = {}
    members: dict[TreeId, Digests] = {}
    gone: set[ObjectId] = set()
    for stage in stages:
        for out in stage.outs:
            oid = out.content.oid
            if oid is None or not out.cache:
                continue
            singles.setdefault(oid.algorithm, []).append(oid)
            if isinstance(oid, TreeId) and oid not in members:
                seen = found.get(stage.locate(out.path))
                manifest = seen.manifest if seen is not None and seen.content is not None and seen.content.oid == oid else store.tree(oid)
                if manifest is None:
                    gone.add(oid)
                else:
                    members[oid] = manifest.digests()
    for algorithm, oids in singles.items():
        names = engine.digests([object_name(oid) for oid in oids])
        for tree, digests in members.items():
            names = names | digests if tree.algorithm == algorithm else names
        missing = store.presence(algorithm, names, jobs=jobs).missing
        if len(missing):
            gone.update(oid for oid in oids if object_name(oid) in missing)
            gone.update(tree for tree, digests in members.items() if tree.algorithm == algorithm and len(digests & missing))
    return frozenset(gone)


def _parts(project: Project, stage: Stage, changed: Changes, sources: "_Sources", options: StatusOptions) -> list[object]:
    parts = changed.listed(project.shown)
    if stage.is_import and options.updates:
        updates = sources.changed(stage)
        if updates:
            parts.insert(0, {"changed deps": updates})
    if stage.name is None and _checksum_changed(stage):
        parts.append("changed checksum")
    return parts


def _notes(project: Project, changed: Changes) -> Mapping[tuple[str, ...], str]:
    params = {path: state for path, state in changed.deps.items() if not isinstance(state, str)}
    notes: dict[tuple[str, ...], str] = {
        (project.shown(path), key): change.values() for path, keys in params.items() for key, change in keys.items()
    }
    if changed.command is not None:
        notes[()] = changed.command.words()
    return notes


def _params_reader(project: Project) -> ReadParams:
    """Reads parameter files; what that needs is loaded only when a stage has parameters."""
    readers: list[ReadParams] = []

    def read(path: str) -> object:
        if not readers:
            from dvc.pipeline.params import Params

            readers.append(Params(project).read)
        return readers[0](path)

    return read


class _Sources:
    """Where the sources of imports are now: each asked once, however many imports come from it."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._revs: dict[tuple[str, str, str | None], str | None] = {}

    def changed(self, stage: Stage) -> dict[str, str]:
        """Imports from repositories whose branch or tag has moved on, as DVC calls them: `PATH (URL)`; and those from storages that
        keep versions, where there is a newer one. Raises SourceProblem."""
        states = {}
        for dep in stage.deps:
            if isinstance(dep, PathDep) and "://" in dep.path:
                state = self._newer(stage, dep)
                if state is not None:
                    states[dep.path] = state
            if isinstance(dep, RepoDep) and dep.repo.get("rev_lock") is not None and self._now(stage, dep) != dep.repo["rev_lock"]:
                states[f"{dep.path} ({dep.repo['url']})"] = "update available"
        return states

    def _newer(self, stage: Stage, dep: PathDep) -> str | None:
        if "version_id" not in dep.content.foreign and not dep.fs_config.get("version_aware"):
            return None  # frozen: what is there now is not looked at
        from dvc.registry.opening import open_external

        source = open_external(self._project, dep.path, self._project.full(stage.folder), dep.fs_config)
        try:
            seen = source.content()
        except TargetNotFound:
            return "deleted"
        if (seen.oid, seen.foreign) == (dep.content.oid, dep.content.foreign):
            return None
        return "update available" if "version_id" in dep.content.foreign else "modified"

    def _now(self, stage: Stage, dep: RepoDep) -> str | None:
        from dvc.registry import sources
        from dvc.registry.repository import open_repository

        url, base = sources.place_of(dep, self._project.root, stage.folder, self._project.cwd)
        options = sources.options_of(dep, self._project.cwd, locked=False)
        key = (url, base, options.rev)
        if key not in self._revs:
            with open_repository(url, options, base, self._project.environ) as repository:
                self._revs[key] = repository.rev
        return self._revs[key]


def _checksum_changed(stage: Stage) -> bool:
    """A `.dvc` file's own checksum belongs to imports, and must fit."""
    if not stage.deps:
        return stage.md5 is not None
    from dvc.formats import dotdvc

    return stage.md5 != dotdvc.checksum(stage)
