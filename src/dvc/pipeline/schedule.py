"""Decides which stage of a run comes next when several may run at once. Pure: told what happened, it knows what may happen."""

from bisect import insort
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType


class Schedule:
    """`order` is that of a run with one stage at a time, producers first; `needs` may name stages that are not part of it.

    A stage is ready when all it needs is done. Stages are handed out in `order`, as far as they are ready; of those that share one
    of their `groups`, one at a time.
    """

    def __init__(
        self, order: Sequence[str], needs: Mapping[str, Iterable[str]], groups: Mapping[str, frozenset[str]] = MappingProxyType({})
    ) -> None:
        chosen = set(order)
        self._needs = {address: [need for need in needs[address] if need in chosen] for address in order}
        self._open = {address: len(found) for address, found in self._needs.items()}
        self._feeds: dict[str, list[str]] = {address: [] for address in order}
        for address, found in self._needs.items():
            for need in found:
                self._feeds[need].append(address)
        self._rank = {address: rank for rank, address in enumerate(order)}
        self._ready = [-self._rank[address] for address in order if not self._open[address]]
        self._ready.sort()  # the first in order last, to be popped
        self._order = order
        self._groups = groups
        self._busy: set[str] = set()  # groups of stages that were handed out and are not done
        self.left = len(order)

    def needs(self, address: str) -> Sequence[str]:
        """What it needs of the run."""
        return self._needs[address]

    def next(self) -> str | None:
        """Take the first stage that is ready; None where none is."""
        for at in reversed(range(len(self._ready))):
            address = self._order[-self._ready[at]]
            if self._busy.isdisjoint(self._groups.get(address, ())):
                del self._ready[at]
                self._busy.update(self._groups.get(address, ()))
                return address
        return None

    def put_back(self, address: str) -> None:
        """A stage that was taken cannot be begun yet."""
        self._busy.difference_update(self._groups.get(address, ()))
        self._insert(address)

    def done(self, address: str) -> None:
        """It was dealt with, or failed: what waits for it may be looked at."""
        self.left -= 1
        self._busy.difference_update(self._groups.get(address, ()))
        for other in self._feeds[address]:
            self._open[other] -= 1
            if not self._open[other]:
                self._insert(other)

    def _insert(self, address: str) -> None:
        insort(self._ready, -self._rank[address])
