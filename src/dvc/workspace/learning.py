"""What a long command learns of files' contents, kept until writing it into the index pays: the index is always written whole."""

from collections.abc import Sequence

from dvc import engine
from dvc.engine.contract import Update
from dvc.workspace.site import Site
from dvc.workspace.survey import save_index

# What may be hashed again because the index does not know it yet: less than writing the index takes.
_BYTES = 16 << 20
_FILES = 2000


class Learning:
    """Called with what was learned (a `survey.Learn`). Whoever makes one calls `flush` at the end."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._updates: list[Update] = []
        self._bytes = 0
        self._files = 0

    def __call__(self, updates: Sequence[Update]) -> None:
        self._updates += updates
        self._bytes += sum(update.listing.size for update in updates)
        self._files += sum(len(update.listing) for update in updates)
        if self._bytes > _BYTES or self._files > _FILES:
            self.flush()

    def flush(self) -> None:
        """Write it into the index. Where that fails nothing is lost but time."""
        if self._updates:
            save_index(self._site, engine.load_index(self._site.index_path), self._updates)
        self._updates, self._bytes, self._files = [], 0, 0


def is_much(size: int, count: int) -> bool:
    """Whether hashing so much again costs more than waiting until the clock has left the moment in which files were made."""
    return size > _BYTES or count > _FILES
