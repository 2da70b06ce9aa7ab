"""Draws an acyclic graph in characters: layers from top to bottom, boxes, and lines that keep out of the boxes' way.

The usual steps of layered drawing: every node goes one layer below its lowest producer, edges that cross layers get a
bend in each, nodes are moved within their layer towards their neighbours, and edges run in lanes between the layers.
"""

from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

from dvc.values import dataclass, field

_GAP = 3  # blanks between boxes
_SWEEPS = 8


@dataclass(slots=True, eq=False)
class _Node:
    """A box around the lines of its label, or (label None) the place where a long edge passes a layer."""

    label: str | None
    layer: int
    above: "list[_Node]" = field(default_factory=list)
    below: "list[_Node]" = field(default_factory=list)
    middle: int = 0
    at: int = 0  # its place in its layer, from the left

    @property
    def width(self) -> int:
        return 1 if self.label is None else max(map(len, self.lines)) + 4

    @property
    def lines(self) -> list[str]:
        return [] if self.label is None else self.label.split("\n")


def draw(feeds: Mapping[str, Sequence[str]]) -> str:
    """The graph as lines of text without trailing blanks. `feeds` names each node's consumers; no circles."""
    layers = _layers(feeds)
    _order(layers)
    _place(layers)
    rows: list[str] = []
    for number, layer in enumerate(layers):
        rows += _boxes(layer)
        if number + 1 < len(layers):
            rows += _lanes(layer)
    return "\n".join(row.rstrip() for row in rows)


class Measure(NamedTuple):
    """What a drawing takes: `columns` at least, `crowd` edges side by side at most, and `edges` between neighbouring layers in all."""

    columns: int
    crowd: int
    edges: int


def measure(feeds: Mapping[str, Sequence[str]]) -> Measure:
    """Quick for any graph."""
    depth = _depths(feeds)
    levels = max(depth.values(), default=0) + 1
    columns = [0] * levels
    passing = [0] * (levels + 1)  # by how many more edges pass below a level than below the one before
    for name, level in depth.items():
        columns[level] += _Node(name, level).width + _GAP
        for fed in feeds[name]:
            passing[level] += 1
            passing[depth[fed]] -= 1
    sums = list(accumulate(passing))
    return Measure(max(columns), max(sums), sum(sums))


