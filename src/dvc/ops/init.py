"""Start a project: make `.dvc` and `.dvcignore`, and stage them in git (docs/formats/config.md)."""

import os
import shutil
from collections.abc import Mapping

from dvc.exceptions import DvcException
from dvc.git.process import find
from dvc.project.files import atomic_write
from dvc.values import dataclass
from dvc.workspace.site import hide_from_git

GITIGNORE = "/config.local\n/tmp\n/cache\n"
DVCIGNORE = (
    "# Patterns of files that dvc shall leave alone, one a line,\n"
    "# as in a .gitignore. Leaving out large folders that hold no\n"
    "# tracked data also makes commands quicker.\n"
)
NO_SCM = "[core]\n    no_scm = True\n"


class ConflictingOptions(DvcException):
    """--no-scm and --subdir: a folder without git has no repository to be a part of."""

    code = "conflicting-options"


class AlreadyInitialized(DvcException):
    code = "already-initialized"


class NoGitRepository(DvcException):
    code = "no-git-repository"


@dataclass(frozen=True, slots=True)
class InitOptions:
    directory: str  # absolute
    no_scm: bool = False
    subdir: bool = False
    force: bool = False


@dataclass(frozen=True, slots=True)
class InitResult:
    root: str
    staged: tuple[str, ...]  # relative to git's root
    scm: bool


def init(options: InitOptions, environ: Mapping[str, str]) -> InitResult:
    """Make a project in `options.directory`. With `force` an existing `.dvc`, its cache included, is dropped first."""
    root = os.path.realpath(options.directory)
    if options.no_scm and options.subdir:
        raise ConflictingOptions("--no-scm and --subdir cannot be combined", hint="--subdir is for a part of a Git repository")
    git = None if options.no_scm else find(root, environ)
    if git is None and not options.no_scm:
        raise NoGitRepository(f"'{root}' is not in a Git repository", hint="run `git init` first, or `dvc init --no-scm` to do without Git")
    if git is not None and git.root != root and not options.subdir:
        raise NoGitRepository(
            f"'{root}' is not the top of its Git repository '{git.root}'",
            hint="use `--subdir` to start a project in a part of a repository",
        )
    home = os.path.join(root, ".dvc")
    if os.path.lexists(home) and not options.force:
        raise AlreadyInitialized(f"'{home}' exists already. Use `-f` to force.", hint="that drops its configuration and its cache")
    below = "" if git is None or git.root == root else os.path.relpath(root, git.root).replace(os.sep, "/") + "/"
    paths = tuple(below + name for name in (".dvc/.gitignore", ".dvc/config", ".dvcignore"))
    if git is not None and (ignored := git.ignored(paths)):
        raise DvcException(f"Git ignores '{min(ignored)}'", hint="a project's files must be in Git: take the rule out of .gitignore")
    os.makedirs(root, exist_ok=True)
    _make(root, home, scm=git is not None)
    if git is not None:
        git.add(paths)
        git.close()
    return InitResult(root, paths if git is not None else (), git is not None)


def _make(root: str, home: str, *, scm: bool) -> None:
    """Build the new `.dvc` beside its place and rename it there: it is there whole or not at all."""
    new, old = f"{home}.new-{os.getpid()}", f"{home}.old-{os.getpid()}"
    shutil.rmtree(new, ignore_errors=True)
    os.makedirs(os.path.join(new, "tmp"))
    atomic_write(os.path.join(new, "tmp", "btime"), "")
    atomic_write(os.path.join(new, "config"), "" if scm else NO_SCM)
    if scm:
        atomic_write(os.path.join(new, ".gitignore"), GITIGNORE)
    else:
        hide_from_git(os.path.join(new, "tmp"))
    if os.path.lexists(home):
        os.rename(home, old)
    os.rename(new, home)
    ignore = os.path.join(root, ".dvcignore")
    if not os.path.lexists(ignore):
        atomic_write(ignore, DVCIGNORE)
    if os.path.islink(old):
        os.unlink(old)
    else:
        shutil.rmtree(old, ignore_errors=True)
