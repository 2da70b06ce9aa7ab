"""What a repository holds, plain files and tracked outputs merged, folder by folder. Reads; never touches data."""

import os
import posixpath
from collections.abc import Iterator, Mapping

from dvc.engine.contract import Manifest
from dvc.exceptions import TargetNotFound
from dvc.formats import cloud
from dvc.model.hashes import Oid, TreeId
from dvc.model.stage import Out
from dvc.project.project import FOLDER
from dvc.registry.repository import Repository, descend
from dvc.store.listing import listed
from dvc.transfer.shelf import shelf, size
from dvc.values import dataclass
from dvc.workspace.survey import is_outside

HIDDEN = {".dvc", ".git", ".hg"}


@dataclass(frozen=True, slots=True)
class Item:
    """One name. `path` is relative to what was asked for; `full` to the repository. `size` and `md5` are None where unknown."""

    path: str
    full: str
    is_out: bool
    is_folder: bool
    is_exec: bool
    size: int | None
    md5: str | None


def look(repository: Repository, path: str) -> "tuple[Catalog, Item]":
    """The catalog of the project that `path` (of `repository`) belongs to, and what is there. Raises TargetNotFound."""
    found, inner = descend(repository, path)
    catalog = Catalog(found)
    return catalog, catalog.find(inner)


