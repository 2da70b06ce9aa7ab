"""What the rest of the program may ask of git. Paths are relative to git's root, POSIX; odd bytes are surrogate-escaped.

The root of git and the root of a project may differ: a project can lie in a sub-folder. Nothing here checks anything out.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

FOLDER_MODE = 0o040000


class TreeEntry(NamedTuple):
    """One name in a folder of a commit."""

    name: str
    mode: int
    sha: str

    @property
    def is_folder(self) -> bool:
        return self.mode == FOLDER_MODE

    @property
    def is_file(self) -> bool:
        """A regular file, executable or not: no link, no submodule."""
        return self.mode & 0o170000 == 0o100000


class Tag(NamedTuple):
    """A tag and the commit it leads to. `date`: when an annotated one was made, in seconds since 1970; else the commit's."""

    name: str
    commit: str
    date: int
    annotated: bool


class Git(Protocol):
    """One work tree and its repository. Raises GitProblem where git refuses."""

    @property
    def root(self) -> str:
        """The work tree's top folder, absolute, links resolved."""

    @property
    def git_dir(self) -> str:
        """The repository folder of this work tree: `.git`, or what a `.git` file names."""

    # --- revisions
    def head(self) -> str | None:
        """The commit that is checked out; None before the first one."""

    def branch(self) -> str | None:
        """The branch that is checked out; None on a detached HEAD. Spawns no process."""

    def resolve(self, rev: str) -> str:
        """The commit that `rev` names, in hex (40 digits, or 64 where git uses SHA-256)."""

    def branches(self) -> list[str]: ...
    def tags(self) -> list[str]: ...
    def tag_list(self) -> list[Tag]:
        """All tags that lead to a commit."""

    def commits(self, rev: str, num: int = 1) -> list[str]:
        """`num` commits from `rev` back along first parents; a negative `num` is all of them. Newest first."""

    def commits_since(self, date: str) -> list[str]:
        """Every commit of any branch or tag, committed on the day `date` (YYYY-MM-DD) or later."""

    def all_commits(self) -> list[str]:
        """Every commit of any local or remote branch, any tag, and of HEAD."""

    def experiments(self) -> list[str]:
        """Every commit that a ref below `refs/exps` names."""

    def refs_called(self, name: str, prefix: str) -> list[str]:
        """Full names of the refs below `prefix` whose last part is `name`: experiments, say, by their name alone."""

    # --- trees
    def tree(self, rev: str, folder: str = "") -> Sequence[TreeEntry] | None:
        """The entries of a folder in git's order; None when `rev` has no such folder."""

    def subtrees(self, shas: Iterable[str]) -> Mapping[str, Sequence[TreeEntry]]:
        """Many folders at once, by the hash of their tree."""

    def entry(self, rev: str, path: str) -> TreeEntry | None: ...
    def read(self, rev: str, path: str) -> bytes | None:
        """A file's bytes at a revision; a symbolic link gives the text of the link. None when it is not there."""

    def read_blobs(self, shas: Iterable[str]) -> Mapping[str, bytes]: ...

    # --- the work tree
    def tracked(self, paths: Iterable[str]) -> set[str]:
        """Those that git's index has, or, for folders, has something below of."""

    def ignored(self, paths: Iterable[str]) -> set[str]:
        """Those that a rule of git leaves out, tracked ones not among them."""

    def untracked(self, folder: str = "") -> list[str]:
        """Files below `folder` that are neither tracked nor ignored."""

    def add(self, paths: Iterable[str]) -> None:
        """Stage the paths as they are now; one that is gone is staged as removed."""

    # --- the repository
    @property
    def hooks_dir(self) -> str: ...
    def configure(self, name: str, value: str) -> None:
        """Set one option in the repository's own configuration."""

    def close(self) -> None:
        """End the reading process, if one was started. Calling again is harmless; so is reading on afterwards."""
