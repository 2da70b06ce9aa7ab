"""Carries out a CheckoutPlan: what goes is removed, what comes is placed, the index learns the rest. It decides nothing."""

import contextlib
import os
import time
from collections import Counter
from collections.abc import Iterable

from dvc import engine
from dvc.engine.contract import Counters, Listing, Manifest, Placed, Problem, Update
from dvc.model.hashes import Algorithm
from dvc.progress import NullProgress, Progress
from dvc.store.objects import Store
from dvc.workspace.changes import CheckoutPlan, CheckoutResult, FileChange, FolderChange, Removal, algorithm_of
from dvc.workspace.site import Site
from dvc.workspace.survey import absolute, new_clock, save_index

# A file placed within the clock's grain of the index's own time is not trusted later on; so let that moment pass.
GRAIN_SECONDS = 0.022
OWNER_EXECUTES = 0o100


def apply(plan: CheckoutPlan, site: Site, store: Store, *, jobs: int = 0, progress: Progress | None = None) -> CheckoutResult:
    """Do what the plan says. A path that cannot be done is among the result's problems; the others are done."""
    work = plan.work
    run = _Run(site, store, jobs, progress or NullProgress())
    for change in work:
        run.clear(change)
    run.files([change for change in work if isinstance(change, FileChange)], plan)
    for change in work:
        if isinstance(change, FolderChange):
            run.folder(change)
    run.remember()
    failed = {problem.path for problem in run.problems}
    done = {
        action: tuple(c.wanted.path for c in work if c.action == action and c.wanted.path not in failed)
        for action in ("added", "modified", "deleted")
    }
    return CheckoutResult(done["added"], done["modified"], done["deleted"], plan.absent, dict(run.links), tuple(run.problems))


class _Run:
    def __init__(self, site: Site, store: Store, jobs: int, progress: Progress) -> None:
        self.site = site
        self.store = store
        self.jobs = jobs
        self.progress = progress
        self.problems: list[Problem] = []
        self.links: Counter[str] = Counter()
        self.updates: list[tuple[str, Listing, Algorithm]] = []

    # --- what goes

    def clear(self, change: FileChange | FolderChange | Removal) -> None:
        path = absolute(self.site, change.wanted.path)
        if isinstance(change, Removal):
            self._discard(change.root, change.discard, "" if not change.folder else change.wanted.path)
            if change.folder:
                remove_empty(path)
        elif isinstance(change, FileChange):
            if change.clear is not None:
                self._discard(path, change.clear, change.wanted.path)
                remove_empty(path)
            elif change.unlink:
                _unlink(path)
            elif change.chmod:
                with contextlib.suppress(OSError):
                    os.chmod(path, os.stat(path).st_mode | OWNER_EXECUTES)
        else:
            self._clear_folder(change, path)

    def _clear_folder(self, change: FolderChange, path: str) -> None:
        if change.blocker is not None:
            self._discard(self.site.root, change.blocker, "")
        elif change.unlink:
            _unlink(path)
        for listing in change.discard:
            self._discard(change.root, listing, change.wanted.path)
        for inner in change.clear:
            blocked = os.path.join(change.root, inner)
            if os.path.isdir(blocked) and not os.path.islink(blocked):
                remove_empty(blocked)
            else:
                _unlink(blocked)

    def _discard(self, root: str, listing: Listing, prefix: str) -> None:
        if len(listing):
            moved = engine.discard(root, listing)
            self._note(moved.problems, prefix)

    # --- what comes

    def files(self, changes: list[FileChange], plan: CheckoutPlan) -> None:
        coming = [change for change in changes if change.digest is not None]
        for algorithm in sorted({algorithm_of(change.wanted) for change in coming}):
            for executable in (False, True):
                pairs = [
                    (change.wanted.path, change.digest)
                    for change in coming
                    if change.digest and change.executable == executable and algorithm_of(change.wanted) == algorithm
                ]
                if pairs:
                    over = plan.survey.files(algorithm)
                    placed = self._place(self.site.root, engine.manifest(pairs), over, algorithm, executable=executable)
                    self._keep(placed, "", algorithm)

    def folder(self, change: FolderChange) -> None:
        algorithm = algorithm_of(change.wanted)
        with contextlib.suppress(OSError):  # an empty folder is there, too; where it cannot be made, placing says why
            os.makedirs(change.root, exist_ok=True)
        for batch in change.batches:
            if len(batch.place):
                self._keep(self._place(change.root, batch.place, batch.over, algorithm), change.wanted.path, algorithm)

    def _place(self, root: str, manifest: Manifest, over: Listing, algorithm: Algorithm, *, executable: bool = False) -> Placed:
        counters: Counters = engine.counters()
        with self.progress.task("Checking out", files=len(manifest)) as task:
            task.watch(lambda: (counters.files, counters.bytes))
            return engine.place(
                root,
                manifest,
                self.store.folder(algorithm),
                links=self.store.links,
                temp=self.site.temp,
                over=over,
                executable=executable,
                algorithm=algorithm,
                jobs=self.jobs,
                counters=counters,
            )

    def _keep(self, placed: Placed, prefix: str, algorithm: Algorithm) -> None:
        self.links.update(placed.links)
        self._note(placed.problems, prefix)
        self.updates.append((prefix, placed.listing, algorithm))

    def _note(self, problems: list[Problem], prefix: str) -> None:
        for problem in problems:
            path = f"{prefix}/{problem.path}" if prefix and problem.path else prefix or problem.path
            self.problems.append(problem._replace(path=path))

    def remember(self) -> None:
        """Save the index, so that the next look at what was placed need not read it."""
        if not any(len(listing) for _, listing, _ in self.updates):
            return
        pause(link for link, count in self.links.items() if count)
        clock = new_clock(self.site)
        updates = [Update(prefix, listing, clock, algorithm, whole=False) for prefix, listing, algorithm in self.updates]
        save_index(self.site, engine.load_index(self.site.index_path), updates)


def pause(links: Iterable[str]) -> None:
    """Let the clock leave the moment in which files were made; links have the time of their object."""
    if not {"copy", "reflink"}.isdisjoint(links):
        time.sleep(GRAIN_SECONDS)


def remove_empty(folder: str) -> None:
    """Remove the folder and those below it, as far as they are empty."""
    for path, _, _ in os.walk(folder, topdown=False):
        with contextlib.suppress(OSError):
            os.rmdir(path)


def _unlink(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
