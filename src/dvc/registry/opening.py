"""What a path or URL of data means: a file or folder of this machine, or one behind a URL."""

import os
from collections.abc import Mapping

from dvc.model.stage import Content
from dvc.project.project import Project
from dvc.registry.external import External, LocalExternal
from dvc.registry.repository import SourceProblem
from dvc.storage.contract import keeping_versions
from dvc.storage.options import flag
from dvc.storage.remotes import local_path, open_storage, resolved

REMOTE = "remote://"
VERSION_ID = "?versionId="
_HAVE_VERSIONS = ("azure", "gcs", "gs")  # besides those that we can ask for them


def open_external(
    project: Project | None,
    url: str,
    base: str,
    fs_config: Mapping[str, object] | None = None,
    *,
    version: str = "",
    recorded: Content | None = None,
) -> External:
    """What `url` means: a path (relative to the absolute folder `base`), a URL, or `remote://NAME/PATH` of the project.

    `version`, `recorded`: not as it is now, see `VersionedExternal`. SourceProblem for a kind of URL that is not served,
    RemoteNotFound for an unknown remote.
    """
    options: Mapping[str, object] = {"url": url}
    if url.startswith(REMOTE):
        options = resolved("", options, {} if project is None else project.config.remotes())
    at = str(options["url"])
    path = local_path(at)
    if path is None:
        return _far(url, at, {**options, **(fs_config or {})}, version, recorded)
    odd = [name for name in fs_config or {} if name != "version_aware"]
    if odd:
        raise SourceProblem(f"'{url}' is a path on this machine, which has no option `{odd[0]}`", hint="leave --fs-config out")
    return LocalExternal(project, os.path.normpath(os.path.join(base, path)), url)


def pinned(url: str) -> tuple[str, str]:
    """A URL that names a version of its file, and that version; "" where it names none."""
    if not url.startswith(("s3://", REMOTE)):
        return url, ""
    plain, _, version = url.partition(VERSION_ID)
    return plain, version


def _far(name: str, url: str, options: Mapping[str, object], version: str, recorded: Content | None) -> External:
    kind, _, rest = url.partition("://")
    # An HTTP URL is taken as it is, with what is quoted and asked for in it; elsewhere the bucket is the storage.
    base, path = (url, "") if kind in ("http", "https") else (f"{kind}://{rest.partition('/')[0]}", rest.partition("/")[2].strip("/"))
    storage = open_storage(base, options)
    if storage is None:
        raise SourceProblem(
            f"'{name}': this version does not read from '{kind}://'", hint="download the data first, or give a path on this machine"
        )
    keeping = keeping_versions(storage) if version or recorded is not None or flag(options, "version_aware") else None
    if keeping is not None:
        from dvc.registry.external_versions import VersionedExternal

        return VersionedExternal(keeping, path, name, version, recorded)
    if version or (kind in _HAVE_VERSIONS and flag(options, "version_aware")):
        raise SourceProblem(f"'{name}': versions of files behind '{kind}://' are not served by this version", hint="do without them")
    from dvc.registry.external_far import FarExternal

    return FarExternal(storage, path, name)
