"""`dvc get-url` and `dvc list-url`: data by path or URL, copied without tracking it, or looked at. Need no project."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping

from dvc.exceptions import NotInProject, TargetNotFound
from dvc.ops.importing import TargetInTheWay
from dvc.progress import NullProgress, Progress
from dvc.project.project import Project, discover
from dvc.registry.external import External, Row
from dvc.registry.opening import open_external, pinned
from dvc.values import dataclass, field


@dataclass(frozen=True, slots=True)
class GetUrlOptions:
    url: str
    out: str | None = None
    fs_config: Mapping[str, object] = field(default_factory=dict)
    force: bool = False
    jobs: int = 0


def get_url(options: GetUrlOptions, cwd: str, environ: Mapping[str, str], progress: Progress = NullProgress()) -> int:
    """Copy the file or folder; how many files. Raises SourceProblem, TargetNotFound, TargetInTheWay."""
    url, version = pinned(options.url)
    source = open_external(_project(cwd, environ), url, cwd, options.fs_config, version=version)
    name = os.path.basename(url.rstrip("/")) or "data"
    target = os.path.join(cwd, options.out or name)
    if options.out and os.path.isdir(target):
        target = os.path.join(target, name)
    if os.path.lexists(target) and not options.force:
        raise TargetInTheWay(f"'{target}' exists already", hint="use `--force` to replace it, or give another name")
    if not source.exists():
        raise TargetNotFound(f"'{options.url}' does not exist")
    os.makedirs(os.path.dirname(target), exist_ok=True)
    work = tempfile.mkdtemp(dir=os.path.dirname(target), prefix=".dvc-get-")
    try:
        made = os.path.join(work, "data")
        with progress.task("Downloading"):
            count = source.copy(made, jobs=options.jobs)
        if os.path.lexists(target) and (os.path.isdir(made) or os.path.isdir(target)):
            os.rename(target, os.path.join(work, "old"))
        os.replace(made, target)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return count


def list_url(url: str, cwd: str, environ: Mapping[str, str], level: int | None, fs_config: Mapping[str, object]) -> Iterator[Row]:
    """Rows of a folder (or the one of a file), `level` deep; None: every file. Raises SourceProblem, TargetNotFound."""
    return _open(url, cwd, environ, fs_config).rows(level)


def _open(url: str, cwd: str, environ: Mapping[str, str], fs_config: Mapping[str, object]) -> External:
    plain, version = pinned(url)
    return open_external(_project(cwd, environ), plain, cwd, fs_config, version=version)


def _project(cwd: str, environ: Mapping[str, str]) -> Project | None:
    try:
        return discover(cwd, environ)
    except NotInProject:
        return None
