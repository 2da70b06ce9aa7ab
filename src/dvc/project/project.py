"""Owns the project as a value: its folders, its paths and how the user spells them. Finding it imports next to nothing."""

import os
import posixpath
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar, cast

from dvc.exceptions import GitProblem, NotInProject, TargetOutside, TargetProblem
from dvc.values import dataclass, field

if TYPE_CHECKING:
    from dvc.engine.contract import Rule
    from dvc.git.port import Git
    from dvc.project.config import Config
    from dvc.project.ignores import Ignores
    from dvc.project.view import View

FOLDER = ".dvc"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Project:
    """`root` and `cwd` are absolute with links resolved; `cwd` is at or below `root`. `git` is None for `core.no_scm`."""

    root: str
    cwd: str
    config: "Config"
    git: "Git | None" = None
    environ: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)  # for the processes that are started
    # What was read once in this run, so that it is not read again: no state, a command could do without it.
    _memory: dict[str, object] = field(default_factory=dict, compare=False, repr=False)

    # --- folders

    @property
    def dvc_dir(self) -> str:
        return os.path.join(self.root, FOLDER)

    @property
    def tmp_dir(self) -> str:
        return os.path.join(self.root, FOLDER, "tmp")

    @property
    def index_path(self) -> str:
        return os.path.join(self.tmp_dir, "index")

    @property
    def quarantine(self) -> str:
        """Where wrong objects are moved to."""
        return os.path.join(self.tmp_dir, "quarantine")

    @property
    def temp(self) -> str:
        """Where workspace files are made before they get their names."""
        return os.path.join(self.tmp_dir, "place")

    @property
    def cache_dir(self) -> str:
        return self.config.cache_dir

    # --- paths

    def path_of(self, target: str) -> str:
        """The root-relative path that the user means by `target` (relative to `cwd`, or absolute); "" is the root.

        Links in it are not followed, `..` is taken as text. Raises TargetOutside.
        """
        if not target:
            raise TargetProblem("a target is empty", hint="name a file or folder")
        full = os.path.normpath(os.path.join(self.cwd, target))
        inside = self._inside(full)
        if inside is None and os.path.isabs(target):
            # The same place by another name: a linked folder above the root, as /tmp on macOS.
            inside = self._inside(os.path.join(os.path.realpath(os.path.dirname(full)), os.path.basename(full)))
        if inside is None:
            raise TargetOutside(f"'{target}' is outside of the project '{self.root}'", hint="track only what lies inside of it")
        return inside

    def _inside(self, full: str) -> str | None:
        if full == self.root:
            return ""
        prefix = self.root if self.root.endswith(os.sep) else self.root + os.sep
        return full[len(prefix) :].replace(os.sep, "/") if full.startswith(prefix) else None

    def shown(self, path: str) -> str:
        """A root-relative path as the user sees it from `cwd`; absolute paths and URLs stay; outside of the root it is absolute."""
        if "://" in path or os.path.isabs(path):
            return path
        if path == ".." or path.startswith("../"):
            return os.path.normpath(os.path.join(self.root, path))
        if self.cwd == self.root:
            return path or "."
        return posixpath.relpath(path or ".", self.folder or ".")

    @property
    def folder(self) -> str:
        """`cwd` relative to the root; "" is the root itself."""
        return self._inside(self.cwd) or ""

    def full(self, path: str) -> str:
        """A root-relative (or absolute) path as an absolute one."""
        return os.path.join(self.root, path) if path else self.root

    def linked_parent(self, path: str) -> str | None:
        """The first folder above `path`, below the root, that is a symbolic link. What lies behind it is not ours to track."""
        at = path.find("/")
        while at > 0:
            if os.path.islink(os.path.join(self.root, path[:at])):
                return path[:at]
            at = path.find("/", at + 1)
        return None

    # --- what is in it

    @property
    def ignores(self) -> "Ignores":
        """The workspace's `.dvcignore` files, each read once in this run."""
        known = self._memory.get("ignores")
        if known is None:
            from dvc.project.ignores import Ignores
            from dvc.project.source import WorkspaceSource

            known = self._memory["ignores"] = Ignores(WorkspaceSource(self.root).read)
        return cast("Ignores", known)

    def rules(self, base: str) -> "tuple[Rule, ...]":
        """The ignore rules that a scan of the folder `base` needs."""
        return self.ignores.for_scan(base)

    def once(self, key: tuple[object, ...], make: Callable[[], T]) -> T:
        """What `make` gives; what it gave for an equal key before in this run. What it gives must not be changed.

        Meant for what is parsed from history, where most commits hold the same files.
        """
        made: dict[tuple[object, ...], object] = self._memory.setdefault("made", {})  # type: ignore[assignment]  # nobody else uses that name
        if key not in made:
            made[key] = make()
        return made[key]  # type: ignore[return-value]  # one key, one type

    def workspace(self) -> "View":
        """The stages as the files say now. A new one each time: it remembers what it read."""
        from dvc.project.source import WorkspaceSource
        from dvc.project.view import View

        return View(self, WorkspaceSource(self.root), rev=None, name="workspace", ignores=self.ignores)

    def at(self, rev: str) -> "View":
        """The stages as they were at a revision. Raises GitProblem for an unknown one."""
        from dvc.project.ignores import Ignores
        from dvc.project.source import RevisionSource
        from dvc.project.view import View

        git = self.require_git()
        sha = git.resolve(rev)
        blobs = cast("dict[str, bytes]", self._memory.setdefault("blobs", {}))
        source = RevisionSource(git, sha, self.git_path(""), blobs)
        return View(self, source, rev=sha, name=rev, ignores=Ignores(source.read))

    # --- git

    def require_git(self) -> "Git":
        if self.git is None:
            raise GitProblem(
                "this project is not in a Git repository, so it has no revisions", hint="run `git init`, and unset core.no_scm"
            )
        return self.git

    def git_path(self, path: str) -> str:
        """A root-relative path, relative to git's root."""
        prefix = os.path.relpath(self.root, self.require_git().root).replace(os.sep, "/")
        return path if prefix == "." else f"{prefix}/{path}" if path else prefix

    def from_git(self, path: str) -> str | None:
        """The other way; None for what lies outside of the project."""
        prefix = self.git_path("")
        if not prefix:
            return path
        return path.removeprefix(prefix + "/") if path.startswith(prefix + "/") else "" if path == prefix else None


