"""What has to move between two places with objects, as data. Sets in, a frozen plan out; never touches a file.

A `.dir` object moves after the files it names, and not at all while one of them is lacking: whoever finds a `.dir` object
may rely on its files (docs/formats/cache.md).
"""

from collections.abc import Mapping

from dvc import engine
from dvc.engine.contract import Digests
from dvc.model.hashes import Algorithm
from dvc.transfer.shelf import Shelf
from dvc.values import dataclass, field


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a command is about under one algorithm. `trees`: the `.dir` name, and those of its files that are wanted too.

    `files` holds all file objects, those of `trees` among them. `unread`: `.dir` names whose object nobody has.
    """

    algorithm: Algorithm
    files: Digests
    trees: Mapping[str, Digests] = field(default_factory=dict)
    unread: Digests | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """The part of a plan under one algorithm: copy `files`, then `trees`, from one shelf of objects to another.

    `lacking`: neither here nor there. `withheld`: `.dir` objects that stay behind because files of theirs are lacking.
    """

    algorithm: Algorithm
    source: Shelf
    target: Shelf
    files: Digests
    trees: Digests
    lacking: Digests
    withheld: Digests
    members: Mapping[str, Digests]


@dataclass(frozen=True, slots=True)
class TransferPlan:
    """`verify`: hash what is copied. `recheck`: what the target had and was wrong is among what moves."""

    steps: tuple[Step, ...]
    verify: bool
    recheck: bool = False

    @property
    def count(self) -> int:
        return sum(len(step.files) + len(step.trees) for step in self.steps)


def plan_step(wanted: Wanted, names: Digests, source: Shelf, target: Shelf, *, source_lacks: Digests, target_lacks: Digests) -> Step:
    """Decide for one algorithm. `names` is all that `wanted` names; the two `lacks` are parts of it."""
    moving = (names & target_lacks) - source_lacks
    lacking = names & target_lacks & source_lacks
    if wanted.unread is not None:
        lacking = lacking | wanted.unread
    absent = lacking.files()
    incomplete = [tree for tree, members in wanted.trees.items() if tree in moving and len(members & absent)] if len(absent) else []
    withheld = only(moving.trees(), incomplete)
    return Step(wanted.algorithm, source, target, moving.files(), moving.trees() - withheld, lacking, withheld, wanted.trees)


def only(names: Digests, chosen: list[str]) -> Digests:
    """Those of `names` that are `chosen`; the packed values have no other way in from Python."""
    return names & engine.digests(chosen)
