"""What `add` is asked to track, and every reason to refuse. Reads only: when one target is refused, nothing was written."""

import os
import posixpath
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence

from dvc import ignore
from dvc.exceptions import OutputOverlap, TargetIgnored, TargetInGit, TargetNotFound, TargetProblem
from dvc.model.stage import Out, Stage
from dvc.project.overlap import check
from dvc.project.project import Project
from dvc.project.view import View
from dvc.project.walk import is_stage_file
from dvc.values import dataclass


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to track: the output `out` of `stage`, standing at `path`; with `inner`, that part of the folder it is."""

    path: str
    stage: Stage
    out: Out
    inner: str | None = None
    there: bool = True  # False: a part of a tracked folder that is gone from the workspace

    @property
    def whole(self) -> str:
        """The path of the output, of which `path` may be a part."""
        return self.stage.locate(self.out.path)


def resolve(project: Project, view: View, targets: Iterable[str], *, made: bool = False) -> tuple[Item, ...]:
    """One item for each target, doubles left out. `made`: the targets will be made by this command and are not there yet.

    Raises a TargetProblem for the first target that cannot be tracked.
    """
    paths = {target: _path(project, target) for target in targets}
    if not made:
        for target, path in paths.items():
            _check_place(project, target, path)
    check(view.stages(), project.shown)
    items: dict[str, Item] = {}
    for target, path in paths.items():
        if path not in items:
            items[path] = _item(project, view, target, path, made=made)
    _check_nesting(project, items)
    _check_git(project, items.values())
    return tuple(items.values())


def _path(project: Project, target: str) -> str:
    path = project.path_of(target)
    parts = path.split("/")
    if not path:
        raise TargetProblem("the project's root folder cannot be tracked", hint="name a file or folder inside of it")
    if ".dvc" in parts or ".git" in parts:
        raise TargetProblem(f"'{target}' belongs to the tool's own files", hint="track data, not `.dvc` or `.git`")
    if is_stage_file(parts[-1]) or parts[-1] == "dvc.lock":
        raise TargetProblem(f"'{target}' is a file of DVC's own and cannot be tracked as data", hint="name the data; Git tracks this file")
    linked = project.linked_parent(path)
    if linked is not None:
        raise TargetProblem(
            f"'{target}' lies behind the symbolic link '{project.shown(linked)}'", hint="name the path that the link leads to"
        )
    _check_ignored(project, target, path)
    return path


def _check_ignored(project: Project, target: str, path: str) -> None:
    rules = ignore.BUILT_IN + project.ignores.parsed(posixpath.dirname(path))
    rule = ignore.matches(rules, path, os.path.isdir(project.full(path)))
    if rule is not None and not rule.negated:
        where = f"{project.shown(rule.file)}:{rule.line}:{rule.pattern}" if rule.file else f"the built-in rule '{rule.pattern}'"
        raise TargetIgnored(f"'{target}' is ignored by {where}", hint="change the rule, or name another path")


def _check_place(project: Project, target: str, path: str) -> None:
    """Refuses what is there but can never be tracked."""
    full = project.full(path)
    try:
        found = os.lstat(full)
        is_link = stat.S_ISLNK(found.st_mode)
        mode = os.stat(full).st_mode
    except FileNotFoundError:
        if os.path.islink(full):
            raise TargetNotFound(f"'{target}' is a symbolic link to nothing", hint="remove the link, or restore what it leads to") from None
        return
    except NotADirectoryError:
        return
    if stat.S_ISDIR(mode) and is_link:
        raise TargetProblem(f"'{target}' is a symbolic link to a folder", hint="name the folder itself")
    if stat.S_ISDIR(mode) and os.path.isdir(os.path.join(full, ".dvc")):
        raise TargetProblem(f"'{target}' holds a project of its own", hint="track its data from inside of it")
    if not stat.S_ISDIR(mode) and not stat.S_ISREG(mode):
        raise TargetProblem(f"'{target}' is no file and no folder (a device, socket or pipe)", hint="only files and folders can be tracked")


def _item(project: Project, view: View, target: str, path: str, *, made: bool) -> Item:
    there = os.path.lexists(project.full(path))
    owned = view.owner(path)
    if owned is not None:
        return _owned(project, target, path, *owned, there=there or made)
    if not there and not made:
        raise TargetNotFound(f"'{target}' does not exist", hint="check the name; a pattern needs `--glob`")
    below = view.outs_below(path)
    if below:
        stage, _ = view.outs()[below[0]]
        raise OutputOverlap(
            f"'{target}' holds '{project.shown(below[0])}', which '{project.shown(stage.file)}' tracks",
            hint=f"stop tracking it first: `dvc remove {project.shown(stage.address)}`",
        )
    file = path + ".dvc"
    if view.read(file) is not None:
        raise OutputOverlap(
            f"'{project.shown(file)}' exists and tracks something else than '{target}'", hint="move or remove that file first"
        )
    return Item(path, Stage(file=file), Out(path=posixpath.basename(path)))


def _owned(project: Project, target: str, path: str, stage: Stage, out: Out, *, there: bool) -> Item:
    whole = stage.locate(out.path)
    if stage.name is not None:
        raise OutputOverlap(
            f"'{target}' is an output of stage '{project.shown(stage.address)}'",
            hint=f"record it with `dvc commit {project.shown(stage.address)}` or `dvc repro`, or remove the stage first",
        )
    if whole == path:
        if not there:
            raise TargetNotFound(f"'{target}' does not exist", hint=f"`dvc checkout {target}` brings it back")
        return Item(path, stage, out)
    return Item(path, stage, out, inner=path[len(whole) + 1 :], there=there)


def _check_nesting(project: Project, items: Mapping[str, Item]) -> None:
    """Refuses a new target inside another new one."""
    for path, item in items.items():
        above = posixpath.dirname(path)
        while above:
            outer = items.get(above)
            if outer is not None and (item.inner is None or outer.inner is None) and item.whole != outer.whole:
                raise OutputOverlap(f"'{project.shown(path)}' lies inside '{project.shown(above)}': only one of them can be tracked")
            above = posixpath.dirname(above)


def _check_git(project: Project, items: Iterable[Item]) -> None:
    """Refuses what git tracks, and a `.dvc` file that git would not see."""
    git = project.git
    if git is None:
        return
    by_git_path = {project.git_path(item.path): item for item in items if item.inner is None}
    tracked = git.tracked(by_git_path) if by_git_path else set()
    for path, item in by_git_path.items():
        if path in tracked:
            raise TargetInGit(
                f"'{project.shown(item.path)}' is tracked by Git",
                hint=f"stop that first: `git rm -r --cached {project.shown(item.path)}` and commit",
            )
    files = {project.git_path(item.stage.file): item for item in by_git_path.values()}
    for path in sorted(git.ignored(files)) if files else ():
        raise TargetIgnored(
            f"Git ignores '{project.shown(files[path].stage.file)}', the file that would track '{project.shown(files[path].path)}'",
            hint="change the rule in `.gitignore` (`git check-ignore -v FILE` names it)",
        )


def expand(project: Project, patterns: Sequence[str], match: Callable[[str], Iterable[str]]) -> list[str]:
    """The names that the patterns match, without DVC's own files, in the order of the match. Raises TargetNotFound for no match.

    That order is the folder's own, as DVC has it: the lines of `.gitignore` come in it, and two tools in turn must not shuffle them.
    """
    found = [
        name for pattern in patterns for name in match(pattern) if not (is_stage_file(os.path.basename(name)) or name.endswith("dvc.lock"))
    ]
    if not found:
        raise TargetNotFound("nothing matches " + ", ".join(f"'{pattern}'" for pattern in patterns), hint="quote patterns for the shell")
    return found