def _depths(feeds: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """The layer of each node: one below its lowest producer."""
    depth: dict[str, int] = {}
    waiting = dict.fromkeys(feeds, 0)
    for fed in (f for all_fed in feeds.values() for f in all_fed):
        waiting[fed] += 1
    ready = [name for name, count in waiting.items() if not count]
    for name in ready:  # grows while it is walked
        depth.setdefault(name, 0)
        for fed in feeds[name]:
            depth[fed] = max(depth.get(fed, 0), depth[name] + 1)
            waiting[fed] -= 1
            if not waiting[fed]:
                ready.append(fed)
    return depth


def _layers(feeds: Mapping[str, Sequence[str]]) -> list[list[_Node]]:
    depth = _depths(feeds)
    nodes = {name: _Node(name, depth[name]) for name in feeds}
    layers: list[list[_Node]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for node in nodes.values():
        layers[node.layer].append(node)
    for name, all_fed in feeds.items():
        for fed in all_fed:
            upper = nodes[name]
            for level in range(upper.layer + 1, nodes[fed].layer):
                bend = _Node(None, level)
                layers[level].append(bend)
                _join(upper, bend)
                upper = bend
            _join(upper, nodes[fed])
    return layers


def _join(upper: _Node, lower: _Node) -> None:
    upper.below.append(lower)
    lower.above.append(upper)


def _order(layers: list[list[_Node]]) -> None:
    """Sort each layer by the mean place of its neighbours, downwards and upwards in turn: few crossings."""
    for layer in layers:
        _number(layer)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        for layer in layers if down else reversed(layers):

            def mean(node: _Node, down: bool = down) -> float:
                near = node.above if down else node.below
                return sum(other.at for other in near) / len(near) if near else node.at

            layer.sort(key=mean)
            _number(layer)


def _number(layer: list[_Node]) -> None:
    for at, node in enumerate(layer):
        node.at = at


def _place(layers: list[list[_Node]]) -> None:
    """Give every node its middle column: apart from its neighbours in the layer, near those it is joined with."""
    for layer in layers:
        left = 0
        for node in layer:
            node.middle = left + node.width // 2
            left += node.width + _GAP
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        for layer in layers if down else reversed(layers):
            _settle(layer, [_wish(node, node.above if down else node.below) for node in layer])
    shift = min((node.middle - node.width // 2 for layer in layers for node in layer), default=0)
    for layer in layers:
        for node in layer:
            node.middle -= shift


def _wish(node: _Node, near: Sequence[_Node]) -> int:
    return round(sum(other.middle for other in near) / len(near)) if near else node.middle


def _settle(layer: list[_Node], wishes: list[int]) -> None:
    """Nodes that wish for the same room share it: each such group moves as one to the mean of its wishes."""
    groups: list[tuple[float, int, list[_Node], list[int]]] = []  # (first middle, members, nodes, offsets)
    for node, wish in zip(layer, wishes, strict=True):
        groups.append((wish, 1, [node], [0]))
        while len(groups) > 1:
            (first, count, nodes, offsets), (second, more, others, theirs) = groups[-2], groups[-1]
            apart = offsets[-1] + _distance(nodes[-1], others[0])
            if second >= first + apart:
                break
            joined = (first * count + (second - apart) * more) / (count + more)
            groups[-2:] = [(joined, count + more, nodes + others, offsets + [apart + offset for offset in theirs])]
    for first, _, nodes, offsets in groups:
        for node, offset in zip(nodes, offsets, strict=True):
            node.middle = round(first) + offset
    for one, other in pairwise(layer):  # rounding may have taken a column
        other.middle = max(other.middle, one.middle + _distance(one, other))


def _distance(one: _Node, other: _Node) -> int:
    return (one.width - one.width // 2) + _GAP + other.width // 2


def _boxes(layer: list[_Node]) -> list[str]:
    rows = [_Row() for _ in range(2 + max((len(node.lines) for node in layer), default=1) or 1)]
    for node in layer:
        left = node.middle - node.width // 2
        inner = node.width - 4
        border = "+" + "-" * (node.width - 2) + "+"
        box = [border, *(f"| {line.ljust(inner)} |" for line in node.lines), border] if node.lines else []
        for row, text in zip(rows, box, strict=False):
            row.put(left, text)
        for row in rows[len(box) :] if node.below else ():  # down to where the higher boxes of the layer end
            row.put(node.middle, "|")
    return [row.text() for row in rows]


def _lanes(layer: list[_Node]) -> list[str]:
    """The edges from this layer to the next: straight down, or sideways in a lane of their own."""
    edges = [(upper.middle, lower.middle) for upper in layer for lower in upper.below]
    lanes: list[_Lane] = []
    turns: dict[tuple[int, int], int] = {}
    for edge in sorted((e for e in edges if e[0] != e[1]), key=lambda e: (abs(e[0] - e[1]), e)):
        number = next((n for n, lane in enumerate(lanes) if lane.has_room(edge)), len(lanes))
        if number == len(lanes):
            lanes.append(_Lane())
        lanes[number].add(edge)
        turns[edge] = 2 * number + 1
    rows = [_Row() for _ in range(2 * len(lanes) + 1)]
    for edge in edges:
        start, end = edge
        turn = turns.get(edge, len(rows))
        for number, row in enumerate(rows):
            if number == turn:
                row.line(min(start, end), max(start, end))
                row.corner(start)
                row.corner(end)
            else:
                row.put(start if number < turn else end, "|")
    return [row.text() for row in rows]


class _Lane:
    """Edges that run sideways in one line: those that meet there have an end in common."""

    def __init__(self) -> None:
        self._edges: list[tuple[int, int]] = []
        self._starts: set[int] = set()
        self._ends: set[int] = set()
        self._first = self._last = 0

    def has_room(self, edge: tuple[int, int]) -> bool:
        first, last = min(edge), max(edge)
        if last < self._first or self._last < first or self._starts == {edge[0]} or self._ends == {edge[1]}:
            return True
        return all(last < min(o) or max(o) < first or o[0] == edge[0] or o[1] == edge[1] for o in self._edges)

    def add(self, edge: tuple[int, int]) -> None:
        self._first = min(*edge, self._first) if self._edges else min(edge)
        self._last = max(*edge, self._last) if self._edges else max(edge)
        self._edges.append(edge)
        self._starts.add(edge[0])
        self._ends.add(edge[1])


class _Row:
    """One line of characters that is written to in any order."""

    def __init__(self) -> None:
        self._cells: dict[int, str] = {}

    def put(self, column: int, text: str) -> None:
        for at, char in enumerate(text, column):
            if self._cells.get(at) in {"-", "+"} and char == "|":
                char = "+" if self._cells[at] == "+" else "|"
            self._cells[at] = char

    def line(self, first: int, last: int) -> None:
        for column in range(first, last + 1):
            if column not in self._cells:
                self._cells[column] = "-"

    def corner(self, column: int) -> None:
        self._cells[column] = "+"

    def text(self) -> str:
        line = [" "] * (max(self._cells, default=-1) + 1)
        for column, char in self._cells.items():
            line[column] = char
        return "".join(line)
