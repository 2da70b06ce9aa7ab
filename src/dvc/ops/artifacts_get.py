"""`dvc artifacts get`: download an artifact of a repository by its name, at a version or at what a stage points to."""

import os
from collections.abc import Mapping

from dvc.exceptions import DvcException
from dvc.ops.get import GetOptions, get, url_of
from dvc.progress import NullProgress, Progress
from dvc.registry.artifacts import commit_of, parse_address, path_of
from dvc.registry.download import Downloaded
from dvc.registry.repository import AS_IT_IS, SourceOptions, SourceProblem, open_repository
from dvc.values import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class ArtifactOptions:
    """Neither `version` nor `stage`: the greatest version."""

    url: str
    name: str
    version: str | None = None
    stage: str | None = None
    out: str | None = None
    source: SourceOptions = field(default_factory=lambda: AS_IT_IS)
    force: bool = False
    jobs: int = 0

    def __post_init__(self) -> None:
        if self.version is not None and self.stage is not None:
            raise DvcException("--rev and --stage are two ways to choose a version", hint="pass one of them")


def get_artifact(
    options: ArtifactOptions,
    cwd: str,
    environ: Mapping[str, str],
    progress: Progress = NullProgress(),
) -> Downloaded:
    """Raises TargetNotFound for an unknown artifact, version or stage, and what `get` does."""
    return get(_resolved(options, cwd, environ), cwd, environ, progress)


def url_of_artifact(options: ArtifactOptions, cwd: str, environ: Mapping[str, str]) -> str:
    return url_of(_resolved(options, cwd, environ), cwd, environ)


def _resolved(options: ArtifactOptions, cwd: str, environ: Mapping[str, str]) -> GetOptions:
    address = parse_address(options.name)
    with open_repository(options.url, options.source, cwd, environ) as repository:
        if repository.git is None:
            raise SourceProblem(f"'{options.url}' is not in a git repository, whose tags would say which versions there are")
        commit = commit_of(address, repository.git.tag_list(), version=options.version, stage=options.stage)
    at = replace(options.source, rev=commit)
    with open_repository(options.url, at, cwd, environ) as repository:
        if repository.view is None:
            raise SourceProblem(f"'{options.url}' is no DVC repository")
        path = path_of(address, repository.view)
    return GetOptions(options.url, path, options.out or os.path.basename(path), at, options.force, options.jobs)