def find_root(cwd: str) -> str:
    """The nearest folder at or above `cwd` that holds a `.dvc` folder. As DVC, stops at a mount point. Raises NotInProject."""
    folder = cwd
    while not os.path.isdir(os.path.join(folder, FOLDER)):
        above = os.path.dirname(folder)
        if above == folder or os.path.ismount(folder):
            raise NotInProject(folder)
        folder = above
    return folder


def discover(cwd: str, environ: Mapping[str, str]) -> Project:
    """The project around `cwd`. Runs no process and parses nothing but its configuration. Raises NotInProject."""
    here = os.path.realpath(cwd)
    root = find_root(here)
    return _project(root, here, environ, configured=True)


def of_commit(git: "Git", prefix: str, config_text: bytes | None, environ: Mapping[str, str], base: str | None = None) -> Project:
    """The project in the folder `prefix` of a repository that is not checked out, with its committed configuration.

    Relative paths in that are meant from `base`, where the project lies as its people know it.
    """
    from dvc.project import config as configs

    root = os.path.join(git.root, prefix) if prefix else git.root
    return Project(root, root, configs.load_committed(base or root, config_text, environ), git, environ)


def plain(cwd: str, environ: Mapping[str, str]) -> Project:
    """A folder that is no project, for commands that only look: Git's root around `cwd`, or `cwd` itself."""
    from dvc.git.process import find

    here = os.path.realpath(cwd)
    git = find(here, environ)
    return _project(os.path.realpath(git.root) if git is not None else here, here, environ, configured=False)


def _project(root: str, here: str, environ: Mapping[str, str], *, configured: bool) -> Project:
    from dvc.project import config as configs

    config = configs.load(root if configured else None, environ)
    git = None
    if not config.boolean("core", "no_scm"):
        from dvc.git.process import find

        git = find(root, environ)
    return Project(root, here, config, git, environ)
