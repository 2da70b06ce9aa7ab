"""Use case `stage add`: write a stage into the dvc.yaml of the folder we are in, once it is known to fit in with the others."""

import os
import posixpath
import re
import shlex
from collections.abc import Callable, Iterable, Sequence

from dvc.exceptions import DvcException, OutputOverlap, TargetInGit, TargetOutside
from dvc.model.stage import Out, OutKind, ParamsDep, PathDep, Stage
from dvc.pipeline import graph as graphs
from dvc.project import locks
from dvc.project.edits import Edits
from dvc.project.overlap import check
from dvc.project.project import Project
from dvc.project.view import View
from dvc.values import dataclass, replace

PARAMS_FILE = "params.yaml"
_BAD_IN_NAME = re.compile(r"[!-,./:-@\[-^`{-~]")  # ASCII punctuation but `-` and `_`


class StageProblem(DvcException):
    """A stage cannot be added as it was asked for."""

    code = "stage"


@dataclass(frozen=True, slots=True)
class OutSpec:
    """One output as asked for."""

    path: str
    kind: OutKind = "out"
    cache: bool = True
    persist: bool = False


@dataclass(frozen=True, slots=True)
class StageAddOptions:
    """`outs` in the order in which their `.gitignore` entries are made. `params`: `KEY,KEY`, `FILE:KEY,KEY` or `FILE:`."""

    name: str
    command: tuple[str, ...] = ()
    deps: tuple[str, ...] = ()
    params: tuple[str, ...] = ()
    outs: tuple[OutSpec, ...] = ()
    wdir: str | None = None
    desc: str | None = None
    always_changed: bool = False
    force: bool = False
    ignore: bool = True  # make the `.gitignore` entries at once, not when it runs
    wait: bool = False


@dataclass(frozen=True, slots=True)
class StageAddResult:
    """`changed`: the metadata files written; `warnings`: for people."""

    changed: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def stage_add(project: Project, options: StageAddOptions) -> StageAddResult:
    """Add the stage. Nothing is written when it is refused."""
    with locks.metadata(project, options.wait):
        stage = _stage(project, options)
        warnings = _check(project, stage, force=options.force)
        stage = _with_notes(project.workspace(), stage)
        edits = Edits(project)
        edits.put_pipeline_stage(stage)
        for out in stage.outs if options.ignore else ():
            path = stage.locate(out.path)
            if out.cache and not path.startswith(("/", "../")):
                edits.ignore(path)
        return StageAddResult(edits.commit(), warnings)


# --- what is asked for


def _stage(project: Project, options: StageAddOptions) -> Stage:
    bad = _BAD_IN_NAME.search(options.name)
    if bad or not options.name:
        raise StageProblem(
            f"'{options.name}' cannot be the name of a stage" + (f": it holds '{bad[0]}'" if bad else ""),
            hint="use letters, digits, `-` and `_`",
        )
    if not any(options.command):
        raise StageProblem(f"stage '{options.name}' has no command", hint="put it at the end: `dvc stage add -n NAME [options] COMMAND`")
    file = posixpath.join(project.folder, "dvc.yaml")
    bare = Stage(file=file, name=options.name, wdir=_wdir(project, options.wdir), recorded=False)
    return replace(
        bare,
        cmd=command_line(options.command),
        deps=_deps(project, bare, options.deps),
        params=parameters(options.params, lambda path: _text(project, bare, path)),
        outs=tuple(_out(project, bare, spec) for spec in options.outs),
        always_changed=options.always_changed,
        desc=options.desc,
    )


def command_line(words: Sequence[str]) -> str:
    """One word is the command as it is; of several, those with blanks are quoted: in double quotes, as DVC has them, where that will do."""
    if len(words) == 1:
        return words[0]
    return " ".join(_quoted(word) if not word or re.search(r"\s", word) else word for word in words)


def _quoted(word: str) -> str:
    return shlex.quote(word) if '"' in word else f'"{word}"'


def _wdir(project: Project, given: str | None) -> str:
    if given is None:
        return "."
    try:
        path = project.path_of(given)
    except TargetOutside:
        raise StageProblem(f"the stage's folder '{given}' is outside of the project") from None
    if not os.path.isdir(project.full(path)):
        raise StageProblem(f"the stage's folder '{given}' does not exist", hint=f"make it first: `mkdir -p {given}`")
    return posixpath.relpath(path or ".", project.folder or ".")


def _text(project: Project, stage: Stage, given: str) -> str:
    """A path as it is written: as typed; an absolute one inside the project becomes relative to the stage's folder."""
    if not given:
        raise StageProblem(f"stage '{stage.name}' names an empty path")
    if "://" in given or not os.path.isabs(given):
        return given.replace(os.sep, "/")
    try:
        inside = project.path_of(given)
    except TargetOutside:
        return given
    return posixpath.relpath(inside or ".", stage.folder or ".")


