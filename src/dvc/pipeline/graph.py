"""Owns what depends on what: stages joined where one's dependency lies at, in or above another's output.

Pure. Orders are those of the given stages (the order of their files), never of a hash seed.
"""

import posixpath
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence

from dvc.exceptions import DvcException
from dvc.model.stage import PathDep, Stage
from dvc.values import dataclass


class CyclicPipeline(DvcException):
    code = "cycle"

    def __init__(self, addresses: Sequence[str]) -> None:
        chain = " -> ".join(f"'{a}'" for a in (*addresses, addresses[0]))
        super().__init__(
            f"the stages depend on each other in a circle: {chain}",
            hint="take one dependency or output out of the circle",
        )
        self.addresses = tuple(addresses)


@dataclass(frozen=True, slots=True)
class Graph:
    """Stages by address, each with the addresses it needs (`needs`) and that need it (`feeds`), in stable order."""

    stages: Mapping[str, Stage]
    needs: Mapping[str, tuple[str, ...]]
    feeds: Mapping[str, tuple[str, ...]]

    def upstream(self, starts: Iterable[str]) -> list[str]:
        """`starts` and all they need, producers first; those that do not depend on each other as `starts` names them."""
        return _postorder(starts, self.needs)

    def downstream(self, starts: Iterable[str]) -> list[str]:
        """`starts` and all that is made of them, producers first."""
        reached = _reached(starts, self.feeds)
        return [a for a in self.ordered() if a in reached]

    def pipelines(self, starts: Iterable[str]) -> list[str]:
        """Every stage connected with one of `starts`, producers first."""
        both = {a: (*self.needs[a], *self.feeds[a]) for a in self.stages}
        reached = _reached(starts, both)
        return [a for a in self.ordered() if a in reached]

    def ordered(self) -> list[str]:
        return _postorder(self.stages, self.needs)

    def components(self) -> list[list[str]]:
        """The connected parts, each in order of the stages, by their first stage."""
        both = {a: (*self.needs[a], *self.feeds[a]) for a in self.stages}
        seen: set[str] = set()
        parts = []
        for address in self.stages:
            if address not in seen:
                part = _reached([address], both)
                seen |= part
                parts.append([a for a in self.stages if a in part])
        return parts


def build(stages: Iterable[Stage], *, for_running: bool = False) -> Graph:
    """The graph of `stages`. Raises CyclicPipeline where stages feed each other in a circle.

    `for_running`: a frozen stage needs nothing, as it will not run.
    """
    by_address = {stage.address: stage for stage in stages}
    makers = Makers(by_address.values())
    needs = {
        address: tuple(dict.fromkeys(maker for dep in dep_paths(stage) for maker in makers.of(dep)))
        for address, stage in by_address.items()
    }
    feeds: dict[str, list[str]] = {address: [] for address in by_address}
    for address, sources in needs.items():
        for source in sources:
            feeds[source].append(address)
    circle = _circle(needs)
    if circle:
        raise CyclicPipeline(circle)
    if for_running:
        needs.update({address: () for address, stage in by_address.items() if stage.frozen})
    return Graph(by_address, needs, {a: tuple(f) for a, f in feeds.items()})


def dep_paths(stage: Stage) -> list[str]:
    """Where a stage's dependencies on paths lie, relative to the root. A frozen stage depends on nothing but still is wired."""
    return [stage.locate(dep.path) for dep in stage.deps if isinstance(dep, PathDep)]


def out_paths(stage: Stage) -> list[str]:
    return [stage.locate(out.path) for out in stage.outs]


class Makers:
    """Which stages make what lies at, above or below a path."""

    def __init__(self, stages: Iterable[Stage]) -> None:
        self._by_path: dict[str, list[str]] = {}
        for stage in stages:
            for path in out_paths(stage):
                self._by_path.setdefault(path, []).append(stage.address)
        self._paths = sorted(self._by_path)

    def of(self, path: str) -> list[str]:
        """Addresses, those of outputs above `path` (or at it) first, then those below it, sorted by output."""
        found: list[str] = []
        above = path
        while True:
            found.extend(self._by_path.get(above, ()))
            parent = posixpath.dirname(above)
            if parent == above or "://" in above:
                break
            above = parent
        prefix = path.rstrip("/") + "/" if path != "." else ""
        for index in range(bisect_left(self._paths, prefix), len(self._paths)):
            if not self._paths[index].startswith(prefix):
                break
            if self._paths[index] != path:
                found.extend(self._by_path[self._paths[index]])
        return found


def _reached(starts: Iterable[str], edges: Mapping[str, Sequence[str]]) -> set[str]:
    reached = set(starts)
    waiting = list(reached)
    while waiting:
        for other in edges[waiting.pop()]:
            if other not in reached:
                reached.add(other)
                waiting.append(other)
    return reached


def _postorder(starts: Iterable[str], needs: Mapping[str, Sequence[str]]) -> list[str]:
    """Depth first, producers before consumers; without recursion: pipelines can be thousands of stages long."""
    done: dict[str, None] = {}
    entered: set[str] = set()
    for start in starts:
        stack = [(start, iter(needs[start]))]
        entered.add(start)
        while stack:
            address, rest = stack[-1]
            following = next((n for n in rest if n not in entered), None)
            if following is None:
                done.setdefault(address)
                stack.pop()
            else:
                entered.add(following)
                stack.append((following, iter(needs[following])))
    return list(done)


def _circle(needs: Mapping[str, Sequence[str]]) -> list[str] | None:
    """Some circle, in the direction of the data, or None."""
    done: set[str] = set()
    for start in needs:
        path: dict[str, None] = {}
        stack = [(start, iter(needs[start]))]
        if start in done:
            continue
        path[start] = None
        while stack:
            address, rest = stack[-1]
            following = next((n for n in rest if n not in done), None)
            if following is None:
                done.add(address)
                path.pop(address)
                stack.pop()
            elif following in path:
                chain = list(path)
                return chain[chain.index(following) :][::-1]
            else:
                path[following] = None
                stack.append((following, iter(needs[following])))
    return None
