"""Which versions in a worktree remote are of this project's making: recorded by a commit, or pushed from this workspace.

What was pushed is noted in `.dvc/tmp/pushed`, one version id a line (docs/formats/cloud.md). Losing the file costs no more than that
states which no commit has recorded yet are taken for somebody else's.
"""

import os
import posixpath
from collections.abc import Iterable
from contextlib import suppress

from dvc.model.stage import Stage
from dvc.project import files
from dvc.project.project import Project

_NOTES = "pushed"


class OwnVersions:
    """Read as far as it is asked: history costs its length."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._pushed: frozenset[str] | None = None
        self._texts: dict[str, list[str]] = {}

    def has(self, stage: Stage, version: str) -> bool:
        """Whether `version` is one that an output of `stage` had."""
        if self._pushed is None:
            self._pushed = frozenset((files.read(_notes(self._project)) or b"").decode("utf-8", "replace").split("\n"))
        return bool(version) and (version in self._pushed or any(version in text for text in self._history(stage)))

    def _history(self, stage: Stage) -> list[str]:
        """All that the commits before HEAD have in the metadata file of `stage`."""
        git = self._project.git
        if git is None or git.head() is None:
            return []
        file = stage.file if stage.name is None else posixpath.join(posixpath.dirname(stage.file), "dvc.lock")
        if file not in self._texts:
            path = self._project.git_path(file)
            blobs = {entry.sha for rev in git.commits("HEAD", -1) if (entry := git.entry(rev, path)) is not None}
            self._texts[file] = [text.decode(errors="replace") for text in git.read_blobs(blobs).values()]
        return self._texts[file]


def note(project: Project, versions: Iterable[str]) -> None:
    """Remember what was pushed. What was pushed is recorded already: no push fails for a note that cannot be made."""
    lines = "".join(f"{version}\n" for version in versions)
    with suppress(OSError):
        os.makedirs(project.tmp_dir, exist_ok=True)
        with open(_notes(project), "a", encoding="utf-8") as file:
            file.write(lines)


def _notes(project: Project) -> str:
    return os.path.join(project.tmp_dir, _NOTES)
