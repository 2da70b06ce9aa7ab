"""Plots as the JSON that editors read (docs/formats/output.md)."""

from collections.abc import Mapping

from dvc.insight.plots.anchors import fill, split
from dvc.insight.plots.result import Chart, Image, Plots


def value(found: Plots, written: Mapping[int, str], *, split_: bool) -> dict[str, object]:
    """`written`: where each image went, by its `id`. Keys with nothing in them are left out."""
    problems = [problem.value() for problem in found.problems]
    data = {name: [_part(part, written, split_=split_) for part in parts] for name, parts in found.plots.items()}
    return {key: part for key, part in (("errors", problems), ("data", data)) if part}


def _part(part: Chart | Image, written: Mapping[int, str], *, split_: bool) -> dict[str, object]:
    if isinstance(part, Image):
        return {"type": "image", "revisions": [part.revision], "url": written[id(part)]}
    made: dict[str, object] = {"type": "vega", "revisions": list(part.revisions)}
    if not split_:
        return {**made, "content": fill(part.template, part.series)}
    content, definitions = split(part.template, part.series)
    return {**made, "content": content, "anchor_definitions": definitions}
