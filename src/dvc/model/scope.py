"""Which revisions a command is about. One type for gc, push, fetch, status, metrics and the like."""

from dvc.values import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """A selection of revisions; the empty one selects nothing but what the command adds itself.

    `num` goes with `revs`: that many commits back from each (negative: all). `date` is YYYY-MM-DD: commits since then.
    """

    workspace: bool = False
    revs: tuple[str, ...] = ()
    num: int = 1
    all_branches: bool = False
    all_tags: bool = False
    all_commits: bool = False
    all_experiments: bool = False
    date: str | None = None

    @property
    def empty(self) -> bool:
        return not (
            self.workspace or self.revs or self.all_branches or self.all_tags or self.all_commits or self.all_experiments or self.date
        )
