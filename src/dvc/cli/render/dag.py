"""A graph as DOT, as Mermaid, or drawn in characters."""

from collections.abc import Mapping

from dvc.cli.render.layered import draw

_HIGHEST = 10  # names below each other in one box, as long as there is room beside them

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

    Where a drawing does not fit into `columns`, nodes that have the same producers and the same consumers share a box.
    """
    drawings = []
    for part in components(feeds):
        inside = {name: feeds[name] for name in feeds if name in part}
        drawing = draw(inside)
        if columns and max(map(len, drawing.split("\n"))) > columns:
            drawing = draw(_stacked(inside, columns))
        drawings.append(drawing)
    return "\n".join(drawings)


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


def components(feeds: Feeds) -> list[set[str]]:
    """The connected parts, in the order of their first nodes."""
    near: dict[str, set[str]] = {name: set(fed) for name, fed in feeds.items()}
    for name, all_fed in feeds.items():
        for fed in all_fed:
            near[fed].add(name)
    seen: set[str] = set()
    parts = []
    for name in feeds:
        if name in seen:
            continue
        part, waiting = {name}, [name]
        while waiting:
            for other in near[waiting.pop()] - part:
                part.add(other)
                waiting.append(other)
        seen |= part
        parts.append(part)
    return parts
