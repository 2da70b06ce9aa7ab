"""A graph as DOT, as Mermaid, or drawn in characters."""

from collections.abc import Mapping

from dvc.cli.render.layered import draw

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


def ascii_art(feeds: Feeds) -> str:
    """Boxes joined by lines, producers above consumers; pipelines below each other."""
    return "\n".join(draw({name: feeds[name] for name in feeds if name in part}) for part in components(feeds))


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
