"""`dvc move`: rename tracked data together with its `.dvc` file.

Order: the new `.dvc` file and `.gitignore` entry, the data (one rename), then the old ones go. Stopped anywhere, the data is
at one of its two names, named by a `.dvc` file; the same command run again goes on from there.
"""

import errno
import os
import posixpath
import shutil
import tempfile

from dvc import engine
from dvc.engine.contract import Update
from dvc.exceptions import OutputOverlap, TargetIgnored, TargetNotFound, TargetOutside, TargetProblem
from dvc.formats import cloud, dotdvc
from dvc.git import gitignore
from dvc.model.stage import Stage
from dvc.project import files, leases, locks
from dvc.project.edits import Edits
from dvc.project.project import Project
from dvc.project.view import View
from dvc.values import dataclass, replace
from dvc.workspace import memory
from dvc.workspace.survey import new_clock, save_index


@dataclass(frozen=True, slots=True)
class MoveOptions:
    source: str
    target: str
    wait: bool = False


@dataclass(frozen=True, slots=True)
class MovePlan:
    """Paths are relative to the root. `old` and `new` are the same `.dvc` stage under its two names."""

    source: str
    target: str
    old: Stage | None  # None: an earlier move was stopped at its last step
    new: Stage


@dataclass(frozen=True, slots=True)
class MoveResult:
    source: str
    target: str
    changed: tuple[str, ...]


def move(project: Project, options: MoveOptions) -> MoveResult:
    """Raises a TargetProblem for whatever stands in the way; then nothing was changed."""
    with locks.metadata(project, wait=options.wait):
        plan = plan_move(project, options)
        with leases.lease(project, (), (plan.source, plan.target), wait=options.wait):
            changed = list(_write_new(project, plan))
            _rename(project, plan)
            _remember(project, plan)
            changed += _remove_old(project, plan)
    return MoveResult(plan.source, plan.target, tuple(dict.fromkeys(changed)))


def plan_move(project: Project, options: MoveOptions) -> MovePlan:
    """Decide, reading only."""
    view = project.workspace()
    source = project.path_of(options.source)
    target = _target(project, options, source, view)
    stage = _stage(project, view, source, target, options)
    if stage is None:
        return MovePlan(source, target, None, view.stages_of(target + ".dvc")[0])
    folder, name = posixpath.split(target)
    # In a cloud-versioned remote a file is where it is in the workspace: what was recorded of the old place is not at the new one.
    out = replace(stage.outs[0], path=name, content=cloud.unversioned(stage.outs[0].content))
    new = replace(stage, file=posixpath.join(folder, name + ".dvc"), wdir=".", outs=(out,))
    begun = _begun(view, stage, new)
    if not begun:
        _check(project, view, options, target, new)
    if os.path.lexists(project.full(target)) and not (begun and not os.path.lexists(project.full(source))):
        raise TargetProblem(f"'{options.target}' exists", hint="name a path that is free, or a folder to move into")
    if not os.path.isdir(project.full(folder)):
        raise TargetNotFound(
            f"the folder '{project.shown(folder)}' does not exist", hint=f"make it first: `mkdir -p {project.shown(folder)}`"
        )
    return MovePlan(source, target, stage, new)


def _target(project: Project, options: MoveOptions, source: str, view: View) -> str:
    target = project.path_of(options.target)
    if os.path.isdir(project.full(target)) and not (view.owner(target) is not None and _moved(project, source, target)):
        return posixpath.join(target, posixpath.basename(source))
    return target


def _moved(project: Project, source: str, target: str) -> bool:
    """Whether a move of a folder to this very name was begun: the old data is gone, the new is tracked."""
    return not os.path.lexists(project.full(source)) and os.path.exists(project.full(target + ".dvc"))


def _stage(project: Project, view: View, source: str, target: str, options: MoveOptions) -> Stage | None:
    found = view.outs().get(source)
    if found is None:
        text = files.read(project.full(posixpath.join(posixpath.dirname(source), ".gitignore"))) or b""
        left = not gitignore.lacking(text.decode("utf-8", "surrogateescape"), [posixpath.basename(source)])
        if left and target in view.outs() and _moved(project, source, target):
            return None
        raise TargetNotFound(f"'{options.source}' is not tracked", hint="name tracked data; `dvc list . -R --dvc-only` shows what is")
    stage = found[0]
    if stage.name is not None:
        raise TargetProblem(
            f"'{options.source}' is an output of the stage '{stage.address}'", hint=f"change the stage in '{project.shown(stage.file)}'"
        )
    if len(stage.outs) != 1:
        raise TargetProblem(f"'{project.shown(stage.file)}' tracks more than '{options.source}'", hint="add each output on its own first")
    return stage


