"""Clones of other people's repositories, kept between runs: bare, with large files left out until they are asked for.

One folder for each URL below the user's cache folder. It may be deleted at any time; then the next use clones again.
"""

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager

from dvc import env
from dvc.exceptions import EngineProblem, GitProblem
from dvc.git.port import Git
from dvc.project import locks

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_EXPERIMENTS = "+refs/exps/*:refs/exps/*"


@contextmanager
def open_clone(url: str, rev: str | None, environ: Mapping[str, str]) -> Iterator[tuple[Git, str]]:
    """The clone of `url` and the commit that `rev` (None: the default branch) names there now.

    A full commit hash that was seen before needs no network, and a tag stays usable where there is none. Raises GitProblem.
    """
    from dvc.git import process

    home = folder(environ)
    if home is None:
        with tempfile.TemporaryDirectory(prefix="dvc-clone") as temporary:
            path = os.path.join(temporary, "repo")
            process.clone_bare(url, path, environ)
            with closing(process.bare(path, environ)) as git:
                yield git, _resolve(git, rev)
        return
    path = os.path.join(home, hashlib.sha256(url.encode("utf-8", "surrogateescape")).hexdigest())
    with locks.exclusive(path + ".lock", f"the clone of '{url}'"):
        fresh = not os.path.isdir(path)
        if fresh:
            _clone(url, path, environ)
    with closing(process.bare(path, environ)) as git:
        commit = _known(git, rev) if fresh or (rev is not None and _COMMIT.fullmatch(rev)) else None
        if commit is None:
            commit = _refreshed(git, path, url, rev, environ)
        yield git, commit


def folder(environ: Mapping[str, str]) -> str | None:
    """Where clones are kept; None where there is no place that is the user's own."""
    given = environ.get(env.SITE_CACHE_DIR)
    base = os.path.join(given, "cairn") if given else None
    if base is None:
        home = environ.get("XDG_CACHE_HOME") or (os.path.join(environ["HOME"], ".cache") if environ.get("HOME") else None)
        base = os.path.join(home, "cairn-dvc") if home else None
    if base is None:
        return None
    found = os.path.join(base, "clones")
    try:
        os.makedirs(found, mode=0o700, exist_ok=True)
    except OSError:
        return None
    return found if os.access(found, os.W_OK) else None


def _clone(url: str, path: str, environ: Mapping[str, str]) -> None:
    from dvc.git import process

    new = tempfile.mkdtemp(dir=os.path.dirname(path), prefix=".new-")
    try:
        process.clone_bare(url, os.path.join(new, "repo"), environ)
        os.rename(os.path.join(new, "repo"), path)
    except OSError as error:
        raise EngineProblem("io", path, error.strerror or str(error)) from error
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _refreshed(git: Git, path: str, url: str, rev: str | None, environ: Mapping[str, str]) -> str:
    """Fetch, then resolve. Where nothing can be fetched a tag that is known still says what it always said."""
    from dvc.git import process

    try:
        with locks.exclusive(path + ".lock", f"the clone of '{url}'"):
            process.fetch_bare(path, environ)
    except GitProblem:
        tag = None if rev is None else _first(git, [f"refs/tags/{rev}"])
        if tag is None:
            raise
        return tag
    found = _known(git, rev)
    if found is None:  # an experiment, or a commit that no branch and no tag has
        for wanted in (_EXPERIMENTS, rev if rev is not None and _COMMIT.fullmatch(rev) else None):
            if wanted is not None:
                try:
                    process.fetch_bare(path, environ, wanted)
                except GitProblem:
                    continue
    return _resolve(git, rev)


def _resolve(git: Git, rev: str | None) -> str:
    found = _known(git, rev)
    if found is None:
        raise GitProblem(f"unknown Git revision '{rev}'", hint="name a branch, a tag or a commit of the repository")
    return found


def _known(git: Git, rev: str | None) -> str | None:
    if rev is None:
        return _first(git, ["refs/cairn/HEAD", "HEAD"])
    return _first(git, [f"refs/heads/{rev}", f"refs/tags/{rev}", rev, *git.refs_called(rev, "refs/exps/")])


def _first(git: Git, names: list[str]) -> str | None:
    for name in names:
        try:
            return git.resolve(name)
        except GitProblem:
            continue
    return None
