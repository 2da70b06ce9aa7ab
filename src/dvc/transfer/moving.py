"""Moving and removing objects, whatever kind of place they are in: the engine's business between two folders of this machine."""

import os
import tempfile

from dvc import engine
from dvc.engine.contract import Digests, Moved, Problem
from dvc.model.hashes import MD5
from dvc.storage.contract import StorageProblem
from dvc.storage.one_by_one import each
from dvc.transfer.arriving import download, problem
from dvc.transfer.departing import upload
from dvc.transfer.shelf import Shelf, object_path, shown
from dvc.transfer.tally import Tally


def move(
    source: Shelf,
    target: Shelf,
    names: Digests,
    *,
    verify: bool,
    jobs: int = 0,
    dir_mode: int = 0o777,
    notes: str = "",
    tally: Tally | None = None,
) -> Moved:
    """Copy objects, as the engine's `copy` has it. What comes from behind a URL is always verified.

    AccessDenied ends it at once: the other objects would fare no better. `notes`: a folder where it may be kept how far an upload came.
    """
    tally = tally or Tally()
    if target.storage is not None:
        if source.storage is not None:
            return _across(source, target, names, jobs, notes, tally)
        return upload(source, target, names, jobs=jobs, notes=notes, tally=tally)
    if source.storage is not None:
        if source.algorithm != MD5:
            return _through(source, target, names, jobs, dir_mode, tally)
        return download(source, target.folder, names, jobs=jobs, dir_mode=dir_mode, tally=tally)
    return engine.copy(
        source.folder,
        target.folder,
        names,
        algorithm=source.algorithm,
        verify=verify,
        jobs=jobs,
        dir_mode=dir_mode,
        counters=tally.counters,
    )


def _through(source: Shelf, target: Shelf, names: Digests, jobs: int, dir_mode: int, tally: Tally) -> Moved:
    """By way of a folder beside the target: only the engine can tell whether an object of DVC 2 is right."""
    assert source.storage is not None
    storage = source.storage
    problems: list[Problem] = []
    os.makedirs(target.folder, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.folder, prefix="tmp-") as work:

        def one(name: str) -> None:
            path = os.path.join(work, name[:2], name[2:])
            os.makedirs(os.path.dirname(path), exist_ok=True)
            try:
                with open(path, "xb") as file:
                    for piece in storage.chunks(object_path(source, name)):
                        file.write(piece)
                        tally.add(size=len(piece))
            except BaseException:
                os.unlink(path)
                raise

        def take(name: str, answer: StorageProblem | OSError | None) -> None:
            if answer is not None:
                problems.append(problem(shown(source, name), answer))
            tally.add(files=1)

        each(list(names), one, jobs or storage.capabilities.jobs, take)
        here = names & engine.objects(work)
        placed = engine.copy(work, target.folder, here, algorithm=source.algorithm, verify=True, jobs=jobs, dir_mode=dir_mode)
    return Moved(placed.count, placed.size, [*problems, *placed.problems])


def _across(source: Shelf, target: Shelf, names: Digests, jobs: int, notes: str, tally: Tally) -> Moved:
    """From one storage to another, by way of this machine."""
    with tempfile.TemporaryDirectory(prefix="dvc-across-") as work:
        here = Shelf(work, source.algorithm)
        came = move(source, here, names, verify=True, jobs=jobs, tally=tally)
        sent = move(here, target, names & engine.objects(work), verify=False, jobs=jobs, notes=notes, tally=tally)
    return Moved(sent.count, sent.size, [*came.problems, *sent.problems])


def remove(on: Shelf, names: Digests, *, jobs: int = 0, tally: Tally | None = None) -> Moved:
    """Delete objects; absent ones are passed over."""
    tally = tally or Tally()
    if on.storage is None:
        return engine.remove(on.folder, names, counters=tally.counters)
    by_path = {object_path(on, name): name for name in names}
    problems: list[Problem] = []

    def take(path: str, answer: StorageProblem | OSError | None) -> None:
        if answer is not None:
            problems.append(problem(shown(on, by_path[path]), answer))
        tally.add(files=1)

    on.storage.remove_all(list(by_path), jobs or on.storage.capabilities.jobs, take)
    return Moved(len(by_path) - len(problems), 0, problems)
