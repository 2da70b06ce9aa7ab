"""Stages and what they have: outputs, dependencies, parameters. Values as a `.dvc` or `dvc.yaml` + `dvc.lock` state them."""

import posixpath
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

from dvc.model.hashes import MD5, Algorithm, ObjectId
from dvc.values import dataclass, field

EMPTY: Mapping[str, object] = MappingProxyType({})

DATASET = "dataset"  # the key of `Content.foreign` under which a dependency `ds://NAME` keeps what dvc.lock recorded of the data set
DATASET_URL = "ds://"

OutKind = Literal["out", "metric", "plot"]


@dataclass(frozen=True, slots=True)
class Annotations:
    """What people say of an output. `labels` is None when absent."""

    desc: str | None = None
    type: str | None = None
    labels: tuple[str, ...] | None = None
    meta: object = None


NO_ANNOTATIONS = Annotations()


@dataclass(frozen=True, slots=True)
class Content:
    """What is recorded of a file's or folder's bytes. `size` in bytes; `nfiles` for folders only."""

    oid: ObjectId | None = None
    size: int | None = None
    nfiles: int | None = None
    isexec: bool = False
    algorithm: Algorithm = MD5  # also where the hash is not known yet: MD5_DOS2UNIX where `hash:` is absent
    foreign: Mapping[str, object] = field(default_factory=lambda: EMPTY)  # etag, version_id, checksum, cloud, files: kept as read


UNKNOWN = Content()


@dataclass(frozen=True, slots=True)
class Out:
    """An output. `path` is the text of the file: relative to the stage's folder, absolute, or a URL."""

    path: str
    content: Content = UNKNOWN
    kind: OutKind = "out"
    cache: bool = True
    persist: bool = False
    push: bool = True
    remote: str | None = None
    annotations: Annotations = NO_ANNOTATIONS
    plot: Mapping[str, object] = field(default_factory=lambda: EMPTY)  # template, x, y, ... in stored order
    fs_config: Mapping[str, object] = field(default_factory=lambda: EMPTY)


@dataclass(frozen=True, slots=True)
class PathDep:
    """A file or folder of the workspace, outside it, or behind a URL."""

    path: str
    content: Content = UNKNOWN
    fs_config: Mapping[str, object] = field(default_factory=lambda: EMPTY)


@dataclass(frozen=True, slots=True)
class RepoDep:
    """A path of another repository. `repo` keeps the keys url, rev, rev_lock, config, remote in stored order."""

    path: str
    repo: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class DbDep:
    """A query or table of a database, as `import-db` writes it."""

    db: Mapping[str, object]


Dep = PathDep | RepoDep | DbDep


@dataclass(frozen=True, slots=True)
class ParamsDep:
    """Parameters of one file. `keys` None: the whole file. `values`: what dvc.lock recorded; None: nothing recorded."""

    path: str
    keys: tuple[str, ...] | None
    values: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """One `.dvc` file (`name` None) or one stage of a `dvc.yaml`, with what the lock recorded merged in.

    `file` is the path of the metadata file relative to the project's root, POSIX. `recorded` is False for a pipeline
    stage that has no lock entry; `recorded_cmd` is the command that the lock holds.
    """

    file: str
    name: str | None = None
    wdir: str = "."
    cmd: str | tuple[str, ...] | None = None
    deps: tuple[Dep, ...] = ()
    params: tuple[ParamsDep, ...] = ()
    outs: tuple[Out, ...] = ()
    frozen: bool = False
    always_changed: bool = False
    desc: str | None = None
    meta: object = None
    md5: str | None = None  # of the `.dvc` file itself: imports
    recorded: bool = True
    recorded_cmd: str | tuple[str, ...] | None = None

    @property
    def is_data(self) -> bool:
        """A `.dvc` file without dependencies: plain tracked data."""
        return self.name is None and not self.deps

    @property
    def is_import(self) -> bool:
        return self.name is None and bool(self.deps)

    @property
    def address(self) -> str:
        """`data.dvc`, `train`, `sub/dvc.yaml:train`: relative to the project's root."""
        if self.name is None:
            return self.file
        return self.name if self.file == "dvc.yaml" else f"{self.file}:{self.name}"

    @property
    def folder(self) -> str:
        """The folder that paths are relative to, relative to the root; "" is the root itself."""
        return _folder(self.file, self.wdir)

    def locate(self, path: str) -> str:
        """`path` (of one of this stage's items) relative to the root; absolute paths and URLs stay as they are."""
        if "://" in path or path.startswith("/"):
            return path
        return _located(_folder(self.file, self.wdir), path)


# Asked for over and over, of the same few thousand paths.
@lru_cache(maxsize=1 << 16)
def _folder(file: str, wdir: str) -> str:
    joined = posixpath.normpath(posixpath.join(posixpath.dirname(file), wdir))
    return "" if joined == "." else joined


@lru_cache(maxsize=1 << 16)
def _located(folder: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(folder, path))
