"""From a command's targets to needs: patterns, revisions, and imports told apart. Shared by push, fetch, pull and status."""

import os
import re
from collections.abc import Iterable, Sequence

from dvc.exceptions import TargetNotFound
from dvc.model.scope import Scope
from dvc.ops.needs import Need, of_outs
from dvc.ops.scopes import revisions
from dvc.project.project import Project
from dvc.project.targets import select
from dvc.project.view import View
from dvc.values import dataclass

NO_REVISIONS = Scope()


@dataclass(frozen=True, slots=True)
class Selection:
    """What push, fetch and `status -c` are about: targets in the workspace, and in the revisions of `scope`."""

    targets: tuple[str, ...] = ()
    scope: Scope = NO_REVISIONS
    with_deps: bool = False
    recursive: bool = False
    glob: bool = False


def select_needs(project: Project, selection: Selection) -> list[Need]:
    """All needs of the selection, each (path, object, part) once. A target must be known in one of the views."""
    workspace = project.workspace()
    targets = expand(project, workspace, selection.targets) if selection.glob else selection.targets
    views = [workspace, *(project.at(rev) for rev in revisions(project, selection.scope))]
    found: dict[tuple[str, object, str | None], Need] = {}
    failure: TargetNotFound | None = None
    hits = 0
    for view in views:
        try:
            chosen = _needs(view, targets, selection)
        except TargetNotFound as why:
            failure = failure or why
            continue
        hits += 1
        for need in chosen:
            found.setdefault((need.path, need.oid, need.inner), need)
    if not hits and failure is not None:
        raise failure
    return list(found.values())


def _needs(view: View, targets: Sequence[str], selection: Selection) -> list[Need]:
    if not targets:
        return of_outs((path, stage, out, None) for path, (stage, out) in view.outs().items())
    items = []
    for target in select(view, targets, with_deps=selection.with_deps, recursive=selection.recursive):
        outs = target.stage.outs if target.out is None else (target.out,)
        items += [(target.stage.locate(out.path), target.stage, out, target.inner) for out in outs]
    return of_outs(items)


def expand(project: Project, view: View, patterns: Iterable[str]) -> tuple[str, ...]:
    """What each pattern matches among files of the workspace, metadata files and outputs, relative to the working folder.

    TargetNotFound for a pattern that matches nothing.
    """
    known = [project.shown(path) for path in (*view.files(), *view.outs())]
    matched: dict[str, None] = {}
    for pattern in patterns:
        regex = re.compile(translate(pattern))
        names = [name for name in known if regex.fullmatch(name)]
        if not names:
            raise TargetNotFound(f"no tracked data matches '{pattern}'", hint="quote the pattern, and see `dvc list . -R --dvc-only`")
        matched.update(dict.fromkeys(names))
    return tuple(matched)


def translate(pattern: str) -> str:
    """A shell pattern as a regular expression: `*` and `?` stay inside a folder, `**/` is any number of folders."""
    parts = []
    at = 0
    pattern = pattern.replace(os.sep, "/")
    while at < len(pattern):
        if pattern.startswith("**/", at):
            parts.append("(?:[^/]+/)*")
            at += 3
        elif pattern.startswith("**", at):
            parts.append(".*")
            at += 2
        elif pattern[at] == "*":
            parts.append("[^/]*")
            at += 1
        elif pattern[at] == "?":
            parts.append("[^/]")
            at += 1
        elif pattern[at] == "[" and (end := pattern.find("]", at + 2)) > 0:
            inside = pattern[at + 1 : end].replace("\\", "\\\\")
            parts.append(f"[^{inside[1:]}]" if inside[0] == "!" else f"[{inside}]")
            at = end + 1
        else:
            parts.append(re.escape(pattern[at]))
            at += 1
    return "".join(parts)
