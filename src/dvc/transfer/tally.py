"""How far a transfer is: read by the display while threads and the engine count."""

import threading

from dvc import engine
from dvc.engine.contract import Counters


class Tally:
    """Objects and bytes that went. `counters` is for the engine's part of the work; the rest is told by `add`, from any thread."""

    def __init__(self, files: int = 0) -> None:
        """`files`: how many objects are to go."""
        self._of = files
        self.counters: Counters = engine.counters()
        self._guard = threading.Lock()
        self._files = self._bytes = self._expected = self._known = 0

    def add(self, files: int = 0, size: int = 0) -> None:
        with self._guard:
            self._files += files
            self._bytes += size

    def moved(self, size: int) -> None:
        """`size` more bytes; an upload that has to begin anew takes some back."""
        self.add(size=size)

    def expect(self, size: int, *, whole: bool = True) -> None:
        """So many bytes will have gone that were not known of before. `whole`: now all of an object's are known."""
        with self._guard:
            self._expected += size
            self._known += whole

    def read(self) -> tuple[int, int, int]:
        """(objects, bytes, bytes in all, or 0 while they are not known of every object)."""
        expected = self._expected if self._of and self._known >= self._of else 0
        return self._files + self.counters.files, self._bytes + self.counters.bytes, expected
