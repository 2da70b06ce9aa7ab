"""`dvc pull`: fetch, then check out. What could be fetched is used even where something else is missing."""

from dataclasses import dataclass

from dvc.exceptions import DvcException
from dvc.ops.checkout import CheckedOut, CheckoutOptions, checkout
from dvc.ops.fetch import FetchOptions, FetchResult, fetch
from dvc.ops.select import Selection, expand
from dvc.progress import NullProgress, Progress
from dvc.project.project import Project


@dataclass(frozen=True, slots=True)
class PullOptions:
    selection: Selection
    remote: str | None = None
    run_cache: bool = False
    force: bool = False
    allow_missing: bool = False
    jobs: int = 0
    wait: bool = False


@dataclass(frozen=True, slots=True)
class PullResult:
    """What came, what changed in the workspace, and the error to end with, if any."""

    fetched: FetchResult
    checked_out: CheckedOut
    error: DvcException | None


def pull(project: Project, options: PullOptions, progress: Progress = NullProgress()) -> PullResult:  # noqa: B008 - has no state
    """Raises as fetch and checkout do. A folder that lacks files stays as it is, and then nothing else is checked out either."""
    selection = options.selection
    fetched = fetch(project, FetchOptions(selection, options.remote, options.run_cache, jobs=options.jobs), progress)
    if not options.allow_missing and any(name.endswith(".dir") for _, name in fetched.missing):
        fetched.check()
    targets = expand(project, project.workspace(), selection.targets) if selection.glob else selection.targets
    checked_out = checkout(
        project,
        CheckoutOptions(
            targets,
            selection.with_deps,
            selection.recursive,
            options.force,
            allow_missing=options.allow_missing,
            jobs=options.jobs,
            wait=options.wait,
        ),
        progress,
    )
    error = checked_out.error
    if error is None and not options.allow_missing:
        try:
            fetched.check()
        except DvcException as why:
            error = why
    return PullResult(fetched, checked_out, error)
