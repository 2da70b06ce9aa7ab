"""Keeps the outputs of a run out of git as its stages finish: one line each in the `.gitignore` of its folder.

Git is asked for hundreds of them at a time which need none; again, for single ones, only where a file changed behind our back.
Writes under the caller's lock on metadata. What `Edits.ignore` is for a command that writes once.
"""

import os
import posixpath
from collections.abc import Iterable, Mapping, Sequence

from dvc.git import gitignore
from dvc.git.port import Git
from dvc.project.edits import GITIGNORE
from dvc.project.growing import GrowingFile
from dvc.project.ordered import Mark, OrderedFile
from dvc.project.project import Project

_AHEAD = 400  # outputs that git is asked about at a time


class Gitignores:
    """`paths` are all outputs that the run may make, relative to the root, in its order. `cost`: seconds of writing in the last `add`."""

    def __init__(self, project: Project, git: Git, paths: Sequence[str], marks: Mapping[str, Mark], *, durable: bool = False) -> None:
        self.cost = 0.0
        self._durable = durable
        self._project = project
        self._git = git
        self._paths = paths
        self._marks = marks
        self._at = {path: at for at, path in enumerate(paths)}
        self._ranks: dict[str, dict[str, int]] = {}
        for rank, path in enumerate(paths):
            file, line = _place(path)
            self._ranks.setdefault(file, {})[line] = rank
        self._files: dict[str, OrderedFile] = {}
        self._ignored: set[str] = set()  # by whatever rule, when git was asked
        self._asked: set[str] = set()
        self._doubted: set[str] = set()

    def marks(self) -> dict[str, Mark]:
        """How far each file goes that may be added to."""
        found = {}
        for file in self._ranks:
            book = self._file(file)
            book.refresh()
            found[file] = book.mark()
        return found

    def add(self, paths: Iterable[str]) -> list[str]:
        """See that git leaves `paths` out; the files that changed for it."""
        touched: dict[str, OrderedFile] = {}
        for path in paths:
            file, line = _place(path)
            book = self._file(file)
            if not book.is_ours():
                if path in self._asked:
                    self._doubted.add(path)
                book.refresh()
            # A rule elsewhere, such as `*.bin`, is as good as an entry.
            if not book.has(line) and not self._left_out(path) and os.path.isdir(self._project.full(posixpath.dirname(path))):
                book.end_line()
                book.put(line, f"{line}\n".encode("utf-8", "surrogateescape"))
                touched[file] = book
        changed = [file for file, book in touched.items() if book.save()]
        self.cost = sum(book.cost for book in touched.values())
        return changed

    def close(self) -> None:
        for book in self._files.values():
            book.close()

    def _left_out(self, path: str) -> bool:
        if path in self._doubted or path not in self._asked:
            at = self._at[path]
            wanted = [path] if path in self._asked else [p for p in self._paths[at : at + _AHEAD] if p not in self._asked]
            self._asked.update(wanted)
            self._doubted.difference_update(wanted)
            self._ignored.difference_update(wanted)
            found = self._git.ignored(self._project.git_path(each) for each in wanted)
            self._ignored.update(inside for each in found if (inside := self._project.from_git(each)) is not None)
        return path in self._ignored

    def _file(self, file: str) -> OrderedFile:
        book = self._files.get(file)
        if book is None:
            growing = GrowingFile(self._project.full(file), self._project.tmp_dir, shown=self._project.shown(file), durable=self._durable)
            book = self._files[file] = OrderedFile(growing, _cut, self._ranks.get(file, {}), self._marks.get(file))
        return book


def _place(path: str) -> tuple[str, str]:
    """The `.gitignore` for an output, and its line there."""
    folder, name = posixpath.split(path)
    return posixpath.join(folder, GITIGNORE), gitignore.entry(name)


def _cut(data: bytes | None) -> list[tuple[str, bytes]]:
    lines = (data or b"").split(b"\n")
    last = lines.pop()
    pieces = [line + b"\n" for line in lines] + ([last] if last else [])
    return [(piece.rstrip(b"\n").rstrip(b"\r").decode("utf-8", "surrogateescape"), piece) for piece in pieces]
