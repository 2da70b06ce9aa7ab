"""`dvc diff`: tracked data of a revision against another one, or against the workspace."""

from collections.abc import Mapping

from dvc.exceptions import TargetNotFound
from dvc.ops.absent import absent
from dvc.ops.cache import store_of
from dvc.ops.sides import Trees, look, recorded, revision, seen
from dvc.progress import NullProgress, Progress
from dvc.project.project import Project
from dvc.transfer.shelf import lacking, shelf
from dvc.values import dataclass
from dvc.workspace.compare import Changes, Node, compare, is_within


@dataclass(frozen=True, slots=True)
class DiffOptions:
    """`b_rev` None: the workspace. `targets` as typed."""

    a_rev: str = "HEAD"
    b_rev: str | None = None
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Diff:
    """`not_in_cache`: data of the old side whose objects are missing; None when two revisions were compared."""

    changes: Changes
    not_in_cache: tuple[str, ...] | None


def diff(project: Project, options: DiffOptions, progress: Progress = NullProgress()) -> Diff:
    """Raises GitProblem for an unknown revision, TargetNotFound for a target that neither side has."""
    store = store_of(project)
    trees: Trees = {}
    old = recorded(revision(project, options.a_rev), store, trees)
    if options.b_rev is None:
        new = seen(look(project, project.workspace(), progress))
    else:
        new = recorded(revision(project, options.b_rev), store, trees)
    targets = [project.path_of(target) for target in options.targets]
    for shown, target in zip(options.targets, targets, strict=True):
        if not any(_has(nodes, target) for nodes in (old, new)):
            raise TargetNotFound(f"'{shown}' is tracked on neither side", hint="`dvc list . -R --dvc-only` shows what is tracked")
    changes = compare(old, new, granular=True, spell_old=True, targets=targets)
    if options.b_rev is not None:
        return Diff(changes, None)
    gone = absent(old, lambda algorithm, names: lacking(shelf(store, algorithm), names, None), granular=True)
    if targets:
        gone = tuple(path for path in gone if is_within(path, targets))
    return Diff(changes, gone)


def _has(nodes: Mapping[str, Node], target: str) -> bool:
    for path, node in nodes.items():
        if path == target or path.startswith(target + "/") or not target:
            return True
        if target.startswith(path + "/") and (node.manifest is None or len(node.manifest.below(target[len(path) + 1 :]))):
            return True
    return False
