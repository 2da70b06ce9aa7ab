"""Opens a repository that need not be the one around us: a folder in place, anything else as a clone that is gone afterwards.

A Repository is what there is at one revision: plain files (of the workspace or of a commit), and tracked outputs when it
is a DVC project. Nothing is written into a repository that is opened in place.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from dvc.engine.contract import Manifest
from dvc.exceptions import DvcException, GitProblem, NotInProject, TargetProblem
from dvc.git.port import Git
from dvc.model.hashes import TreeId
from dvc.model.stage import Out, Stage
from dvc.project.project import Project, discover
from dvc.project.source import RevisionSource, Source, WorkspaceSource
from dvc.project.view import View
from dvc.storage.remotes import LocalRemote, local_path, open_remote
from dvc.store.objects import Store, object_name
from dvc.transfer.execute import Place, read_tree
from dvc.values import dataclass, field


class SourceProblem(DvcException):
    """Another repository cannot be opened, or has not what was asked for."""

    code = "source"


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """How to open: the revision, and the settings of the source's remote that the user overrules."""

    rev: str | None = None
    config: Mapping[object, Mapping[str, object]] | None = None  # sections of a configuration file given by hand
    remote: str | None = None
    remote_config: Mapping[str, str] = field(default_factory=dict)


AS_IT_IS = SourceOptions()


@dataclass(frozen=True, slots=True)
class Repository:
    """`view` is None for a repository without DVC. `places` hold its objects, the nearest first. Paths: relative to its root."""

    name: str
    source: Source
    root: str | None  # the folder, where it is read as it lies there
    view: View | None
    places: tuple[Place, ...]
    remote: LocalRemote | None

    def outs(self) -> Mapping[str, tuple[Stage, Out]]:
        return {} if self.view is None else self.view.outs()

    def owner(self, path: str) -> tuple[str, Out] | None:
        """The cached output at or above `path`, and its own path."""
        if self.view is None:
            return None
        found = self.view.owner(path)
        if found is None or not found[1].cache:
            return None
        return found[0].locate(found[1].path), found[1]

    def tree(self, tree: TreeId) -> Manifest | None:
        return read_tree(self.places, tree.algorithm, object_name(tree))


@contextmanager
def open_repository(url: str, options: SourceOptions, cwd: str, environ: Mapping[str, str]) -> Iterator[Repository]:
    """Open what `url` (a path, relative to `cwd`, or a git URL) names. SourceProblem where there is no such repository."""
    folder = None if "://" in url else local_path(url)
    full = None if folder is None else os.path.realpath(os.path.join(cwd, folder))
    if full is not None and not _is_scp(url, full) and not _is_bare(full):
        yield _in_place(url, full, options, environ)
        return
    temporary = tempfile.mkdtemp(prefix="dvc-clone")
    git = None
    try:
        from dvc.git.process import clone

        try:
            git = clone(full if full is not None and _is_bare(full) else url, os.path.join(temporary, "repo"), environ)
        except GitProblem as why:
            raise SourceProblem(f"'{url}' cannot be cloned: {why.message}", hint="see that the URL is right and open to you") from why
        yield _cloned(url, git, options, environ)
    finally:
        if git is not None:
            git.close()
        shutil.rmtree(temporary, ignore_errors=True)


def inside(path: str) -> str:
    """`path` of a repository as it is used inside: relative, normal. TargetProblem where it leads out."""
    plain = os.path.normpath(path.replace(os.sep, "/").lstrip("/") or ".") if path else "."
    if plain == ".." or plain.startswith("../") or "\0" in path:
        raise TargetProblem(f"'{path}' leads out of the repository", hint="name a path inside of it")
    return "" if plain == "." else plain


def _is_scp(url: str, full: str) -> bool:
    """`host:path`, as ssh takes it, unless there is such a folder."""
    return ":" in url.split("/", 1)[0] and not os.path.isdir(full)


def _is_bare(folder: str) -> bool:
    return all(os.path.exists(os.path.join(folder, name)) for name in ("HEAD", "objects", "refs"))


def _in_place(url: str, folder: str, options: SourceOptions, environ: Mapping[str, str]) -> Repository:
    from dvc.git.process import find

    if not os.path.isdir(folder):
        raise SourceProblem(f"there is no repository at '{url}'", hint="give a folder that is one, or the URL of a git repository")
    try:
        project = discover(folder, environ)
    except NotInProject:
        git = find(folder, environ)
        if git is None:
            raise SourceProblem(f"'{url}' is neither a DVC nor a git repository") from None
        if options.rev is None:
            return Repository(url, WorkspaceSource(git.root), git.root, None, (), None)
        return Repository(url, RevisionSource(git, git.resolve(options.rev), "", {}), None, None, (), None)
    view = project.workspace() if options.rev is None else project.at(options.rev)
    remote = _remote(project, options)
    places: tuple[Place, ...] = (Store(project.cache_dir), *([remote] if remote is not None else []))
    if options.rev is None:
        return Repository(url, WorkspaceSource(project.root), project.root, view, places, remote)
    git = project.require_git()
    return Repository(url, RevisionSource(git, git.resolve(options.rev), project.git_path(""), {}), None, view, places, remote)


def _cloned(url: str, git: Git, options: SourceOptions, environ: Mapping[str, str]) -> Repository:
    rev = _resolve(git, options.rev)
    config = git.read(rev, ".dvc/config")
    if config is None and git.tree(rev, ".dvc") is None:
        return Repository(url, RevisionSource(git, rev, "", {}), None, None, (), None)
    # The clone has no work tree: what finds a project needs its folder and its configuration.
    os.makedirs(os.path.join(git.root, ".dvc"), exist_ok=True)
    with open(os.path.join(git.root, ".dvc", "config"), "wb") as file:
        file.write(config or b"")
    project = discover(git.root, environ)
    remote = _remote(project, options)
    upstream = local_path(url)
    places: list[Place] = [remote] if remote is not None else []
    if upstream is not None and os.path.isdir(os.path.join(upstream, ".dvc")):
        places.insert(0, Store(discover(upstream, environ).cache_dir))
    return Repository(url, RevisionSource(git, rev, "", {}), None, project.at(rev), tuple(places), remote)


def _resolve(git: Git, rev: str | None) -> str:
    """A revision of the repository that was cloned: its branches are the clone's remote ones."""
    names = ["HEAD"] if rev is None else [f"refs/remotes/origin/{rev}", f"refs/tags/{rev}", rev]
    for name in names:
        try:
            return git.resolve(name)
        except GitProblem:
            continue
    raise SourceProblem(f"unknown revision '{rev}'", hint="name a branch, a tag or a commit of the repository")


def _remote(project: Project, options: SourceOptions) -> LocalRemote | None:
    """The source's remote; None where it has none. One that this version does not serve matters only when data must come from it."""
    given = options.config or {}
    core = {**dict(given.get("core", {}))}
    name = options.remote or core.get("remote") or project.config.get("core", "remote")
    if not name:
        return None
    settings = {**project.config.remotes().get(str(name), {}), **dict(given.get(("remote", str(name)), {})), **options.remote_config}
    if not settings and options.remote is None:
        return None
    return open_remote(str(name), settings)
