"""From what a user names on the command line to stages, outputs and places inside tracked folders."""

import posixpath
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from dvc.exceptions import DvcException, TargetIgnored, TargetNotFound, TargetOutside
from dvc.project.walk import PIPELINE, is_stage_file
from dvc.values import dataclass

if TYPE_CHECKING:
    from dvc.model.stage import Out, Stage
    from dvc.project.view import View


@dataclass(frozen=True, slots=True)
class Target:
    """A whole stage (`out` None), one output of it, or, where `inner` is set, that path inside the folder the output is."""

    stage: "Stage"
    out: "Out | None" = None
    inner: str | None = None


def select(
    view: "View", targets: Sequence[str], *, with_deps: bool = False, recursive: bool = False, granular: bool = True
) -> tuple[Target, ...]:
    """What `targets` name, each once, in their order; everything for none. Raises TargetNotFound and its like.

    A target is, in this order of preference: a `.dvc` file or dvc.yaml, `FILE:STAGE`, a stage or group of the dvc.yaml in
    `cwd`, an output, with `granular` a path inside a tracked folder, with `recursive` a folder with stage files below.
    `with_deps` adds the stages that a target stage depends on, before it.
    """
    if not targets:
        return tuple(Target(stage) for stage in view.stages())
    found: dict[tuple[str, str | None, str | None, str | None], Target] = {}
    for text in targets:
        for target in _one(view, text, recursive=recursive, granular=granular):
            # An output that is named by its path comes alone, as with DVC: name its stage to have what that is built from.
            chain = _upstream(view, target.stage) if with_deps and target.out is None else ()
            for each in (*(Target(stage) for stage in chain), target):
                key = (each.stage.file, each.stage.name, None if each.out is None else each.out.path, each.inner)
                found.setdefault(key, each)
    return tuple(found.values())


def _one(view: "View", text: str, *, recursive: bool, granular: bool) -> Iterable[Target]:
    file, name = _split(text)
    if file is not None:
        return _in_file(view, text, file, name)
    named = _named(view, PIPELINE, text)
    if named is not None:
        return named
    try:
        path = view.project.path_of(text)
    except TargetOutside as error:
        # A stage may have an output outside: it is named by its absolute path.
        full = posixpath.normpath(posixpath.join(view.project.cwd, text))
        owned = view.outs().get(full)
        if owned is None:
            raise error from None
        return (Target(*owned),)
    if recursive and view.kind(path) == "folder":
        files = view.files_below(path)
        stages = [Target(stage) for each in files for stage in view.stages_of(each)]
        if stages or view.owner(path) is None:  # a folder with nothing in it is no mistake, as with DVC
            return stages
    return (_output(view, text, path, granular=granular),)


def _split(text: str) -> tuple[str | None, str | None]:
    """(file, stage name) for a target that names a stage file, (None, None) for any other."""
    if is_stage_file(posixpath.basename(text)):
        return text, None
    file, colon, name = text.rpartition(":")
    if colon and name and (not file or posixpath.basename(file) in (PIPELINE, "dvc.lock")):
        return (file or PIPELINE).replace("dvc.lock", PIPELINE), name
    return None, None


def _in_file(view: "View", text: str, file: str, name: str | None) -> Iterable[Target]:
    path = view.project.path_of(file)
    if view.kind(path) != "file":
        owned = view.outs().get(path)
        if owned is not None:  # tracked data may be called anything
            return (Target(*owned),)
        raise TargetNotFound(f"'{file}' does not exist", hint="see `dvc stage list --all`, or check the name")
    if view.ignores.ignored(path, is_folder=False):
        raise TargetIgnored(f"'{file}' is ignored by a .dvcignore file", hint=f"see `dvc check-ignore -d {file}`")
    if name is None:
        return [Target(stage) for stage in view.stages_of(path)]
    named = _named(view, file, name)
    if named is None:
        raise TargetNotFound(f"there is no stage '{name}' in '{file}'", hint="`dvc stage list --all` shows the stages")
    return named


def _named(view: "View", file: str, name: str) -> list[Target] | None:
    """The stage, or the stages of the group (there may be none), that a dvc.yaml calls so; None where it calls nothing so."""
    path = view.project.path_of(file)
    if view.kind(path) != "file" or view.ignores.ignored(path, is_folder=False):
        return None
    try:
        templates = view.templates(path)
    except DvcException:
        if "/" in name and "@" not in name:  # most likely a path: what is wrong with the file here is no matter then
            return None
        raise
    if templates is None:
        return [Target(view.stage(path, name))] if name in view.pipeline(path).stages else None
    if templates.is_group(name):
        return [Target(view.stage(path, each)) for each in templates.members(name)]
    return [Target(view.stage(path, name))] if templates.has(name) else None


def _output(view: "View", text: str, path: str, *, granular: bool) -> Target:
    owned = view.owner(path)
    if owned is not None:
        stage, out = owned
        whole = stage.locate(out.path)
        if whole == path:
            return Target(stage, out)
        if granular:
            return Target(stage, out, path[len(whole) + 1 :] if whole else path)
    hint = "`dvc list . -R --dvc-only` shows what is tracked"
    if view.outs_below(path) or (not path and view.outs()):
        hint = "there is tracked data inside of it: use `--recursive`, or name the data"
    raise TargetNotFound(f"'{text}' is no output, no stage and no `.dvc` file of this project", hint=hint)


def _upstream(view: "View", stage: "Stage") -> list["Stage"]:
    """The stages that `stage` needs, deepest first."""
    from dvc.model.stage import PathDep

    order: list[Stage] = []
    seen = {(stage.file, stage.name)}
    stack: list[tuple[Stage, bool]] = [(stage, False)]
    while stack:
        at, done = stack.pop()
        if done:
            if at is not stage:
                order.append(at)
            continue
        stack.append((at, True))
        paths = [at.locate(dep.path) for dep in at.deps if isinstance(dep, PathDep)] + [at.locate(dep.path) for dep in at.params]
        for path in paths:
            for producer in view.producers(path):
                key = (producer.file, producer.name)
                if key not in seen:
                    seen.add(key)
                    stack.append((producer, False))
    return order
