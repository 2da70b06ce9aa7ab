"""`dvc dataset add` and `dataset update`: data of elsewhere that stages depend on by name (`ds://NAME`), pinned in dvc.lock."""

import os
from collections.abc import Mapping
from typing import Literal

from dvc.exceptions import DvcException, TargetNotFound
from dvc.formats import lock as lock_format
from dvc.formats import project as project_format
from dvc.project import locks
from dvc.project.edits import Edits
from dvc.project.project import Project
from dvc.registry.opening import open_external
from dvc.registry.repository import SourceOptions, SourceProblem, open_repository
from dvc.storage.remotes import local_path
from dvc.values import dataclass

Kind = Literal["dvc", "url"]
FILE = "dvc.yaml"
LOCK = "dvc.lock"


class DatasetExists(DvcException):
    code = "dataset-exists"


@dataclass(frozen=True, slots=True)
class DatasetOptions:
    """`kind` "dvc": `url` is a repository; "url": a file or folder. `path` and `rev` belong to repositories."""

    name: str
    url: str
    kind: Kind
    path: str | None = None
    rev: str | None = None
    force: bool = False
    wait: bool = False


@dataclass(frozen=True, slots=True)
class DatasetChange:
    """The data set's old record in dvc.lock (None: there was none), its new one, and the metadata files that changed."""

    before: Mapping[str, object] | None
    after: Mapping[str, object]
    changed: tuple[str, ...]


def add_dataset(project: Project, options: DatasetOptions) -> DatasetChange:
    """Raises DatasetExists (unless forced), SourceProblem, GitProblem, TargetNotFound."""
    known = _specs(project)
    if options.name in known and not options.force:
        raise DatasetExists(f"data set '{options.name}' exists already. Use `-f` to force.", hint="or give the new one another name")
    spec: dict[str, object] = {"name": options.name, "url": options.url, "type": options.kind}
    spec |= {key: value for key, value in (("path", options.path), ("rev", options.rev)) if value is not None}
    return _put(project, spec, wait=options.wait)


def update_dataset(project: Project, name: str, rev: str | None, *, wait: bool = False) -> DatasetChange:
    """Pin what the data set's source is now, or is at `rev`, which then stays its revision. Raises TargetNotFound for an unknown one."""
    known = _specs(project)
    if name not in known:
        raise TargetNotFound(f"there is no data set '{name}'", hint="`dvc dataset add` makes one")
    spec = dict(known[name])
    if rev is not None:
        if spec["type"] != "dvc":
            raise DvcException(f"data set '{name}' is no repository: it has no revisions", hint="leave --rev out")
        spec["rev"] = rev
    return _put(project, spec, wait=wait)


def _specs(project: Project) -> dict[str, Mapping[str, object]]:
    view = project.workspace()
    return {str(spec["name"]): spec for spec in view.pipeline(FILE).datasets} if view.kind(FILE) == "file" else {}


def _put(project: Project, spec: Mapping[str, object], *, wait: bool) -> DatasetChange:
    """Look the source up, then write dvc.yaml and dvc.lock."""
    record = {**spec, **_looked_up(project, spec)}
    name = str(spec["name"])
    records = {str(item["name"]): item for item in project.workspace().lock(FILE).datasets}
    before = records.get(name)
    records[name] = record
    edits = Edits(project)
    edits.change(FILE, lambda old: project_format.put_dataset(old, spec))
    edits.change(LOCK, lambda old: lock_format.put_datasets(old, records.values()))
    with locks.metadata(project, wait=wait):
        changed = edits.commit()
    return DatasetChange(before, record, changed)


def _looked_up(project: Project, spec: Mapping[str, object]) -> dict[str, object]:
    """What dvc.lock says of a data set besides its own words."""
    url = str(spec["url"])
    if spec["type"] == "dvc":
        rev = None if spec.get("rev") is None else str(spec["rev"])
        with open_repository(url, SourceOptions(rev), project.root, project.environ) as repository:
            if repository.rev is None:
                raise SourceProblem(f"'{url}' has no commit that a data set could be from", hint="commit something there first")
            return {"rev_lock": repository.rev}
    if spec["type"] != "url" or local_path(url) is None:
        raise SourceProblem(
            f"data sets of '{url}' are not served by this version", hint="it serves repositories, and files and folders of this machine"
        )
    source = open_external(project, url, project.root)
    content = source.content()
    if content.nfiles is not None:
        return {"meta": {"isdir": True, "size": content.size, "nfiles": content.nfiles}}
    status = os.stat(os.path.join(project.root, local_path(url) or url))
    executable = {"isexec": True} if content.isexec else {}
    return {"meta": {"size": status.st_size, **executable, "inode": status.st_ino, "mtime": status.st_mtime}}
