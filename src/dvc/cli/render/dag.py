"""A graph as DOT, as Mermaid, or drawn in characters."""

from collections.abc import Iterable, Mapping
from textwrap import TextWrapper

from dvc.cli.render.layered import draw, measure

_HIGHEST = 10  # names below each other in one box, as long as there is room beside them
_SCREENS = 8  # how many times wider than the terminal a drawing may be
_CROWD = 100  # edges side by side that the eye cannot follow any more
_EDGES = 10_000

Feeds = Mapping[str, tuple[str, ...]]


def dot(feeds: Feeds) -> str:
    """DOT of Graphviz: nodes, then edges, in the order of the files."""
    lines = ["strict digraph {", *(f"{_quoted(name)};" for name in feeds)]
    lines += [f"{_quoted(name)} -> {_quoted(fed)};" for name, all_fed in feeds.items() for fed in all_fed]
    return "\n".join([*lines, "}", ""])


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def mermaid(feeds: Feeds) -> str:
    """Pipeline by pipeline, in the order of their first nodes; nodes and edges sorted within each."""
    lines = ["flowchart TD"]
    number = 0
    for part in components(feeds):
        ids = {}
        for name in sorted(part):
            number += 1
            ids[name] = f"node{number}"
            label = name.replace('"', "#quot;")
            lines.append(f'\t{ids[name]}["{label}"]')
        lines += [f"\t{ids[name]}-->{ids[fed]}" for name in sorted(part) for fed in sorted(feeds[name])]
    return "\n".join(lines)


def markdown(feeds: Feeds) -> str:
    return f"```mermaid\n{mermaid(feeds)}\n```"


def ascii_art(feeds: Feeds, columns: int = 0) -> str:
    """Boxes joined by lines, producers above consumers; pipelines below each other.

    Where a drawing does not fit into `columns`, nodes that have the same producers and the same consumers share a box. What is
    beyond drawing even so is listed: each node with its producers.
    """
    drawings = []
    for part in components(feeds):
        inside = {name: feeds[name] for name in part}
        drawing = draw(inside) if _is_drawable(inside, columns, screens=1) else None
        if drawing is None or (columns and max(map(len, drawing.split("\n"))) > columns):
            stacked = _stacked(inside, columns)
            drawing = draw(stacked) if _is_drawable(stacked, columns, screens=_SCREENS) else _listed(inside, columns)
        drawings.append(drawing)
    return "\n".join(drawings)


def _is_drawable(feeds: Feeds, columns: int, *, screens: int) -> bool:
    if not columns:
        return True
    takes = measure(feeds)
    return takes.columns <= columns * screens and takes.crowd <= _CROWD and takes.edges <= _EDGES


def _listed(feeds: Feeds, columns: int) -> str:
    """A line for all nodes that have the same producers: `NODES <- PRODUCERS`, producers of others before these."""
    producers: dict[str, list[str]] = {name: [] for name in feeds}
    for name, all_fed in feeds.items():
        for fed in all_fed:
            producers[fed].append(name)
    groups: dict[tuple[str, ...], list[str]] = {}
    for name in _sorted(feeds, producers):
        groups.setdefault(tuple(producers[name]), []).append(name)
    fill = TextWrapper(width=columns, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)
    lines = (", ".join(names) + (" <- " + ", ".join(needs) if needs else "") for needs, names in groups.items())
    return "\n".join(line for text in lines for line in fill.wrap(text))


def _sorted(feeds: Feeds, producers: Mapping[str, list[str]]) -> list[str]:
    waiting = {name: len(needs) for name, needs in producers.items()}
    ready = [name for name, count in waiting.items() if not count]
    for name in ready:  # grows while it is walked
        for fed in feeds[name]:
            waiting[fed] -= 1
            if not waiting[fed]:
                ready.append(fed)
    return ready


def _stacked(feeds: Feeds, columns: int) -> dict[str, tuple[str, ...]]:
    """The graph where each group of nodes with the same neighbours is one node, labelled with all their names."""
    producers: dict[str, list[str]] = {name: [] for name in feeds}
    for name, all_fed in feeds.items():
        for fed in all_fed:
            producers[fed].append(name)
    groups: dict[tuple[frozenset[str], frozenset[str]], list[str]] = {}
    for name, all_fed in feeds.items():
        groups.setdefault((frozenset(producers[name]), frozenset(all_fed)), []).append(name)
    labels = {name: label for names in groups.values() for label in [_label(names, columns)] for name in names}
    merged: dict[str, dict[str, None]] = {}
    for name, all_fed in feeds.items():
        merged.setdefault(labels[name], {}).update(dict.fromkeys(labels[fed] for fed in all_fed))
    return {label: tuple(fed) for label, fed in merged.items()}


def _label(names: list[str], columns: int) -> str:
    """The names below each other; many of them in columns beside each other, as `ls` has them."""
    width = max(map(len, names)) + 2
    across = max(1, min(columns // 2 // width, -(-len(names) // _HIGHEST)))
    down = -(-len(names) // across)
    return "\n".join("".join(name.ljust(width) for name in names[row::down]).rstrip() for row in range(down))


def components(feeds: Feeds) -> list[list[str]]:
    """The connected parts, in the order of their first nodes; their nodes in the order of `feeds`."""
    near: dict[str, set[str]] = {name: set(fed) for name, fed in feeds.items()}
    for name, all_fed in feeds.items():
        for fed in all_fed:
            near[fed].add(name)
    part_of: dict[str, int] = {}
    parts: list[list[str]] = []
    for name in feeds:
        if name not in part_of:
            _spread(name, len(parts), near, part_of)
            parts.append([])
        parts[part_of[name]].append(name)
    return parts


def _spread(name: str, number: int, near: Mapping[str, Iterable[str]], part_of: dict[str, int]) -> None:
    part_of[name] = number
    waiting = [name]
    while waiting:
        for other in near[waiting.pop()]:
            if other not in part_of:
                part_of[other] = number
                waiting.append(other)
