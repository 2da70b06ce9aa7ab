"""What this installation and this place can do: the facts of `dvc version`."""

import os
import platform
import tempfile
from collections.abc import Mapping

from dvc import __version__, engine
from dvc.engine.contract import LINK_TYPES
from dvc.exceptions import DvcException, EngineProblem, NotInProject
from dvc.project.project import Project, discover
from dvc.values import dataclass


@dataclass(frozen=True, slots=True)
class Facts:
    version: str
    engine: str
    python: str
    platform: str
    links: tuple[str, ...] | None  # None outside a project
    cache: str | None
    remotes: Mapping[str, str]
    repo: str | None
    problem: str | None  # why the project could not be looked at
    beside: bool  # the reference's distribution is installed in the same environment


def facts(cwd: str, environ: Mapping[str, str]) -> Facts:
    """Gather them. A broken project is one of the facts, not an error."""
    links: tuple[str, ...] | None = None
    cache, repo, problem = None, None, None
    remotes: Mapping[str, str] = {}
    try:
        project = discover(cwd, environ)
        cache = project.cache_dir
        links = supported_links(project)
        remotes = {name: str(options.get("url", "")) for name, options in project.config.remotes().items()}
        repo = "dvc, git" if project.git else "dvc (no_scm)"
    except NotInProject:
        pass
    except DvcException as error:
        problem = error.message
    return Facts(
        version=__version__,
        engine=engine.name,
        python=platform.python_version(),
        platform=platform.platform(),
        links=links,
        cache=cache,
        remotes=remotes,
        repo=repo,
        problem=problem,
        beside=_beside(),
    )


def supported_links(project: Project) -> tuple[str, ...]:
    """The link types that work from the cache's file system to the workspace's: tried out with an object of one byte."""
    home = project.cache_dir if os.path.isdir(project.cache_dir) else project.dvc_dir
    found = []
    try:
        with tempfile.TemporaryDirectory(dir=home, prefix=".probe-") as objects, tempfile.TemporaryDirectory(dir=project.dvc_dir) as work:
            pairs = engine.manifest([("f", engine.put(objects, b"x"))])
            for kind in LINK_TYPES:
                root = os.path.join(work, kind)
                os.mkdir(root)
                placed = engine.place(root, pairs, objects, links=(kind,), temp=root)
                if placed.links.get(kind) and not placed.problems:
                    found.append(kind)
    except (OSError, EngineProblem):  # a read-only place: nothing to tell
        return ()
    return tuple(found)


def _beside() -> bool:
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        distribution("dvc")
    except PackageNotFoundError:
        return False
    return True
