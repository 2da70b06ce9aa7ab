"""Reads metrics and parameter files of a view: plain files, outputs of the workspace or the cache, folders of either.

A revision is read where it is: nothing is checked out.
"""

import os
import posixpath
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Literal

from dvc import engine
from dvc.exceptions import DvcException, FormatProblem
from dvc.formats.params import metrics as parse_metrics
from dvc.model.hashes import TreeId
from dvc.project.view import View
from dvc.project.walk import PIPELINE
from dvc.store.objects import Store, object_name
from dvc.values import dataclass

Parse = Callable[[bytes, str], object]

_CORRUPTED = {".json": "JSONFileCorruptedError", ".toml": "TOMLFileCorruptedError", ".py": "PythonFileCorruptedError"}


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a file could not be read: the name of the kind, as the JSON output has it, and words."""

    type: str
    msg: str


def failure_of(problem: DvcException) -> Failure:
    """Why a whole revision could not be read."""
    if not isinstance(problem, FormatProblem):
        return Failure(type(problem).__name__, problem.message)
    return Failure("YAMLSyntaxError" if problem.why.startswith("not valid YAML") else "YAMLValidationError", problem.message)


class Reader:
    """Reads files of one view."""

    def __init__(self, view: View) -> None:
        self.view = view

    @cached_property
    def _store(self) -> Store:
        return Store(self.view.project.cache_dir)

    def read(self, path: str) -> bytes | None:
        """A file's bytes: as it lies there, else as the output that it is (a part of) was recorded."""
        data = self.view.read(path)
        if data is not None:
            return data
        found = self._recorded(path)
        return None if found is None else engine.read(*found)

    def on_disk(self, path: str) -> str | None:
        """The file that holds what `read` would give, in the workspace or the cache; None where it is in Git, or nowhere."""
        if self.view.kind(path) == "file":
            return self.view.project.full(path) if self.view.rev is None else None
        found = self._recorded(path)
        full = None if found is None else posixpath.join(found[0], found[1][:2], found[1][2:])
        return full if full is not None and os.path.isfile(full) else None

    def _recorded(self, path: str) -> tuple[str, str] | None:
        """The object that an output (or a part of one) was recorded as: its folder and name."""
        owned = self.view.owner(path)
        if owned is None or owned[1].content.oid is None or not owned[1].cache:
            return None
        stage, out = owned
        oid = owned[1].content.oid
        whole = stage.locate(out.path)
        if isinstance(oid, TreeId):
            tree = self._store.tree(oid)
            name = tree.get(path[len(whole) + 1 :]) if tree is not None and path != whole else None
        else:
            name = object_name(oid) if path == whole else None
        return None if name is None else (self._store.folder(oid.algorithm), name)

    def files(self, path: str) -> list[str]:
        """`path`, or all files below it where it is a folder (there, or as recorded)."""
        if self.view.kind(path) == "folder":
            return list(self._below(path))
        owned = self.view.owner(path) if self.view.kind(path) is None else None
        oid = owned[1].content.oid if owned is not None else None
        if owned is not None and isinstance(oid, TreeId):
            whole = owned[0].locate(owned[1].path)
            tree = self._store.tree(oid)
            inner = path[len(whole) + 1 :]
            if tree is not None and (not inner or tree.has_folder(inner)):
                return [f"{whole}/{name}" for name in tree.below(inner).paths()]
        return [path]

    def _below(self, folder: str) -> Iterator[str]:
        for item in self.view.items(folder) or ():
            path = posixpath.join(folder, item.name)
            if item.kind == "folder" and item.name not in {".git", ".dvc"}:
                yield from self._below(path)
            elif (
                item.kind == "file"
                and not item.name.endswith((".dvc", ".gitignore", ".dvcignore"))
                and item.name not in {PIPELINE, "dvc.lock"}
            ):
                yield path

    def document(self, path: str, parse: Parse = parse_metrics) -> object:
        """The parsed file, or a Failure."""
        shown = self.view.project.shown(path)
        try:
            data = self.read(path)
            if data is None:
                return Failure("FileNotFoundError", f"[Errno 2] No such file or directory: '{shown}'")
            return parse(data, shown) if self.view.rev is None else self.view.project.once((parse, shown, data), lambda: parse(data, shown))
        except FormatProblem as problem:
            kind = _CORRUPTED.get(posixpath.splitext(path)[1].lower(), "YAMLFileCorruptedError")
            return Failure(kind, problem.message)
        except DvcException as problem:
            return Failure(type(problem).__name__, problem.message)


def pipeline_files(view: View) -> Iterable[str]:
    return (file for file in view.files() if posixpath.basename(file) == PIPELINE)


def section(view: View, file: str, name: Literal["metrics", "params"]) -> list[str]:
    """The paths that a top-level list of a dvc.yaml (`metrics`, `params`) names, relative to the root."""
    value = view.declared(file, name)
    folder = posixpath.dirname(file)
    return [posixpath.normpath(posixpath.join(folder, str(path))) for path in value] if isinstance(value, list | tuple) else []
