"""What a storage that keeps versions calls the states of its files, and where a file of an output is there."""

from collections.abc import Mapping

from dvc.values import dataclass, field


@dataclass(frozen=True, slots=True)
class Version:
    """One state of a file: the storage's name for its bytes, and the id of the version ("" where it keeps none)."""

    etag: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a folder that is recorded file by file. `path` is relative to the folder.

    `versions`: where cloud-versioned remotes have it, by remote; "" where the entry names no remote.
    """

    path: str
    md5: str | None = None
    size: int | None = None
    isexec: bool = False
    versions: Mapping[str, Version] = field(default_factory=dict)

    def version(self, remote: str) -> Version | None:
        """What `remote` has of it; an entry that names no remote counts for every one."""
        return self.versions.get(remote) or self.versions.get("")
