"""Where a view reads from: the workspace, or a commit. Both list folders and read files by paths relative to the root."""

import os
import stat
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from dvc.project import files

if TYPE_CHECKING:
    from dvc.git.port import Git

Kind = Literal["file", "folder", "link", "other"]


class Item(NamedTuple):
    """One name in a folder. `link`: a symbolic link to a folder or to nothing; one to a file counts as a file."""

    name: str
    kind: Kind
    executable: bool = False


class Source(Protocol):
    def items(self, folder: str) -> Sequence[Item] | None:
        """What the folder holds, sorted by name; None when there is no such folder."""

    def kind(self, path: str) -> Kind | None: ...
    def read(self, path: str) -> bytes | None:
        """A file's bytes; None where there is no file."""

    def read_many(self, paths: Iterable[str]) -> Mapping[str, bytes]: ...


class WorkspaceSource:
    """The files as they are now. `path` may also be absolute."""

    def __init__(self, root: str) -> None:
        self._root = root

    def items(self, folder: str) -> Sequence[Item] | None:
        try:
            with os.scandir(os.path.join(self._root, folder) if folder else self._root) as found:
                rows = [Item(entry.name, _entry_kind(entry)) for entry in found]
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise files.problem(error, folder or ".") from error
        rows.sort()
        return rows

    def kind(self, path: str) -> Kind | None:
        full = os.path.join(self._root, path)
        try:
            mode = os.lstat(full).st_mode
            if stat.S_ISLNK(mode):
                mode = os.stat(full).st_mode
                return "file" if stat.S_ISREG(mode) else "link"
        except OSError:
            return "link" if os.path.islink(full) else None
        return "file" if stat.S_ISREG(mode) else "folder" if stat.S_ISDIR(mode) else "other"

    def read(self, path: str) -> bytes | None:
        return files.read(os.path.join(self._root, path), shown=path)

    def read_many(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        found = {}
        for path in paths:
            data = self.read(path)
            if data is not None:
                found[path] = data
        return found


def _entry_kind(entry: "os.DirEntry[str]") -> Kind:
    try:
        if entry.is_dir(follow_symlinks=False):
            return "folder"
        if entry.is_file():
            return "file"
        return "link" if entry.is_symlink() else "other"
    except OSError:
        return "other"


class RevisionSource:
    """The files of a commit. `prefix` is the project's folder below git's root; `blobs` remembers what was read."""

    def __init__(self, git: "Git", rev: str, prefix: str, blobs: dict[str, bytes]) -> None:
        self._git = git
        self._rev = rev
        self._prefix = prefix
        self._blobs = blobs

    def _path(self, path: str) -> str:
        return f"{self._prefix}/{path}" if self._prefix and path else self._prefix or path

    def items(self, folder: str) -> Sequence[Item] | None:
        rows = self._git.tree(self._rev, self._path(folder))
        if rows is None:
            return None
        return sorted(Item(row.name, _mode_kind(row.mode), bool(row.mode & 0o100) and row.is_file) for row in rows)

    def kind(self, path: str) -> Kind | None:
        if not self._path(path):
            return "folder"
        entry = self._git.entry(self._rev, self._path(path))
        return None if entry is None else _mode_kind(entry.mode)

    def read(self, path: str) -> bytes | None:
        return self.read_many([path]).get(path)

    def read_many(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        entries = {path: self._git.entry(self._rev, self._path(path)) for path in paths}
        shas = {path: entry.sha for path, entry in entries.items() if entry is not None and entry.is_file}
        unread = [sha for sha in shas.values() if sha not in self._blobs]
        if unread:
            self._blobs.update(self._git.read_blobs(unread))
        return {path: self._blobs[sha] for path, sha in shas.items() if sha in self._blobs}


def _mode_kind(mode: int) -> Kind:
    if stat.S_ISREG(mode):
        return "file"
    return "folder" if stat.S_ISDIR(mode) else "link" if stat.S_ISLNK(mode) else "other"
