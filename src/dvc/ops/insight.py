"""Use cases `metrics show`, `metrics diff`, `params diff`: values of revisions, and what differs between two of them."""

from collections.abc import Callable, Iterable, Mapping

from dvc.exceptions import DvcException, GitProblem
from dvc.insight import metrics, params
from dvc.insight.metrics import Revision
from dvc.insight.values import Difference, compare
from dvc.project.project import Project
from dvc.project.view import View
from dvc.values import dataclass, field, replace

WORKSPACE = "workspace"


@dataclass(frozen=True, slots=True)
class ShowOptions:
    """`targets`: files or folders as the user names them; none: what the project declares."""

    targets: tuple[str, ...] = ()
    all_branches: bool = False
    all_tags: bool = False
    all_commits: bool = False

    @property
    def revisions(self) -> bool:
        return self.all_branches or self.all_tags or self.all_commits


@dataclass(frozen=True, slots=True)
class DiffOptions:
    old: str = "HEAD"
    new: str = WORKSPACE
    targets: tuple[str, ...] = ()
    everything: bool = False
    deps_only: bool = False


@dataclass(frozen=True, slots=True)
class Diff:
    """By file, as the user would name it, and dotted key. `failures`: what could not be read, by revision.

    `verdicts`: by (file, key) whether it is better now, of metrics whose stage says which way is up.
    """

    files: Mapping[str, Mapping[str, Difference]]
    failures: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    verdicts: Mapping[tuple[str, str], bool] = field(default_factory=dict)


def metrics_show(project: Project, options: ShowOptions) -> dict[str, Revision]:
    """Metrics by revision; the workspace alone goes by the name "". Several names of one commit are joined by commas.

    With branches asked for, the workspace is left out while it has the same as the branch that is checked out.
    """
    targets = _paths(project, options.targets)
    now = metrics.collect(project.workspace(), targets)
    if not options.revisions:
        return {"": now}
    found = {WORKSPACE: now}
    for names, sha in _revisions(project, options):
        found[names] = metrics.collect(project.at(sha), targets)
    branch = project.require_git().branch() if options.all_branches else None
    if branch in found and found[branch].files == now.files and now.failure is None:
        del found[WORKSPACE]
    return found


def _revisions(project: Project, options: ShowOptions) -> Iterable[tuple[str, str]]:
    """(names, hash): branches, tags and commits, each commit once."""
    git = project.require_git()
    names: dict[str, list[str]] = {}
    if options.all_branches:
        for branch in git.branches():
            names.setdefault(git.resolve(f"refs/heads/{branch}"), []).append(branch)
    if options.all_tags:
        for tag in git.tags():
            names.setdefault(git.resolve(f"refs/tags/{tag}"), []).append(tag)
    if options.all_commits:
        for sha in git.all_commits():
            names.setdefault(sha, [sha])
    return [(",".join(called), sha) for sha, called in names.items()]


def metrics_diff(project: Project, options: DiffOptions) -> Diff:
    """Raises GitProblem for an unknown revision."""
    targets = _paths(project, options.targets)
    found = _diff(project, options, lambda view: metrics.collect(view, targets), metrics.collect)
    return replace(found, verdicts=_verdicts(project, options, found)) if found.files else found


def _verdicts(project: Project, options: DiffOptions, found: Diff) -> dict[tuple[str, str], bool]:
    try:
        rules = {project.shown(path): rule for path, rule in metrics.better(_view(project, options.new)).items()}
    except DvcException:  # said already, as a failure of this revision
        return {}
    said = {
        (file, key): metrics.verdict(rules[file], key, one.change)
        for file, keys in found.files.items()
        if file in rules
        for key, one in keys.items()
    }
    return {where: verdict for where, verdict in said.items() if verdict is not None}


def params_diff(project: Project, options: DiffOptions) -> Diff:
    """Raises GitProblem for an unknown revision."""
    targets = _paths(project, options.targets)
    return _diff(project, options, lambda view: params.collect(view, targets, deps_only=options.deps_only))


def _diff(
    project: Project,
    options: DiffOptions,
    collect: Callable[[View], Revision],
    read: Callable[[View, list[str]], Revision] | None = None,
) -> Diff:
    """With `read`, a file that one side alone declares is read on the other side too, where it lies there as a plain file:
    a metric has a past from before the day its stage was written."""
    if project.git is None:
        raise GitProblem("there is no Git repository here, so there are no revisions to compare", hint="run `git init` and commit")
    if "HEAD" in (options.old, options.new) and project.git.head() is None:
        return Diff({})  # nothing is committed yet, so there is nothing to compare with
    views = [_view(project, rev) for rev in (options.old, options.new)]
    sides = [collect(view) for view in views]
    if read is not None:
        sides = [_joined(view, side, other, read) for view, side, other in zip(views, sides, reversed(sides), strict=True)]
    files = compare(*(side.flat for side in sides), everything=options.everything)
    failures = {rev: tuple(side.failures) for rev, side in zip((options.old, options.new), sides, strict=True) if side.failures}
    return Diff({project.shown(path): changes for path, changes in files.items()}, failures)


def _joined(view: View, side: Revision, other: Revision, read: Callable[[View, list[str]], Revision]) -> Revision:
    more = [path for path in other.files if path not in side.files and view.kind(path) == "file"]
    if not more or side.failure is not None:
        return side
    return Revision({**side.files, **read(view, more).files})


def _view(project: Project, rev: str) -> View:
    return project.workspace() if rev == WORKSPACE else project.at(rev)


def _paths(project: Project, targets: Iterable[str]) -> list[str]:
    return [project.path_of(target) for target in targets]
