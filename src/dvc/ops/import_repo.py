"""`dvc import`: track a file or folder of another repository, and where it came from."""

from dvc.model.stage import RepoDep
from dvc.ops.cache import store_of
from dvc.ops.importing import Imported, destination, import_stage, put_in_place, record
from dvc.ops.saving import cache_lock
from dvc.progress import NullProgress, Progress
from dvc.project.project import Project
from dvc.registry import sources
from dvc.registry.catalog import look
from dvc.registry.repository import AS_IT_IS, SourceOptions, SourceProblem, inside, open_repository
from dvc.registry.supply import supply
from dvc.values import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """`no_exec`: write the `.dvc` file alone; `no_download`: find out the revision, but leave the data for later."""

    url: str
    path: str
    out: str | None = None
    source: SourceOptions = field(default_factory=lambda: AS_IT_IS)
    config_path: str | None = None
    force: bool = False
    no_exec: bool = False
    no_download: bool = False
    jobs: int = 0
    wait: bool = False


def import_(project: Project, options: ImportOptions, progress: Progress = NullProgress()) -> Imported:
    """Raises SourceProblem, GitProblem, TargetNotFound, MissingObjects, TargetInTheWay; then nothing was written."""
    path = inside(options.path)
    item = destination(project, path or options.url, options.out, force=options.force, wait=options.wait)
    dep = RepoDep(options.path, sources.written(options.url, options.source, options.config_path, None))
    if options.no_exec:
        return Imported(item.path, record(project, [import_stage(item, dep)], wait=options.wait, sealed=False))
    with open_repository(options.url, options.source, project.cwd, project.environ) as repository:
        if repository.rev is None:
            raise SourceProblem(f"'{options.url}' has no commit that an import could be from", hint="commit something there first")
        dep = replace(dep, repo=sources.written(options.url, options.source, options.config_path, repository.rev))
        if options.no_download:
            look(repository, path)
            return Imported(item.path, record(project, [import_stage(item, dep)], wait=options.wait))
        store = store_of(project)
        with cache_lock(project, wait=options.wait), progress.task("Importing"):
            content = supply(repository, path, store, jobs=options.jobs)
    stage = import_stage(item, dep, content)
    put_in_place(project, store, stage, jobs=options.jobs, wait=options.wait, progress=progress)
    return Imported(item.path, record(project, [stage], wait=options.wait))
