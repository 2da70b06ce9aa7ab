"""From a remote's configuration to a place with objects. Owns the meaning of a remote's `url`.

Layout of a remote: docs/formats/cache.md (the same two layouts as a cache). Never reads or writes an object itself.
"""

import os
from collections.abc import Mapping
from urllib.parse import unquote

from dvc.exceptions import ConfigProblem, DvcException
from dvc.model.hashes import MD5_DOS2UNIX, Algorithm
from dvc.values import dataclass

TRUE = ("true", "yes", "on", "1")


@dataclass(frozen=True, slots=True)
class LocalRemote:
    """A folder that holds objects as a cache does; `url` is as configured, for messages."""

    name: str
    root: str
    url: str

    def folder(self, algorithm: Algorithm) -> str:
        """The object folder for names under `algorithm`: 2.x objects lie at the top, 3.x ones in `files/md5`."""
        return self.root if algorithm == MD5_DOS2UNIX else os.path.join(self.root, "files", algorithm)

    @property
    def runs(self) -> str:
        return os.path.join(self.root, "runs")


def open_remote(name: str, options: Mapping[str, object]) -> LocalRemote:
    """The remote that `options` describe. ConfigProblem: no url, or one of a kind that is not served."""
    url = str(options.get("url") or "")
    if not url:
        raise ConfigProblem(f"remote '{name}' has no url", hint=f"set one with `dvc remote modify {name} url URL`")
    root = local_path(url)
    if root is None:
        kind = url.split("://", 1)[0]
        raise ConfigProblem(
            f"remote '{name}' is of kind '{kind}', which this version does not serve",
            hint="this version serves remotes that are local folders (a path or a file:// URL)",
        )
    for option in ("version_aware", "worktree"):
        if str(options.get(option, "")).lower() in TRUE:
            raise DvcException(
                f"remote '{name}' is a local folder: '{option}' needs a storage that keeps versions of its files",
                hint=f"take it back with `dvc remote modify {name} {option} --unset`",
            )
    return LocalRemote(name, root, url)


def local_path(url: str) -> str | None:
    """The local path that `url` means; None for every other kind of URL."""
    if url.startswith("file://"):
        return unquote(url[len("file://") :]) or "/"
    return None if "://" in url else os.path.expanduser(url)
