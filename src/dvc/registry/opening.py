"""What a path or URL of data means: a file or folder of this machine, or one behind a URL."""

import os
from collections.abc import Mapping

from dvc.project.project import Project
from dvc.registry.external import External, LocalExternal
from dvc.registry.repository import SourceProblem
from dvc.storage.remotes import local_path, open_storage, resolved

REMOTE = "remote://"


def open_external(project: Project | None, url: str, base: str, fs_config: Mapping[str, object] | None = None) -> External:
    """What `url` means: a path (relative to the absolute folder `base`), a URL, or `remote://NAME/PATH` of the project.

    SourceProblem for a kind of URL that is not served, RemoteNotFound for an unknown remote.
    """
    options: Mapping[str, object] = {"url": url}
    if url.startswith(REMOTE):
        options = resolved("", options, {} if project is None else project.config.remotes())
    at = str(options["url"])
    path = local_path(at)
    if path is None:
        return _far(url, at, {**options, **(fs_config or {})})
    return LocalExternal(project, os.path.normpath(os.path.join(base, path)), url)


def _far(name: str, url: str, options: Mapping[str, object]) -> External:
    kind, _, rest = url.partition("://")
    # An HTTP URL is taken as it is, with what is quoted and asked for in it; elsewhere the bucket is the storage.
    base, path = (url, "") if kind in ("http", "https") else (f"{kind}://{rest.partition('/')[0]}", rest.partition("/")[2].strip("/"))
    storage = open_storage(base, options)
    if storage is None:
        raise SourceProblem(
            f"'{name}': this version does not read from '{kind}://'", hint="download the data first, or give a path on this machine"
        )
    from dvc.registry.external_far import FarExternal

    return FarExternal(storage, path, name)