def _deps(project: Project, stage: Stage, given: Iterable[str]) -> tuple[PathDep, ...]:
    texts = [_text(project, stage, path) for path in given]
    places = [stage.locate(text) for text in texts]
    for at, text in enumerate(texts):
        if places[at] in places[:at]:
            raise StageProblem(f"dependency '{text}' is named more than once", hint="name it once")
    return tuple(PathDep(text) for text in texts)


def _out(project: Project, stage: Stage, spec: OutSpec) -> Out:
    path = _text(project, stage, spec.path)
    where = stage.locate(path)
    if spec.cache and (where.startswith(("/", "../")) or where in {".", ".."}):
        raise TargetOutside(
            f"output '{spec.path}' is outside of the project, so it cannot be cached", hint="use the `-no-cache` form of the option"
        )
    return Out(path=path, kind=spec.kind, cache=spec.cache, persist=spec.persist)


def parameters(specs: Iterable[str], text: Callable[[str], str] = lambda path: path) -> tuple[ParamsDep, ...]:
    """`KEY,KEY` (of params.yaml), `FILE:KEY,KEY` and `FILE:` as dependencies, one for each file, in order of mention."""
    found: dict[str, list[str] | None] = {}
    for spec in specs:
        file, colon, keys = spec.rpartition(":")
        path = text(file) if colon and file else PARAMS_FILE
        named = [key for key in keys.split(",") if key.strip()]
        known = found.get(path)
        if not named:
            found.setdefault(path, None)
        else:
            found[path] = [*(known or []), *named]
    return tuple(ParamsDep(path, None if keys is None else tuple(keys)) for path, keys in found.items())


def _with_notes(view: View, stage: Stage) -> Stage:
    """With what people noted at the stage that is replaced."""
    before = view.pipeline(stage.file).stages.get(stage.name or "") if view.kind(stage.file) == "file" else None
    if before is None or "cmd" not in before or "matrix" in before:
        return stage
    desc = before.get("desc")
    return replace(stage, desc=stage.desc or (None if desc is None else str(desc)), meta=before.get("meta"))


# --- whether it fits in


def _check(project: Project, stage: Stage, *, force: bool) -> tuple[str, ...]:
    """Raises where the stage as written does not fit in. What its templates will make of it is a warning: the names in it may change."""
    view = project.workspace()
    if not force and _exists(view, stage):
        raise StageProblem(
            f"stage '{stage.name}' already exists in '{project.shown(stage.file)}'",
            hint="choose another name, or use `--force` to overwrite it",
        )
    view.usable(stage)
    told = () if force else _replaced_group(view, stage)
    others = [other for other in view.stages() if (other.file, other.name) != (stage.file, stage.name)]
    others = [other for other in others if not (other.file == stage.file and (other.name or "").startswith(f"{stage.name}@"))]
    own = [stage.locate(out.path) for out in stage.outs]
    twice = next((path for path in own if own.count(path) > 1), None)
    if twice is not None:
        raise OutputOverlap(f"output '{project.shown(twice)}' is named more than once", hint="name it once")
    check([*others, stage], project.shown)
    graphs.build([*others, stage])
    _check_git(project, stage)
    try:
        foreseen = [*others, view.foresee(stage)]
        check(foreseen, project.shown)
        graphs.build(foreseen)
    except DvcException as problem:
        return (*told, f"{problem.message}: no command can load the project until that is put right")
    return told


def _exists(view: View, stage: Stage) -> bool:
    if view.read(stage.file) is None:
        return False
    templates = view.templates(stage.file)
    if templates is None:
        return stage.name in view.pipeline(stage.file).stages
    return templates.has(stage.name or "")


def _replaced_group(view: View, stage: Stage) -> tuple[str, ...]:
    """DVC lets a stage take the place of a `foreach` or `matrix` group without `--force`; that is not done in silence here."""
    name = stage.name or ""
    templates = view.templates(stage.file) if view.read(stage.file) is not None else None
    if templates is None or not templates.is_group(name):
        return ()
    return (f"stage '{name}' takes the place of the group of that name: `git diff {view.project.shown(stage.file)}` shows what was there",)


def _check_git(project: Project, stage: Stage) -> None:
    git = project.git
    paths = [path for out in stage.outs if out.cache and not (path := stage.locate(out.path)).startswith(("/", "../"))]
    for path in sorted(git.tracked(project.git_path(path) for path in paths)) if git is not None and paths else ():
        shown = project.shown(project.from_git(path) or path)
        raise TargetInGit(f"output '{shown}' is tracked by Git", hint=f"stop that first: `git rm -r --cached {shown}`, then commit")
