"""`dvc pull`: fetch, then check out. What could be fetched is used even where something else is missing."""

from dvc.exceptions import DvcException, TargetNotFound
from dvc.ops.checkout import CheckedOut, CheckoutOptions, checkout
from dvc.ops.fetch import FetchOptions, FetchResult, fetch
from dvc.ops.select import Selection, expand
from dvc.progress import NullProgress, Progress
from dvc.project.project import Project
from dvc.values import dataclass, replace


@dataclass(frozen=True, slots=True)
class PullOptions:
    selection: Selection
    remote: str | None = None
    run_cache: bool = False
    force: bool = False
    allow_missing: bool = False
    jobs: int = 0
    wait: bool = False
    verify: bool = False


@dataclass(frozen=True, slots=True)
class PullResult:
    """What came, what changed in the workspace, and the error to end with, if any."""

    fetched: FetchResult
    checked_out: CheckedOut
    error: DvcException | None


def pull(project: Project, options: PullOptions, progress: Progress = NullProgress()) -> PullResult:
    """Raises as fetch and checkout do. A folder that lacks files stays as it is, and then nothing else is checked out either."""
    selection = options.selection
    fetched = fetch(
        project,
        FetchOptions(selection, options.remote, options.run_cache, jobs=options.jobs, wait=options.wait, verify=options.verify),
        progress,
    )
    if not options.allow_missing and any(name.endswith(".dir") for _, name in fetched.failed):
        fetched.check()
    targets = expand(project, project.workspace(), selection.targets) if selection.glob else selection.targets
    checked_out = _check_out(
        project,
        CheckoutOptions(
            targets,
            selection.with_deps,
            selection.recursive,
            options.force,
            allow_missing=options.allow_missing,
            jobs=options.jobs,
            wait=options.wait,
            known=fetched.contents,
        ),
        progress,
    )
    error = checked_out.error
    if not options.allow_missing:
        try:
            fetched.check()
        except DvcException as why:
            error = why
    return PullResult(fetched, checked_out, error)


def _both(done: CheckedOut, one: CheckedOut) -> CheckedOut:
    return CheckedOut(done.added + one.added, done.modified + one.modified, done.deleted + one.deleted, done.links, done.error or one.error)


def _check_out(project: Project, options: CheckoutOptions, progress: Progress) -> CheckedOut:
    """Check out the targets; one that names nothing inside its tracked folder is nothing to do, as for fetch."""
    try:
        return checkout(project, options, progress)
    except TargetNotFound:
        if not options.targets:
            raise
    done = CheckedOut()
    for target in options.targets:
        try:
            one = checkout(project, replace(options, targets=(target,)), progress)
        except TargetNotFound:
            continue
        done = _both(done, one)
    return done
