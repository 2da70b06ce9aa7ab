"""`dvc get`: copy a file or folder out of another repository. Needs no project around it."""

import os
import posixpath
from collections.abc import Mapping

from dvc.progress import NullProgress, Progress
from dvc.registry.download import Downloaded, download, object_url
from dvc.registry.repository import AS_IT_IS, SourceOptions, SourceProblem, inside, open_repository
from dvc.values import dataclass


@dataclass(frozen=True, slots=True)
class GetOptions:
    url: str
    path: str
    out: str | None = None
    source: SourceOptions = AS_IT_IS
    force: bool = False
    jobs: int = 0


def get(options: GetOptions, cwd: str, environ: Mapping[str, str], progress: Progress = NullProgress()) -> Downloaded:
    """Raises SourceProblem, TargetNotFound, MissingObjects."""
    path = inside(options.path)
    target = _target(options, path, cwd)
    if os.path.lexists(target) and not options.force:
        raise SourceProblem(f"'{target}' exists", hint="pass -f to replace it, or -o to name another place")
    with open_repository(options.url, options.source, cwd, environ) as repository, progress.task("Getting"):
        return download(repository, path, target, force=options.force, jobs=options.jobs)


def url_of(options: GetOptions, cwd: str, environ: Mapping[str, str]) -> str:
    """Where the object of the tracked path is kept (`--show-url`)."""
    with open_repository(options.url, options.source, cwd, environ) as repository:
        return object_url(repository, inside(options.path))


def _target(options: GetOptions, path: str, cwd: str) -> str:
    name = posixpath.basename(path) or os.path.basename(options.url.rstrip("/")).removesuffix(".git") or "repository"
    target = os.path.normpath(os.path.join(cwd, options.out or name))
    return os.path.join(target, name) if options.out and os.path.isdir(target) else target
