"""The values of a checkout: what is wanted, what would be done for each output, what came of it. Frozen, no I/O."""

from collections.abc import Mapping
from typing import Literal

from dvc.engine.contract import Listing, Manifest, Problem
from dvc.model.hashes import MD5, Algorithm
from dvc.model.stage import Content
from dvc.values import dataclass, field
from dvc.workspace.survey import Survey

Action = Literal["added", "modified", "deleted", "relinked", "unchanged", "missing"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """An output as recorded, relative to the root. `inner`: only this path inside it. `content` None: it should not be there."""

    path: str
    content: Content | None
    inner: str | None = None


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file output; all are placed together, below the project's root. `clear`: a folder's rows that go first;
    `unlink`: a dangling link or the like that goes first. `chmod`: the file stays and becomes executable."""

    wanted: Wanted
    action: Action
    digest: str | None = None
    executable: bool = False
    clear: Listing | None = None
    unlink: bool = False
    chmod: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """Objects to place below a folder, and the rows that they may replace."""

    place: Manifest
    over: Listing


@dataclass(frozen=True, slots=True)
class FolderChange:
    """A folder output, or a part of one. Paths are relative to the folder `root`.

    What goes: `blocker`, the row (relative to the project's root) of a file that stands where the folder must be, or
    with `unlink` something else there; `discard`; `clear` (empty folders, links to nothing). Then each batch is placed.
    """

    wanted: Wanted
    action: Action
    root: str
    batches: tuple[Batch, ...] = ()
    discard: tuple[Listing, ...] = ()
    clear: tuple[str, ...] = ()
    blocker: Listing | None = None
    unlink: bool = False


@dataclass(frozen=True, slots=True)
class Removal:
    """An output that the project no longer has, and whose bytes are all in the cache. `root`: what the rows are relative to."""

    wanted: Wanted
    root: str
    discard: Listing
    folder: bool
    action: Action = "deleted"


Change = FileChange | FolderChange | Removal


@dataclass(frozen=True, slots=True)
class CheckoutPlan:
    """What a checkout will do. `absent`: outputs left as they are, with the names of the objects that are missing.
    `unsaved`: workspace paths that would be replaced or removed though their bytes are in no cache."""

    changes: tuple[Change, ...]
    survey: Survey
    absent: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unsaved: tuple[str, ...] = ()

    @property
    def work(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.action not in {"unchanged", "missing"})


@dataclass(frozen=True, slots=True)
class CheckoutResult:
    """Outputs by what happened to them, the link types used, and what failed, by path relative to the root."""

    added: tuple[str, ...] = ()
    modified: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    absent: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    links: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def algorithm_of(wanted: Wanted) -> Algorithm:
    return wanted.content.algorithm if wanted.content is not None else MD5
