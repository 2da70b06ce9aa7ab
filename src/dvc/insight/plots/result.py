"""What collecting plots comes to: frozen values that JSON, pages and pictures are made from."""

from collections.abc import Mapping

from dvc.insight.plots.series import Series
from dvc.values import dataclass, field


@dataclass(frozen=True, slots=True)
class Chart:
    """A plot of data over all revisions that have it. `template` is parsed JSON with DVC's anchors in it.

    `numeric`: the columns that it draws as numbers.
    """

    series: Series
    template: object
    numeric: frozenset[str] = frozenset()

    @property
    def revisions(self) -> tuple[str, ...]:
        return self.series.revisions


@dataclass(frozen=True, slots=True)
class Image:
    """An image at one revision. `path` is as the user sees it; `fake`: its bytes are no image of that kind."""

    revision: str
    path: str
    data: bytes
    fake: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """Why something could not be drawn. `name`: the plot, `source`: the file; `type` as the JSON output names it."""

    rev: str
    type: str
    msg: str
    name: str | None = None
    source: str | None = None

    def value(self) -> dict[str, str]:
        """As the JSON output has it."""
        found = {"name": self.name, "rev": self.rev, "source": self.source, "type": self.type, "msg": self.msg}
        return {key: value for key, value in found.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Plots:
    """`plots` by name; one that could not be drawn is empty.

    `notes` are worth a word, but no errors to DVC; `broken` says which templates are missing or cannot be used.
    """

    revisions: tuple[str, ...]
    plots: Mapping[str, tuple[Chart | Image, ...]]
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    broken: tuple[str, ...] = field(default=())

    @property
    def drawn(self) -> dict[str, tuple[Chart | Image, ...]]:
        return {name: parts for name, parts in self.plots.items() if parts}
