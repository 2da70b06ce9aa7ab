"""Data behind a URL whose storage keeps versions of it: the newest, one that is named, or the ones that were recorded."""

import posixpath
from collections.abc import Iterator

from dvc.exceptions import TargetNotFound
from dvc.formats import cloud
from dvc.model.stage import Content
from dvc.model.versions import Version
from dvc.registry.external_far import FarExternal
from dvc.storage.contract import Found, VersionedStorage


class VersionedExternal(FarExternal):
    """See `external.External`. `version`: of a file, this one; `recorded`: what a dependency has recorded, and nothing else."""

    def __init__(self, storage: VersionedStorage, path: str, name: str, version: str = "", recorded: Content | None = None) -> None:
        super().__init__(storage, path, name)
        self._keeping = storage
        self._version = version
        self._recorded = recorded

    @property
    def versioned(self) -> bool:
        return True

    def content(self) -> Content:
        return super().content() if self._recorded is None else self._recorded

    def _found(self) -> Found | None:
        recorded = self._recorded
        if recorded is not None and cloud.FILES in recorded.foreign:
            return None
        version = self._version or ("" if recorded is None else cloud.own_version(recorded).id)
        if not version:
            return super()._found()
        found = self._keeping.stat_version(self._path, version)
        if found is None:
            raise TargetNotFound(f"'{self.name}' has no version '{version}'", hint="see that the version was not deleted")
        return found._replace(version=version)

    def _members(self) -> list[Found]:
        rows = None if self._recorded is None else cloud.members(self._recorded)
        if rows is not None:
            known = ((row, row.version("") or Version()) for row in rows)
            return [
                Found(posixpath.join(self._path, row.path), -1 if row.size is None else row.size, version.etag, version.id)
                for row, version in known
            ]
        members = sorted(self._keeping.newest(self._path))
        if not members:
            raise TargetNotFound(f"'{self.name}' does not exist")
        return members

    def _of_file(self, found: Found) -> Content:
        return super()._of_file(found) if self._recorded is None else self._recorded

    def _of_folder(self, members: list[Found]) -> Content:
        if self._recorded is not None:
            return self._recorded
        rows = ((self._below(row.path), row.size if row.size >= 0 else None, Version(row.etag, row.version)) for row in members)
        return Content(foreign={cloud.FILES: cloud.source_files(rows)})

    def _pieces(self, found: Found) -> Iterator[bytes]:
        return self._keeping.chunks_of(found.path, found.version) if found.version else super()._pieces(found)
