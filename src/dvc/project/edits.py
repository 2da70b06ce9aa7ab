"""Gathers every change to `.dvc`, dvc.yaml, dvc.lock and `.gitignore` files of a command, and applies them together.

Nothing is read or written before `commit()`, which the caller runs under `locks.metadata`: all new texts are made first, and
only if each could be made are the files replaced, one by one, in the order of docs/design: `.gitignore` entries, then
`.dvc`, dvc.yaml, dvc.lock; what goes away goes in the opposite order.
"""

import os
import posixpath
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from dvc.exceptions import FormatProblem
from dvc.formats import dotdvc
from dvc.git import gitignore
from dvc.model.stage import Stage
from dvc.project import files

if TYPE_CHECKING:
    from dvc.formats.lock import LockEntry
    from dvc.project.project import Project

Change = Callable[[str | None], str | None]
"""From a file's text to its new one; None: there is no such file."""

PIPELINE = "dvc.yaml"
LOCK = "dvc.lock"
GITIGNORE = ".gitignore"


class Edits:
    """One command's changes to metadata. Paths are relative to the project's root."""

    def __init__(self, project: "Project") -> None:
        self._project = project
        self._changes: dict[str, list[Change]] = {}
        self._locks: dict[str, dict[str, LockEntry]] = {}
        self._ignored: list[str] = []
        self._unignored: list[str] = []

    # --- what is to change

    def put_data(self, stage: Stage, *, instead_of: str | None = None, seal: bool = True) -> None:
        """Write a `.dvc` file; what a person wrote in it stays. `instead_of`: the file whose text goes on in this one (`move`).

        `seal`: with the checksum that an import carries; without it the import counts as not made yet.
        """
        sealed = dotdvc.sealed(stage) if seal else stage
        if instead_of is None or instead_of == stage.file:
            self._change(stage.file, lambda old: dotdvc.write(sealed, old))
            return
        self._change(stage.file, lambda _: dotdvc.write(sealed, self._read(instead_of)))
        self.remove_data(instead_of)

    def remove_data(self, file: str) -> None:
        self._change(file, lambda _: None)

    def put_pipeline_stage(self, stage: Stage) -> None:
        """Write a stage into its dvc.yaml: in the place of the one of that name, or at the end."""
        from dvc.formats import project as format_

        self._change(stage.file, lambda old: format_.put_stage(old, stage))

    def remove_pipeline_stage(self, file: str, name: str) -> None:
        """Take a stage (or group) out of a dvc.yaml and out of its dvc.lock; files that this leaves empty go."""
        from dvc.formats import project as format_

        self._change(file, lambda old: None if old is None else format_.remove_stage(old, name, file=file))
        self.remove_lock(file, name)

    def set_frozen(self, stage: Stage, frozen: bool) -> None:
        from dvc.formats import project as format_
        from dvc.values import replace

        if stage.name is None:
            self.put_data(replace(stage, frozen=frozen))
            return
        name = stage.name
        self._change(stage.file, lambda old: None if old is None else format_.set_frozen(old, name, frozen, file=stage.file))

    def put_lock(self, stage: Stage, entry: "LockEntry") -> None:
        """Record what a pipeline stage ran with and made."""
        name = stage.name or ""
        path = _lock_of(stage.file)
        if path not in self._locks:
            entries = self._locks[path] = {}
            from dvc.formats import lock

            # All entries of one file at once: the text is parsed a single time.
            self._change(path, lambda old: lock.put_entries(old, entries, file=path))
        self._locks[path][name] = entry

    def remove_lock(self, file: str, name: str) -> None:
        """Forget what was recorded of a stage; of a group: of all its stages."""
        from dvc.formats import lock

        path = _lock_of(file)

        def without(old: str | None) -> str | None:
            if old is None:
                return None
            for each in lock.read(old, path).stages:
                if each == name or each.startswith(f"{name}@"):
                    left = lock.remove_entry(old, each, file=path)
                    if left is None:
                        return None
                    old = left
            return old

        self._change(path, without)

    def change(self, path: str, change: Change) -> None:
        """Any other edit of a metadata file, as a function from its old text to its new one."""
        self._change(path, change)

    def ignore(self, path: str) -> None:
        """Keep an output out of git: an entry in the `.gitignore` of its folder, unless git leaves it out already."""
        self._ignored.append(path)

    def unignore(self, path: str) -> None:
        """Take the entry away again."""
        self._unignored.append(path)

    def _change(self, path: str, change: Change) -> None:
        self._changes.setdefault(path, []).append(change)

    # --- applying

    def commit(self) -> tuple[str, ...]:
        """Apply everything; the root-relative paths of the files that really changed. Raises before the first write, or where
        the system refuses a write: then what was written before is whole, and the rest is as it was."""
        texts: dict[str, tuple[str | None, str | None]] = {}
        for path in sorted(self._changes, key=_rank):
            old = self._read(path)
            new = old
            for change in self._changes[path]:
                new = change(new)
            if new != old:
                texts[path] = (old, new)
        entries = self._entries()
        gone = self._without_entries(entries)
        done: list[str] = []
        for path, with_entries in entries.items():
            self._write(path, with_entries, done)
        for path, (_, text) in texts.items():
            if text is not None:
                self._write(path, text, done)
        for path, (_, text) in reversed(texts.items()):
            if text is None:
                self._remove(path, done)
        for path, left in gone.items():
            if left is None:
                self._remove(path, done)
            else:
                self._write(path, left, done)
        return tuple(dict.fromkeys(done))

    def _entries(self) -> dict[str, str]:
        """The `.gitignore` files that need new entries."""
        project = self._project
        if project.git is None or not self._ignored:
            return {}
        texts: dict[str, str] = {}
        lacking: list[str] = []
        for file, names in _by_file(self._ignored).items():
            texts[file] = self._read(file) or ""
            lacking += (posixpath.join(posixpath.dirname(file), name) for name in gitignore.lacking(texts[file], names))
        if not lacking:
            return {}
        known = {project.from_git(path) for path in project.git.ignored(project.git_path(path) for path in lacking)}
        # A rule elsewhere, such as `*.bin`, is as good as an entry.
        needed = _by_file(path for path in lacking if path not in known)
        return {
            file: gitignore.append(texts[file], *names)
            for file, names in needed.items()
            if os.path.isdir(os.path.dirname(project.full(file)))
        }

    def _without_entries(self, entries: dict[str, str]) -> dict[str, str | None]:
        if self._project.git is None:
            return {}
        left: dict[str, str | None] = {}
        for file, names in _by_file(self._unignored).items():
            text = entries.get(file, self._read(file))
            without = None if text is None else gitignore.remove(text, *names)
            if without != text:
                left[file] = without
        return left

    def _read(self, path: str) -> str | None:
        data = files.read(self._project.full(path), shown=self._project.shown(path))
        if data is None:
            return None
        try:
            return data.decode("utf-8", "surrogateescape" if path.endswith(GITIGNORE) else "strict")
        except UnicodeDecodeError:
            raise FormatProblem(
                self._project.shown(path), "it is not UTF-8 text", hint="save it as UTF-8, or restore it from Git"
            ) from None

    def _write(self, path: str, text: str, done: list[str]) -> None:
        full = self._project.full(path)
        folder = os.path.dirname(full)
        if not os.path.isdir(folder):
            try:
                os.makedirs(folder, exist_ok=True)
            except OSError as error:
                raise files.problem(error, self._project.shown(path)) from error
        files.atomic_write(full, text, shown=self._project.shown(path))
        done.append(path)

    def _remove(self, path: str, done: list[str]) -> None:
        if files.remove(self._project.full(path), shown=self._project.shown(path)):
            done.append(path)


def stage_in_git(project: "Project", changed: Iterable[str]) -> bool:
    """With `core.autostage`, `git add` the changed files; whether it was done."""
    paths = list(changed)
    if project.git is None or not paths or not project.config.boolean("core", "autostage"):
        return False
    project.git.add(project.git_path(path) for path in paths)
    return True


def _rank(path: str) -> int:
    name = posixpath.basename(path)
    return 2 if name == LOCK else 1 if name == PIPELINE else 0


def _lock_of(file: str) -> str:
    return posixpath.join(posixpath.dirname(file), LOCK)


def _by_file(paths: Iterable[str]) -> dict[str, list[str]]:
    """For each `.gitignore` that concerns `paths` the names of those in its folder, each once."""
    found: dict[str, list[str]] = {}
    for path in dict.fromkeys(paths):
        folder, name = posixpath.split(path)
        found.setdefault(posixpath.join(folder, GITIGNORE), []).append(name)
    return found
