"""Which remote a command works with: the one that is named, or the default one."""

from dvc.exceptions import DvcException, RemoteNotFound
from dvc.project.project import Project
from dvc.storage.remotes import LocalRemote, open_remote


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


def remote_of(project: Project, name: str | None) -> LocalRemote:
    """The remote called `name`, or the default one. Raises RemoteNotFound and ConfigProblem."""
    chosen = name or default_name(project)
    if chosen is None:
        raise NoRemote
    remotes = project.config.remotes()
    options = remotes.get(chosen.lower()) or remotes.get(chosen)
    if options is None:
        raise RemoteNotFound(chosen, sorted(remotes))
    return open_remote(chosen, options)
