"""A growing file whose pieces have names: an entry of dvc.lock, a line of `.gitignore`. Owns where a new one is put.

New pieces of one run stand in the order of the run, whichever was finished first; what stood there before stays before them.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from dvc.project.growing import GrowingFile

Cut = Callable[[bytes | None], Sequence[tuple[str, bytes]] | None]
"""From a file's bytes (None: there is no file) to its pieces and their names; None where it cannot be cut."""


class Mark(NamedTuple):
    """How far the file went before the run: so many pieces, the last of this name."""

    length: int
    last: str


class OrderedFile:
    """`ranks` has the place of each name in the run; unknown names are never passed by a new piece."""

    def __init__(self, file: GrowingFile, cut: Cut, ranks: Mapping[str, int], since: Mark | None = None) -> None:
        self._file = file
        self._cut = cut
        self._ranks = ranks
        self._names: list[str] = []
        self._at: dict[str, int] = {}
        self._known: set[str] = set()
        self._since = since
        self._usual = True

    def refresh(self) -> bool:
        """Read the file if another has changed it; False where it cannot be cut into pieces."""
        if self._file.is_ours():
            return self._usual
        rows = self._cut(self._file.read())
        self._usual = rows is not None
        if rows is None:
            return False
        self._file.start([piece for _, piece in rows])
        self._names = [name for name, _ in rows]
        self._at = {name: at for at, name in enumerate(self._names)}
        self._known = {*self._names, *(name.strip() for name in self._names)}
        if self._since is None or not self._holds(self._since):
            self._since = self._mark()
        return True

    @property
    def cost(self) -> float:
        """Seconds that the last `save` took."""
        return self._file.cost

    def is_ours(self) -> bool:
        return self._file.is_ours()

    def mark(self) -> Mark:
        """What new pieces stay behind. Known after `refresh`."""
        return self._since or self._mark()

    def has(self, name: str) -> bool:
        """Whether there is a piece of that name, blanks around it aside."""
        return name in self._known

    def get(self, name: str) -> bytes | None:
        at = self._at.get(name)
        return None if at is None else self._file.pieces[at]

    def put(self, name: str, piece: bytes) -> None:
        at = self._at.get(name)
        if at is None:
            self._insert(self._place(name), name, piece)
        elif self._file.pieces[at] != piece:
            self._file.replace(at, piece)

    def end_line(self) -> None:
        """Give the last piece a line end, if it has none."""
        pieces = self._file.pieces
        if pieces and not pieces[-1].endswith(b"\n"):
            self._file.replace(len(pieces) - 1, pieces[-1] + b"\n")

    def save(self) -> bool:
        return self._file.save()

    def close(self) -> None:
        self._file.close()

    def _place(self, name: str) -> int:
        rank = self._ranks.get(name)
        at = len(self._names)
        if rank is not None and self._since is not None:
            while at > self._since.length and self._ranks.get(self._names[at - 1], -1) > rank:
                at -= 1
        return at

    def _insert(self, at: int, name: str, piece: bytes) -> None:
        self._file.insert(at, piece)
        self._names.insert(at, name)
        self._known.add(name)
        for index in range(at, len(self._names)):
            self._at[self._names[index]] = index

    def _mark(self) -> Mark:
        return Mark(len(self._names), self._names[-1] if self._names else "")

    def _holds(self, mark: Mark) -> bool:
        if not mark.length:
            return True
        return mark.length <= len(self._names) and self._names[mark.length - 1] == mark.last
