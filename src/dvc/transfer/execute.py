"""Looking at both sides of a transfer, and copying. The engine does the work; this module keeps the order.

Order: file objects, then `.dir` objects whose files are all there, then the file system is asked to keep them.
"""

import os
from collections.abc import Sequence

from dvc import engine
from dvc.engine.contract import Digests, Manifest, Moved, Problem
from dvc.exceptions import EngineProblem
from dvc.model.hashes import Algorithm
from dvc.transfer.checking import unsound
from dvc.transfer.moving import move, remove
from dvc.transfer.plan import Step, TransferPlan, Wanted, only, plan_step
from dvc.transfer.shelf import Place, lacking, read, shelf, shown
from dvc.transfer.tally import Tally
from dvc.values import dataclass


@dataclass(frozen=True, slots=True)
class TransferResult:
    """`count` objects of `size` bytes came; `failed` are those wanted that are not at the target now."""

    count: int
    size: int
    failed: tuple[tuple[Algorithm, Digests], ...]
    problems: tuple[Problem, ...]


def prepare(
    wanted: Sequence[Wanted],
    source: Place,
    target: Place,
    *,
    verify: bool,
    vouching: bool = False,
    recheck: bool = False,
    quarantine: str | None,
    jobs: int = 0,
    tally: Tally | None = None,
) -> TransferPlan:
    """See what both sides have of `wanted` and decide. Objects that turn out wrong count as absent.

    `recheck`: the content of what the target has is looked at. `vouching`: the source is a remote, where a `.dir` object says that its files are there, so that they are not looked for.
    """
    steps = []
    for one in wanted:
        names = one.files | engine.digests(list(one.trees))
        there, here = shelf(target, one.algorithm), shelf(source, one.algorithm)
        like = here if here.storage is None else None
        target_lacks = unsound(there, names, quarantine, jobs, tally or Tally(), like=like, verify=recheck)
        if vouching:
            trees = lacking(here, target_lacks.trees(), quarantine, jobs)
            asked = target_lacks.files() - _vouched(one, target_lacks.trees() - trees)
            source_lacks = trees | lacking(here, asked, quarantine, jobs)
        else:
            source_lacks = lacking(here, target_lacks, quarantine, jobs)
        steps.append(plan_step(one, names, here, there, source_lacks=source_lacks, target_lacks=target_lacks))
    return TransferPlan(tuple(steps), verify, recheck)


def _vouched(wanted: Wanted, trees: Digests) -> Digests:
    found = engine.digests([])
    for name in trees:
        found = found | wanted.trees[name]
    return found


def apply(
    plan: TransferPlan, *, jobs: int = 0, dir_mode: int = 0o777, durable: bool = True, notes: str = "", tally: Tally | None = None
) -> TransferResult:
    """Carry out `plan`; `notes` as for `moving.move`. One object that cannot be copied does not stop the others; a full disk stops nothing silently."""
    count = size = 0
    failed, problems = [], []
    how = _How(plan.verify, jobs, dir_mode, notes, tally or Tally())
    for step in plan.steps:
        if plan.recheck and step.source.storage is None and step.target.storage is None:
            # Between folders an object that is there is left alone: the wrong ones make room first.
            remove(step.target, step.files | step.trees)
        moved = _copy(step, step.files, how)
        # Which objects failed is asked of the target itself: a problem's path is for people.
        stuck = lacking(step.target, step.files, None, jobs) if moved.problems else engine.digests([])
        for name in stuck if step.target.storage is None else ():  # as DVC leaves it: a folder for the object that did not come
            os.makedirs(os.path.join(step.target.folder, name[:2]), exist_ok=True)
        incomplete = [tree for tree, members in step.members.items() if tree in step.trees and len(members & stuck)] if len(stuck) else []
        withheld = only(step.trees, incomplete)
        trees = _copy(step, step.trees - withheld, how)
        if trees.problems:
            withheld = withheld | lacking(step.target, step.trees - withheld, None, jobs)
        if durable and (moved.count or trees.count) and step.target.storage is None:
            engine.sync(step.target.folder)
        count += moved.count + trees.count
        size += moved.size + trees.size
        problems += [*moved.problems, *trees.problems]
        failed.append((step.algorithm, step.lacking | step.withheld | stuck | withheld))
    return TransferResult(count, size, tuple((a, names) for a, names in failed if len(names)), tuple(problems))


@dataclass(frozen=True, slots=True)
class _How:
    """The options of `moving.move`."""

    verify: bool
    jobs: int
    dir_mode: int
    notes: str
    tally: Tally


def _copy(step: Step, names: Digests, how: _How) -> Moved:
    if not len(names):
        return Moved(0, 0, [])
    return move(step.source, step.target, names, verify=how.verify, jobs=how.jobs, dir_mode=how.dir_mode, notes=how.notes, tally=how.tally)


def read_tree(places: Sequence[Place], algorithm: Algorithm, name: str) -> Manifest | None:
    """The manifest of a `.dir` object from the first place that has it. EngineProblem where it is there but no use."""
    for place in places:
        on = shelf(place, algorithm)
        data = read(on, name)
        if data is None:
            continue
        try:
            return engine.parse_manifest(data)
        except ValueError as why:
            raise EngineProblem("corrupt", shown(on, name), str(why)) from None
    return None