def _begun(view: View, old: Stage, new: Stage) -> bool:
    """Whether the new `.dvc` file is there already and says the same: an earlier move was stopped."""
    if view.kind(new.file) != "file":
        return False
    there = view.stages_of(new.file)
    return len(there) == 1 and there[0].outs == new.outs and there[0].deps == old.deps


def _check(project: Project, view: View, options: MoveOptions, target: str, new: Stage) -> None:
    if not target or ".dvc" in target.split("/") or ".git" in target.split("/"):
        raise TargetOutside(f"'{options.target}' cannot hold data", hint="name a path inside the project")
    linked = project.linked_parent(target)
    if linked is not None:
        raise TargetProblem(f"'{options.target}' lies behind the symbolic link '{project.shown(linked)}'", hint="name what it leads to")
    owner = view.owner(target)
    if owner is not None:
        raise OutputOverlap(f"'{options.target}' is, or lies in, what '{project.shown(owner[0].file)}' tracks", hint="name another path")
    if view.outs_below(target):
        raise OutputOverlap(f"'{options.target}' holds tracked data", hint="name another path")
    if os.path.lexists(project.full(new.file)):
        raise TargetProblem(f"'{project.shown(new.file)}' exists", hint="name another path, or remove that file")
    if view.ignores.ignored(target, is_folder=os.path.isdir(project.full(target))) or view.ignores.ignored(new.file, is_folder=False):
        raise TargetIgnored(f"'{options.target}' is ignored by a .dvcignore file", hint=f"see `dvc check-ignore -d {options.target}`")
    if project.git is not None and project.git.ignored([project.git_path(new.file)]):
        raise TargetIgnored(
            f"git ignores '{project.shown(new.file)}', so that the move would lose its record", hint="change the .gitignore"
        )


def _write_new(project: Project, plan: MovePlan) -> tuple[str, ...]:
    if plan.old is None:
        return ()
    old = plan.old.file
    edits = Edits(project)
    sealed = dotdvc.sealed(plan.new)
    text = (files.read(project.full(old), shown=old) or b"").decode()
    # A new file is written in the canonical order, as DVC does; comments, which DVC loses here, are worth the old order.
    edits.change(plan.new.file, lambda _: dotdvc.write(sealed, text if "#" in text else None))
    edits.ignore(plan.target)
    return edits.commit()


def _rename(project: Project, plan: MovePlan) -> None:
    source, target = project.full(plan.source), project.full(plan.target)
    if not os.path.lexists(source) or os.path.lexists(target):
        return
    try:
        os.rename(source, target)
    except OSError as why:
        if why.errno != errno.EXDEV:
            raise
        _across(source, target)


def _remember(project: Project, plan: MovePlan) -> None:
    """Carry over what is known of the data, so that it is not hashed again: a rename keeps inode and mtime."""
    memory.forget(project.tmp_dir, [plan.source])
    memory.remember(project.tmp_dir, [plan.target])
    algorithm = plan.new.outs[0].content.algorithm
    full = project.full(plan.target)
    if not os.path.isdir(full):
        return
    clock = new_clock(project)
    index = engine.load_index(project.index_path)
    listing = engine.scan(full, base=plan.target, rules=project.rules(plan.target)).known(index, plan.source, algorithm)
    save_index(project, index, [Update(plan.target, listing, clock, algorithm, True)])


def _across(source: str, target: str) -> None:
    """To another file system: copy whole, name it, only then delete."""
    work = tempfile.mkdtemp(dir=os.path.dirname(target), prefix=".dvc-move-")
    try:
        made = os.path.join(work, "data")
        if os.path.isdir(source) and not os.path.islink(source):
            shutil.copytree(source, made, symlinks=True)
        else:
            shutil.copy2(source, made, follow_symlinks=False)
        os.rename(made, target)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    if os.path.isdir(source) and not os.path.islink(source):
        shutil.rmtree(source)
    else:
        os.unlink(source)


def _remove_old(project: Project, plan: MovePlan) -> tuple[str, ...]:
    edits = Edits(project)
    if plan.old is not None and plan.old.file != plan.new.file:
        edits.remove_data(plan.old.file)
    edits.unignore(plan.source)
    return edits.commit()
