"""Which remote a command works with: the one that is named, or the default one."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from dvc.exceptions import DvcException, MissingObjects, RemoteNotFound
from dvc.model.hashes import MD5
from dvc.project import locks
from dvc.project.project import Project
from dvc.storage.remotes import AnyRemote, LocalRemote, Options, Remote, open_any_remote, open_remote
from dvc.store.objects import Store
from dvc.transfer.moving import move
from dvc.transfer.shelf import lacking, objects, shelf


class NoRemote(RemoteNotFound):
    """A remote is needed and none is configured as the default."""

    code = "no-remote"

    def __init__(self) -> None:
        DvcException.__init__(
            self, "no remote is named, and there is no default one", hint="set one with `dvc remote add -d NAME URL`, or pass -r NAME"
        )
        self.name = ""


def default_name(project: Project) -> str | None:
    name = project.config.get("core", "remote")
    return str(name) if name else None


@contextmanager
def remote_lock(remote: AnyRemote, *, wait: bool, exclusive: bool = False) -> Iterator[None]:
    """Keep gc away from a remote that others add to, or the other way round. Only folders have such a lock."""
    if not isinstance(remote, LocalRemote):
        yield
        return
    if not exclusive:
        os.makedirs(remote.root, exist_ok=True)
    with locks.objects(remote.root, exclusive=exclusive, wait=wait):
        yield


@contextmanager
def remote_store(project: Project, remote: Remote, *, jobs: int, wait: bool) -> Iterator[Store]:
    """A store to put objects into that are meant for `remote`: they are there when the block ends. Raises MissingObjects where not."""
    with remote_lock(remote, wait=wait):
        if isinstance(remote, LocalRemote):
            yield Store(remote.root, dir_mode=project.config.dir_mode)
            return
        os.makedirs(project.tmp_dir, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=project.tmp_dir, prefix="upload-") as folder:
            store = Store(folder)
            yield store
            here, there = shelf(store, MD5), shelf(remote, MD5)
            for names in (objects(here).files(), objects(here).trees()):  # a directory's object after its files
                sent = move(here, there, lacking(there, names, None, jobs), verify=False, jobs=jobs)
                for problem in sent.problems:
                    raise MissingObjects(f"data could not be sent to '{remote.name}': {problem.path}: {problem.message}")


def remote_of(project: Project, name: str | None, *, doing: str) -> Remote:
    """The remote called `name`, or the default one. Raises RemoteNotFound and ConfigProblem; CloudVersioned where `doing`
    (what it is for, in words) needs a remote of objects."""
    return open_remote(*_named(project, name), doing=doing)


def any_remote_of(project: Project, name: str | None) -> AnyRemote:
    """The same, for what cloud-versioned remotes can do, too."""
    return open_any_remote(*_named(project, name))


def _named(project: Project, name: str | None) -> tuple[str, Options, Mapping[str, Options]]:
    chosen = name or default_name(project)
    if chosen is None:
        raise NoRemote
    remotes = project.config.remotes()
    options = remotes.get(chosen.lower()) or remotes.get(chosen)
    if options is None:
        raise RemoteNotFound(chosen, sorted(remotes))
    return chosen, options, remotes