class Catalog:
    """A repository to look around in. Directories' manifests are read once."""

    def __init__(self, repository: Repository) -> None:
        self.repository = self._repo = repository
        # What lies outside of the repository, as a record may say, is no part of it.
        self._outs: Mapping[str, Out] = {
            path: out for path, (_, out) in repository.outs().items() if out.cache and "://" not in path and not is_outside(path)
        }
        self._trees: dict[TreeId, Manifest | None] = {}
        self._listed: dict[str, dict[str, int | None]] = {}  # sizes of the files of folders, by the folder

    # --- asking

    def find(self, path: str) -> Item:
        """What is at `path`. Raises TargetNotFound."""
        if not path:
            return Item("", "", False, True, False, None, None)
        owner = self._owner(path)
        if owner is not None:
            top, out = owner
            if top == path:
                return self._out(posixpath.basename(path), path, out)
            inner = path[len(top) + 1 :]
            manifest = self.manifest(out)
            if manifest is not None:
                digest = manifest.get(inner)
                if digest is not None:
                    return Item(posixpath.basename(path), path, True, False, False, self._size(path), digest)
                if manifest.has_folder(inner):
                    return Item(posixpath.basename(path), path, True, True, False, None, None)
                raise TargetNotFound(f"'{path}' is not in '{self._repo.name}'")
        kind = self._repo.source.kind(path)
        if kind == "file":
            return self._plain(posixpath.basename(path), path)
        if kind == "folder" or any(top.startswith(path + "/") for top in self._outs):
            return Item(posixpath.basename(path), path, False, True, False, None, None)
        raise TargetNotFound(f"'{path}' is not in '{self._repo.name}'", hint=f"`dvc list -R {self._repo.name}` shows what is")

    def children(self, folder: str, base: str = "", *, dvc_only: bool = False) -> list[Item]:
        """What lies directly in `folder`, sorted; paths are put below `base`."""
        owner = self._owner(folder)
        if owner is not None:
            manifest = self.manifest(owner[1])
            if manifest is not None:
                return self._members(folder, base, owner[0], manifest)
        found: dict[str, Item] = {}
        for top, out in self._outs.items():
            if folder and not top.startswith(folder + "/"):
                continue
            name, _, deeper = top[len(folder) + 1 if folder else 0 :].partition("/")
            full, shown = _below(folder, name), _below(base, name)
            if deeper:
                found.setdefault(name, Item(shown, full, False, True, False, None, None))
            else:
                found[name] = self._out(shown, full, out)
        if not dvc_only:
            for row in self._repo.source.items(folder) or ():
                if row.name in found or row.kind not in ("file", "folder") or not _is_name(row.name):
                    continue
                full, shown = _below(folder, row.name), _below(base, row.name)
                if row.kind == "folder" and self._is_project(full):
                    continue  # what it holds is shown by a path that leads into it, as DVC has it
                found[row.name] = (
                    self._plain(shown, full, executable=row.executable)
                    if row.kind == "file"
                    else Item(shown, full, False, True, False, None, None)
                )
        return [found[name] for name in sorted(found)]

    def walk(self, folder: str, base: str = "", *, dvc_only: bool = False, level: int | None = None) -> Iterator[Item]:
        """All files below `folder`, sorted by path; folders only where `level` ends the descent."""
        for item in self.children(folder, base, dvc_only=dvc_only):
            if item.is_folder and (level is None or level > 1) and self._opens(item):
                yield from self.walk(item.full, item.path, dvc_only=dvc_only, level=None if level is None else level - 1)
            else:
                yield item

    def manifest(self, out: Out) -> Manifest | None:
        tree = out.content.oid
        if not isinstance(tree, TreeId):
            return None
        if tree not in self._trees:
            self._trees[tree] = listed(out.content) or self._repo.tree(tree)
        return self._trees[tree]

    # --- rows

    def _is_project(self, folder: str) -> bool:
        return self._repo.inner is not None and self._repo.source.kind(f"{folder}/{FOLDER}") == "folder"

    def _opens(self, item: Item) -> bool:
        """Whether one can look into a folder: the .dir object of a tracked one may be nowhere at hand."""
        owner = self._owner(item.full)
        return owner is None or self.manifest(owner[1]) is not None or self._repo.source.kind(item.full) == "folder"

    def _owner(self, path: str) -> tuple[str, Out] | None:
        at = path
        while at:
            if at in self._outs:
                return at, self._outs[at]
            at = posixpath.dirname(at)
        return None

    def _out(self, shown: str, full: str, out: Out) -> Item:
        oid = out.content.oid
        name = None if oid is None else oid.hex + ".dir" if isinstance(oid, TreeId) else oid.hex
        is_folder = isinstance(oid, TreeId) or (oid is None and self._repo.source.kind(full) == "folder")
        size = out.content.size
        return Item(shown, full, True, is_folder, out.content.isexec, size if size is not None or is_folder else self._size(full), name)

    def _members(self, folder: str, base: str, top: str, manifest: Manifest) -> list[Item]:
        inner = "" if folder == top else folder[len(top) + 1 :]
        found: dict[str, Item] = {}
        for path, digest in manifest.below(inner):
            name, _, deeper = (path[len(inner) + 1 :] if inner else path).partition("/")
            if name in found:
                continue
            full, shown = _below(folder, name), _below(base, name)
            found[name] = (
                Item(shown, full, True, True, False, None, None)
                if deeper
                else Item(shown, full, True, False, False, self._size(full), digest)
            )
        return [found[name] for name in sorted(found)]

    def _plain(self, shown: str, full: str, *, executable: bool | None = None) -> Item:
        root = self._repo.root
        if root is not None:
            status = os.stat(os.path.join(root, full))
            return Item(shown, full, False, False, bool(status.st_mode & 0o100), status.st_size, None)
        if executable is None:
            rows = self._repo.source.items(posixpath.dirname(full)) or ()
            executable = any(row.executable for row in rows if row.name == posixpath.basename(full))
        data = self._repo.source.read(full)
        return Item(shown, full, False, False, executable, None if data is None else len(data), None)

    def _size(self, full: str) -> int | None:
        """How large the file is that lies in the workspace, if one does; else as the metadata of its folder has it, if that lists files."""
        if self._repo.root is not None:
            try:
                return os.stat(os.path.join(self._repo.root, full)).st_size
            except OSError:
                pass
        top, out = self._owner(full) or ("", None)
        if top not in self._listed:
            rows = None if out is None else cloud.members(out.content)
            self._listed[top] = {row.path: row.size for row in rows or ()}
        return self._listed[top].get(full[len(top) + 1 :])

    def object_size(self, item: Item, algorithm: str) -> int | None:
        """How large an output's object is, where one of the repository's places holds it."""
        if item.md5 is None:
            return None
        for place in self._repo.places:
            found = size(shelf(place, algorithm), item.md5)
            if found is not None:
                return found
        return None

    def algorithm(self, path: str) -> str:
        owner = self._owner(path)
        oid = None if owner is None else owner[1].content.oid
        return "md5" if not isinstance(oid, Oid | TreeId) else oid.algorithm


def _is_name(name: str) -> bool:
    """Whether a name of a folder may be used: a hand-made tree of git can hold any. Tools' own folders are not listed."""
    return bool(name) and name not in (".", "..") and "/" not in name and "\0" not in name and name.lower() not in HIDDEN


def _below(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
