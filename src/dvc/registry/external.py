"""Data outside of every repository, by path or URL: what it is now, and its way into a store or a folder.

One External is one file or folder at one place."""

import os
import shutil
from collections.abc import Iterator
from typing import Protocol

from dvc import engine
from dvc.engine.contract import Listing
from dvc.exceptions import EngineProblem, TargetNotFound, TargetProblem
from dvc.model.hashes import MD5, Oid
from dvc.model.stage import Content
from dvc.project.project import Project
from dvc.store.objects import Store
from dvc.values import dataclass, replace
from dvc.workspace.survey import Place, Seen, survey


@dataclass(frozen=True, slots=True)
class Row:
    """One name below an external folder (or the file itself): path relative to it, size in bytes where known."""

    path: str
    is_folder: bool
    size: int | None


class External(Protocol):
    """`name` is how people call it. All but `exists` raise TargetNotFound where nothing is there."""

    name: str

    @property
    def versioned(self) -> bool:
        """Whether what it was stays where it is: nobody needs to keep a copy."""

    def exists(self) -> bool: ...
    def content(self) -> Content:
        """What a dependency on it records now."""

    def store(self, store: Store, *, jobs: int = 0) -> tuple[Content, Content]:
        """Put its bytes into `store`: the dependency's content, and the content of an output that has these bytes."""

    def copy(self, target: str, *, jobs: int = 0) -> int:
        """Copy it to the new path `target`; the number of files."""

    def rows(self, level: int | None) -> Iterator[Row]:
        """What lies in it, `level` folders deep (None: files alone, all the way down)."""

    def is_folder(self) -> bool: ...


class LocalExternal:
    """A file or folder on this machine, followed through links at its top as the system does."""

    def __init__(self, project: Project | None, path: str, name: str) -> None:
        self.name = name
        self._project = project
        self._path = path

    @property
    def versioned(self) -> bool:
        return False

    def exists(self) -> bool:
        return os.path.exists(self._path)

    def is_folder(self) -> bool:
        return os.path.isdir(self._path)

    def content(self) -> Content:
        seen = self._seen(hashed=True)
        if seen.content is None:
            for problem in seen.problems:
                raise EngineProblem(problem.code, problem.path, problem.message)
            raise TargetProblem(f"'{self.name}' is no file and no folder that can be read")
        return seen.content

    def store(self, store: Store, *, jobs: int = 0) -> tuple[Content, Content]:
        seen = self._seen(hashed=False)
        listing = seen.listing if seen.listing is not None else engine.stat(seen.root, [seen.entry.path] if seen.entry else [])
        stored = put_listing(seen.root, listing, store, jobs)
        if seen.listing is None:
            (row,) = stored
            content = Content(Oid(MD5, row.digest or ""), row.size)
            return replace(content, isexec=bool(row.mode & 0o100)), content
        manifest = stored.manifest()
        content = Content(store.put_tree(manifest), stored.size, len(manifest))
        return content, content

    def copy(self, target: str, *, jobs: int = 0) -> int:
        self._seen(hashed=False)
        if os.path.isdir(self._path):
            shutil.copytree(self._path, target, copy_function=shutil.copyfile)
            return sum(len(files) for _, _, files in os.walk(target))
        shutil.copyfile(self._path, target)
        return 1

    def rows(self, level: int | None) -> Iterator[Row]:
        if not self.exists():
            raise TargetNotFound(f"'{self.name}' does not exist")
        if not self.is_folder():
            yield Row(self._path, False, os.stat(self._path).st_size)
            return
        yield from _rows(self._path, "", level)

    def _seen(self, *, hashed: bool) -> Seen:
        if not self.exists():
            raise TargetNotFound(f"'{self.name}' does not exist")
        project = self._project
        if project is None:
            return Seen("folder" if self.is_folder() else "file", os.path.dirname(self._path))
        inside = os.path.relpath(self._path, project.root).replace(os.sep, "/")
        at = inside if inside != ".." and not inside.startswith("../") else self._path
        return survey(project, [Place(at)], hash=hashed)[at]


def put_listing(root: str, listing: Listing, store: Store, jobs: int) -> Listing:
    """Store all rows; raises EngineProblem for the first that cannot be."""
    for problem in listing.problems:
        raise EngineProblem(problem.code, os.path.join(root, problem.path), problem.message)
    stored = engine.store(root, listing, store.folder(MD5), algorithm=MD5, jobs=jobs, dir_mode=store.dir_mode)
    for problem in stored.problems:
        raise EngineProblem(problem.code, os.path.join(root, problem.path), problem.message)
    return stored


def _rows(folder: str, base: str, level: int | None) -> Iterator[Row]:
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        path = f"{base}/{entry.name}" if base else entry.name
        if entry.is_dir() and (level is None or level > 1):
            if not entry.is_symlink():
                yield from _rows(entry.path, path, None if level is None else level - 1)
            continue
        try:
            yield Row(path, entry.is_dir(), entry.stat().st_size)
        except OSError:
            yield Row(path, is_folder=False, size=None)  # a link to nothing
