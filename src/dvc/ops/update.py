"""`dvc update`: bring imports up to the current state of their source."""

from collections.abc import Callable

from dvc.exceptions import TargetProblem
from dvc.model.stage import UNKNOWN, Content, DbDep, Dep, PathDep, RepoDep, Stage
from dvc.ops.cache import store_of
from dvc.ops.import_db import bring_answer
from dvc.ops.import_url import ImportUrlOptions, bring
from dvc.ops.importing import make_room, put_in_place, record
from dvc.ops.recording import put_contents
from dvc.ops.saving import cache_lock
from dvc.ops.update_worktree import NoImport, UpdatedOutputs, update_outputs
from dvc.progress import NullProgress, Progress
from dvc.project import locks, targets
from dvc.project.edits import Edits
from dvc.project.project import Project
from dvc.registry import sources
from dvc.registry.catalog import look
from dvc.registry.database import question
from dvc.registry.opening import open_external
from dvc.registry.repository import Opened, SourceOptions, SourceProblem, inside
from dvc.registry.supply import supply
from dvc.values import dataclass, replace


@dataclass(frozen=True, slots=True)
class UpdateOptions:
    targets: tuple[str, ...]
    rev: str | None = None
    recursive: bool = False
    no_download: bool = False
    to_remote: bool = False
    remote: str | None = None
    jobs: int = 0
    wait: bool = False


@dataclass(frozen=True, slots=True)
class Updated:
    """`changed`: metadata files that were written; `unchanged`: what was current; `warnings`: why others could not be updated."""

    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    warnings: tuple[str, ...]


def update(project: Project, options: UpdateOptions, progress: Progress = NullProgress()) -> Updated:
    """One import after the other; each is whole when the next one starts. Raises what opening a source does, and TargetNotFound."""
    chosen = targets.select(project.workspace(), options.targets, recursive=options.recursive)
    stages = {(target.stage.file, target.stage.name): target.stage for target in chosen}
    for stage in stages.values():
        if _updater(stage) is None:
            _check_plain(project, stage, options)
    changed: list[str] = []
    unchanged: list[str] = []
    warnings: list[str] = []
    with Opened(project.environ) as opened:
        for stage in stages.values():
            how = _updater(stage)
            if how is None:
                outs = [target.out for target in chosen if target.stage is stage and target.out is not None]
                done = update_outputs(project, stage, outs or stage.outs, jobs=options.jobs, progress=progress)
                warnings += done.warnings
                written = _record(project, stage, done, wait=options.wait)
            else:
                done = None
                new = how(project, stage, options, opened, progress)
                written = record(project, [new], wait=options.wait) if new != stage or stage.md5 is None else ()
            changed += written
            if not written and not (done and done.warnings):
                unchanged.append(project.shown(stage.address))
    return Updated(tuple(changed), tuple(unchanged), tuple(warnings))


def _check_plain(project: Project, stage: Stage, options: UpdateOptions) -> None:
    """Options that have a meaning for imports alone."""
    given = {"--rev": options.rev, "--no-download": options.no_download, "--to-remote": options.to_remote}
    for name, value in given.items():
        if value:
            raise NoImport(f"`{name}` has no meaning for '{project.shown(stage.address)}', which is no import", hint="leave it out")


def _record(project: Project, stage: Stage, done: UpdatedOutputs, *, wait: bool) -> tuple[str, ...]:
    if not done.contents:
        return ()
    with locks.metadata(project, wait=wait):
        edits = Edits(project)
        put_contents(edits, project.workspace(), stage, done.contents)
        return edits.commit()


def _updater(stage: Stage) -> "Callable[[Project, Stage, UpdateOptions, Opened, Progress], Stage] | None":
    dep = stage.deps[0] if stage.is_import else None
    if isinstance(dep, DbDep):
        return _update_db
    return _update_repo if isinstance(dep, RepoDep) else _update_path if isinstance(dep, PathDep) else None


def _update_repo(project: Project, stage: Stage, options: UpdateOptions, opened: Opened, progress: Progress) -> Stage:
    dep = stage.deps[0]
    assert isinstance(dep, RepoDep)
    url, base = sources.place_of(dep, project.root, stage.folder, project.cwd)
    opening = sources.options_of(dep, project.cwd, locked=False)
    opening = SourceOptions(options.rev or opening.rev, opening.config, opening.remote)
    repository = opened.repository(url, opening, base)
    if repository.rev is None:
        raise SourceProblem(f"'{url}' has no commit that an import could be from")
    moved = sources.moved(dep, options.rev, repository.rev)
    if options.no_download:
        look(repository, inside(dep.path))
        return _without_data(project, stage, moved) if moved != dep else stage
    with cache_lock(project, wait=options.wait), progress.task(f"Updating {project.shown(stage.file)}"):
        content = supply(repository, inside(dep.path), store_of(project), jobs=options.jobs)
    new = _with(stage, moved, content)
    put_in_place(project, store_of(project), new, jobs=options.jobs, wait=options.wait, progress=progress)
    return new


def _update_path(project: Project, stage: Stage, options: UpdateOptions, opened: Opened, progress: Progress) -> Stage:
    dep = stage.deps[0]
    assert isinstance(dep, PathDep)
    version = options.rev or ""
    source = open_external(project, dep.path, project.full(stage.folder), dep.fs_config)
    if version and (source.versioned or "version_id" in dep.content.foreign) and not source.is_folder():
        source = open_external(project, dep.path, project.full(stage.folder), dep.fs_config, version=version)
    if options.no_download or source.versioned:
        seen = source.content()
        if seen.oid == dep.content.oid and seen.foreign == dep.content.foreign and (options.no_download or _is_whole(stage)):
            return stage
    if options.no_download:
        return _without_data(project, stage, replace(dep, content=seen))
    how = ImportUrlOptions(dep.path, to_remote=options.to_remote, remote=options.remote, jobs=options.jobs, wait=options.wait)
    seen, content = bring(project, source, how, progress)
    new = _with(stage, replace(dep, content=seen), content)
    if not options.to_remote:
        put_in_place(project, store_of(project), new, jobs=options.jobs, wait=options.wait, progress=progress)
    return new


def _update_db(project: Project, stage: Stage, options: UpdateOptions, opened: Opened, progress: Progress) -> Stage:
    """Ask again. A database has no versions, so there is nothing to record of an answer that is not fetched."""
    dep = stage.deps[0]
    assert isinstance(dep, DbDep)
    if options.to_remote:
        raise TargetProblem(f"'{project.shown(stage.file)}' comes from a database", hint="leave out --to-remote, and `dvc push` it")
    if options.no_download:
        return stage
    content = bring_answer(project, question(dep.db), progress, wait=options.wait)
    new = _with(stage, dep, content)
    put_in_place(project, store_of(project), new, jobs=options.jobs, wait=options.wait, progress=progress)
    return new


def _is_whole(stage: Stage) -> bool:
    return all(out.content.oid is not None for out in stage.outs)


def _with(stage: Stage, dep: Dep, content: Content) -> Stage:
    return replace(stage, deps=(dep, *stage.deps[1:]), outs=(replace(stage.outs[0], content=content), *stage.outs[1:]))


def _without_data(project: Project, stage: Stage, dep: PathDep | RepoDep) -> Stage:
    """What stood there is of the old state: it goes from the workspace, and nothing is recorded of the new one's data."""
    make_room(project, store_of(project), stage)
    return _with(stage, dep, UNKNOWN)
