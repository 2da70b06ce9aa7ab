"""Opens a repository that need not be the one around us: a folder in place, anything else through a clone that is kept.

A Repository is what there is at one revision: plain files (of the workspace or of a commit), and tracked outputs when it
is a DVC project. Nothing is written into a repository that is opened in place.
"""

import os
import posixpath
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from dvc.engine.contract import Manifest
from dvc.exceptions import DvcException, GitProblem, NotInProject, RemoteNotFound, TargetProblem
from dvc.model.hashes import TreeId
from dvc.model.stage import Out, Stage
from dvc.project.project import FOLDER, Project, discover, of_commit
from dvc.project.source import RevisionSource, Source, WorkspaceSource
from dvc.project.view import View
from dvc.storage.remotes import AnyRemote, VersionedRemote, local_path, open_any_remote
from dvc.store.objects import Store, object_name
from dvc.transfer.execute import read_tree
from dvc.transfer.shelf import Place
from dvc.values import dataclass, field, replace

if TYPE_CHECKING:
    from dvc.git.port import Git


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
    """`view` is None for a repository without DVC. `places` hold its objects, the nearest first. Paths: relative to its root.

    `rev` is the commit that it is at, also where the workspace is read: then the one that is checked out (None: there is none).
    """

    name: str
    source: Source
    root: str | None  # the folder, where it is read as it lies there
    view: View | None
    places: tuple[Place, ...]
    remote: AnyRemote | None
    rev: str | None = None
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    git: "Git | None" = field(default=None, repr=False)
    inner: "Callable[[str], Repository] | None" = field(default=None, repr=False)  # opens the project in a folder of this one

    def outs(self) -> Mapping[str, tuple[Stage, Out]]:
        return {} if self.view is None else self.view.outs()

    def owner(self, path: str) -> tuple[str, Out] | None:
        """The cached output at or above `path`, and its own path."""
        found = self.owner_stage(path)
        return None if found is None else (found[0].locate(found[1].path), found[1])

    def owner_stage(self, path: str) -> tuple[Stage, Out] | None:
        """The same with the stage it belongs to."""
        found = None if self.view is None else self.view.owner(path)
        return None if found is None or not found[1].cache else found

    def tree(self, tree: TreeId) -> Manifest | None:
        return read_tree(self.places, tree.algorithm, object_name(tree))


def descend(repository: Repository, path: str) -> tuple[Repository, str]:
    """The project of the repository that `path` belongs to (one may lie in a folder of another), and the path inside of it."""
    at = path
    while at and repository.inner is not None:
        if repository.source.kind(posixpath.join(at, FOLDER)) == "folder":
            return repository.inner(at), path[len(at) + 1 :]
        at = posixpath.dirname(at)
    return repository, path


@contextmanager
def open_repository(url: str, options: SourceOptions, cwd: str, environ: Mapping[str, str]) -> Iterator[Repository]:
    """Open what `url` (a path, relative to `cwd`, or a git URL) names. SourceProblem where there is no such repository."""
    folder = None if "://" in url else local_path(url)
    full = None if folder is None else os.path.realpath(os.path.join(cwd, folder))
    if full is None or _is_scp(url, full):
        from dvc.registry.clones import open_clone

        try:
            with open_clone(url, options.rev, environ) as (git, rev):
                yield _at_commit(url, git, rev, "", options, environ, upstream=local_path(url) if "://" in url else None)
        except GitProblem as why:
            raise SourceProblem(f"'{url}': {why.message}", hint="see that the URL is right and open to you") from why
    elif _is_bare(full):
        from dvc.git.process import bare

        git = bare(full, environ)
        try:
            yield _at_commit(url, git, git.resolve(options.rev or "HEAD"), "", options, environ)
        finally:
            git.close()
    else:
        yield _in_place(url, full, options, environ)


class Opened:
    """Repositories that stay open until this context is left: each is asked for its state once, however many imports come from it."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._open: dict[str, Repository] = {}
        self._leaving = ExitStack()

    def __enter__(self) -> "Opened":
        return self

    def __exit__(self, *exc: object) -> None:
        self._leaving.close()

    def repository(self, url: str, options: SourceOptions, cwd: str) -> Repository:
        """As `open_repository` has it."""
        key = repr((url, options, cwd))
        if key not in self._open:
            self._open[key] = self._leaving.enter_context(open_repository(url, options, cwd, self._environ))
        return self._open[key]


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
        if options.rev is not None:
            return _at_commit(url, git, git.resolve(options.rev), "", options, environ)
        root = git.root
        found = Repository(url, WorkspaceSource(root), root, None, (), None, git.head(), environ, git)
    else:
        root = project.root
        if options.rev is not None:
            git = project.require_git()
            return _at_commit(url, git, git.resolve(options.rev), project.git_path(""), options, environ, project=project)
        remote = _remote(project, options)
        places: tuple[Place, ...] = (Store(project.cache_dir), *_objects(remote))
        head = project.git.head() if project.git is not None else None
        found = Repository(url, WorkspaceSource(root), root, project.workspace(), places, remote, head, environ, project.git)
    return replace(found, inner=lambda path: _in_place(url, os.path.join(root, path), options, environ))


def _at_commit(
    url: str,
    git: "Git",
    rev: str,
    prefix: str,
    options: SourceOptions,
    environ: Mapping[str, str],
    *,
    project: Project | None = None,
    upstream: str | None = None,
) -> Repository:
    """What lies in the folder `prefix` of a commit. `project`: as it is in the workspace; `upstream`: a folder that was cloned."""
    source = RevisionSource(git, rev, prefix, {})

    def inner(path: str) -> Repository:
        whole = posixpath.join(prefix, path)
        return _at_commit(url, git, rev, whole, options, environ, upstream=None if upstream is None else os.path.join(upstream, path))

    if source.kind(FOLDER) != "folder":
        return Repository(url, source, None, None, (), None, rev, environ, git, inner)
    places: list[Place] = []
    if project is None:
        project = of_commit(git, prefix, source.read(FOLDER + "/config"), environ, upstream)
        if upstream is not None and os.path.isdir(os.path.join(upstream, FOLDER)):
            places.append(Store(discover(upstream, environ).cache_dir))
        elif os.path.isdir(os.path.join(git.root, prefix, FOLDER)):
            places.append(Store(discover(os.path.join(git.root, prefix), environ).cache_dir))
    else:
        places.append(Store(project.cache_dir))
    remote = _remote(project, options)
    places += _objects(remote)
    return Repository(url, source, None, project.at(rev), tuple(places), remote, rev, environ, git, inner)


def _objects(remote: AnyRemote | None) -> list[Place]:
    """A cloud-versioned remote holds files by their paths, and no objects: `supply` sees to it."""
    return [] if remote is None or isinstance(remote, VersionedRemote) else [remote]


def _remote(project: Project, options: SourceOptions) -> AnyRemote | None:
    """The source's remote; None where it has none. One that this version does not serve matters only when data must come from it."""
    given = options.config or {}
    core = {**dict(given.get("core", {}))}
    name = options.remote or core.get("remote") or project.config.get("core", "remote")
    if not name and not options.remote_config:
        return None
    known = project.config.remotes()
    settings = {**known.get(str(name), {}), **dict(given.get(("remote", str(name)), {})), **options.remote_config}
    if options.remote is not None and not settings:
        raise RemoteNotFound(options.remote, list(known))
    if not settings:
        return None
    return open_any_remote(str(name), settings, project.config.remotes())
