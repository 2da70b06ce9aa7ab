"""`dvc import-url`: track a copy of data from outside of any repository, and where it came from."""

import os
from collections.abc import Mapping

from dvc.model.stage import Content, PathDep
from dvc.ops.cache import store_of
from dvc.ops.importing import Imported, destination, import_stage, put_in_place, record
from dvc.ops.places import remote_of, remote_store
from dvc.ops.saving import cache_lock, durable
from dvc.progress import NullProgress, Progress
from dvc.project.project import Project
from dvc.registry.external import External
from dvc.registry.opening import open_external, pinned
from dvc.values import dataclass, field


@dataclass(frozen=True, slots=True)
class ImportUrlOptions:
    """`no_exec`: write the `.dvc` file alone; `no_download`: record the source's hash too, but leave the data for later."""

    url: str
    out: str | None = None
    fs_config: Mapping[str, object] = field(default_factory=dict)
    to_remote: bool = False
    remote: str | None = None
    force: bool = False
    no_exec: bool = False
    no_download: bool = False
    jobs: int = 0
    wait: bool = False


def import_url(project: Project, options: ImportUrlOptions, progress: Progress = NullProgress()) -> Imported:
    """Raises SourceProblem, TargetNotFound, TargetInTheWay and what a remote does; then nothing was written."""
    url, version = pinned(options.url)
    fs_config = {**options.fs_config, **({"version_aware": True} if version else {})}
    item = destination(project, url, options.out, force=options.force, wait=options.wait)
    source = open_external(project, url, project.cwd, fs_config, version=version)
    dep = PathDep(_spelled(project, url, item.stage.folder), fs_config=fs_config)
    if options.no_exec:  # the source is not looked at: it may come later
        return Imported(item.path, record(project, [import_stage(item, dep)], wait=options.wait, sealed=False))
    if options.no_download:
        dep = PathDep(dep.path, source.content(), dep.fs_config)
        return Imported(item.path, record(project, [import_stage(item, dep, push=not source.versioned)], wait=options.wait))
    seen, content = bring(project, source, options, progress)
    stage = import_stage(item, PathDep(dep.path, seen, dep.fs_config), content, push=not source.versioned)
    if not options.to_remote:
        put_in_place(project, store_of(project), stage, jobs=options.jobs, wait=options.wait, progress=progress)
    return Imported(item.path, record(project, [stage], wait=options.wait))


def bring(project: Project, source: External, options: ImportUrlOptions, progress: Progress) -> tuple[Content, Content]:
    """Store the source's bytes in the cache or, with `to_remote`, in a remote: the contents of dependency and output."""
    if options.to_remote:
        return _to_remote(project, source, options, progress)
    with cache_lock(project, wait=options.wait), progress.task("Importing"):
        return source.store(store_of(project), jobs=options.jobs)


def _to_remote(project: Project, source: External, options: ImportUrlOptions, progress: Progress) -> tuple[Content, Content]:
    remote = remote_of(project, options.remote, doing="`--to-remote`")
    with remote_store(project, remote, jobs=options.jobs, wait=options.wait) as store, progress.task("Uploading"):
        contents = source.store(store, jobs=options.jobs)
        if durable(project):
            store.sync()
    return contents


def _spelled(project: Project, url: str, folder: str) -> str:
    """The source as the `.dvc` file in `folder` names it: a relative path is relative to that folder."""
    if "://" in url or os.path.isabs(url):
        return url
    full = os.path.normpath(os.path.join(project.cwd, os.path.expanduser(url)))
    return os.path.relpath(full, os.path.join(project.root, folder)).replace(os.sep, "/")
