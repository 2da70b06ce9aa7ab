"""From a remote's configuration to a place with objects. Owns the meaning of a remote's `url`, and which kinds are served.

Layout of a remote: docs/formats/cache.md (the same two layouts as a cache). Never reads or writes an object itself. A kind's
module, and the library it needs, are loaded when a URL of that kind is opened.
"""

import os
from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from urllib.parse import unquote

from dvc.exceptions import ConfigProblem, DvcException, RemoteNotFound
from dvc.model.hashes import MD5_DOS2UNIX, Algorithm
from dvc.storage.contract import Storage, Unavailable, VersionedStorage, keeping_versions
from dvc.storage.options import flag, text
from dvc.values import dataclass, replace


@dataclass(frozen=True, slots=True)
class LocalRemote:
    """A folder that holds objects as a cache does; `url` is as configured, for messages."""

    name: str
    root: str
    url: str

    @property
    def storage(self) -> None:
        """Its folders are of this machine."""
        return

    def folder(self, algorithm: Algorithm) -> str:
        """The object folder for names under `algorithm`: 2.x objects lie at the top, 3.x ones in `files/md5`."""
        return self.root if algorithm == MD5_DOS2UNIX else os.path.join(self.root, "files", algorithm)

    @property
    def runs(self) -> str:
        return os.path.join(self.root, "runs")


@dataclass(frozen=True, slots=True)
class FarRemote:
    """The same behind a URL: paths are relative to it."""

    name: str
    url: str
    storage: Storage

    def folder(self, algorithm: Algorithm) -> str:
        return "" if algorithm == MD5_DOS2UNIX else f"files/{algorithm}"

    @property
    def runs(self) -> str:
        return "runs"


@dataclass(frozen=True, slots=True)
class VersionedRemote:
    """A URL whose files are called as those of the workspace, and keep their versions (docs/formats/cloud.md).

    `worktree`: what is newest there is to be what the workspace has.
    """

    name: str
    url: str
    storage: VersionedStorage
    worktree: bool


Remote = LocalRemote | FarRemote
AnyRemote = Remote | VersionedRemote
Options = Mapping[str, object]


class CloudVersioned(ConfigProblem):
    """A remote is cloud-versioned, and what is asked for has a meaning only where objects have the names of their contents."""

    code = "cloud-versioned"

    def __init__(self, doing: str, name: str) -> None:
        super().__init__(f"{doing} is not possible with cloud-versioned remotes, and '{name}' is one", hint="name another one with -r")


def open_remote(name: str, options: Options, others: Mapping[str, Options] = MappingProxyType({}), *, doing: str = "this") -> Remote:
    """As `open_any_remote`, for remotes of objects alone. `doing`: what for, to say with CloudVersioned."""
    opened = open_any_remote(name, options, others)
    if isinstance(opened, VersionedRemote):
        raise CloudVersioned(doing, name)
    return opened


def open_any_remote(name: str, options: Options, others: Mapping[str, Options] = MappingProxyType({})) -> AnyRemote:
    """The remote that `options` describe; `others` are those that its url may be relative to.

    ConfigProblem: no url, or one of a kind that is not served; Unavailable: a package is missing.
    """
    options = resolved(name, options, others)
    url = str(options.get("url") or "")
    if not url:
        raise ConfigProblem(f"remote '{name}' has no url", hint=f"set one with `dvc remote modify {name} url URL`")
    root = local_path(url)
    versioned = next((option for option in ("worktree", "version_aware") if flag(options, option)), None)
    if root is not None and versioned:
        raise DvcException(
            f"remote '{name}' is a local folder: '{versioned}' needs a storage that keeps versions of its files",
            hint=f"take it back with `dvc remote modify {name} {versioned} --unset`",
        )
    if root is not None:
        return LocalRemote(name, root, url)
    storage = open_storage(url, options)
    if storage is not None and text(options, "jobs"):
        storage.capabilities = replace(storage.capabilities, jobs=int(text(options, "jobs")))
    if storage is None:
        raise ConfigProblem(
            f"remote '{name}' is of kind '{url.split('://', 1)[0]}', which this version does not serve",
            hint=f"this version serves local folders (a path or a file:// URL) and {', '.join(_KINDS)}",
        )
    if versioned is None:
        return FarRemote(name, url, storage)
    keeping = keeping_versions(storage)
    if keeping is None:
        raise Unavailable(
            f"remote '{name}': versions of files behind '{url.split('://', 1)[0]}://' are not served by this version",
            hint=f"take it back with `dvc remote modify {name} {versioned} --unset`",
        )
    return VersionedRemote(name, url, keeping, worktree=versioned == "worktree")


def resolved(name: str, options: Options, others: Mapping[str, Options]) -> Options:
    """With a url `remote://OTHER/PATH`: a path of another remote, with that one's options below its own."""
    seen = {name}
    url = str(options.get("url") or "")
    while url.startswith("remote://"):
        other, _, path = url[len("remote://") :].partition("/")
        base = others.get(other.lower())
        if base is None or other.lower() in seen:
            raise RemoteNotFound(other, sorted(others))
        seen.add(other.lower())
        url = f"{str(base.get('url') or '').rstrip('/')}/{path}"
        options = {**base, **options, "url": url}
    return options


# Each kind's module and what opens a URL there, loaded when it is asked for: its library costs time, and need not be installed.
_KINDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "azure": ("azure", "open_azure"),
        "gdrive": ("gdrive", "GdriveStorage"),
        "gs": ("gcs", "open_gcs"),
        "hdfs": ("hdfs", "open_hdfs"),
        "http": ("http", "HttpStorage"),
        "https": ("http", "HttpStorage"),
        "oss": ("oss", "open_oss"),
        "s3": ("s3", "open_s3"),
        "ssh": ("ssh", "SshStorage"),
        "webdav": ("webdav", "WebdavStorage"),
        "webdavs": ("webdav", "WebdavStorage"),
        "webhdfs": ("webhdfs", "WebHdfsStorage"),
    }
)


def open_storage(url: str, options: Mapping[str, object]) -> Storage | None:
    """What is behind a URL; None for a kind that is not served. Unavailable: a package is missing, or an option is not served."""
    known = _KINDS.get(url.split("://", 1)[0])
    if known is None:
        return None
    module, name = known
    opened: Storage = getattr(import_module(f"dvc.storage.kinds.{module}"), name)(url, options)
    return opened


def local_path(url: str) -> str | None:
    """The local path that `url` means; None for every other kind of URL."""
    if url.startswith("file://"):
        return unquote(url[len("file://") :]) or "/"
    return None if "://" in url else os.path.expanduser(url)
