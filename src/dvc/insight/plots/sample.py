"""What is drawn of large data: as many rows as a screen can tell apart, evenly spread, and a note that says so. Pure."""

from dvc.insight.plots.result import Chart, Image, Plots
from dvc.insight.plots.series import Part
from dvc.values import replace

ROWS = 20_000
"""Rows of one chart, over all of its revisions and series; smoothing more of them takes a browser many seconds."""
LEAST = 500
"""Rows that a series keeps however many there are."""


def sampled(found: Plots) -> Plots:
    """The plots as a page or a picture draws them. Programs get all rows (`--json`)."""
    notes: list[str] = []
    plots = {name: tuple(_sampled(name, part, notes) for part in parts) for name, parts in found.plots.items()}
    return replace(found, plots=plots, notes=(*found.notes, *notes)) if notes else found


def _sampled(name: str, part: Chart | Image, notes: list[str]) -> Chart | Image:
    # Where an axis is no number, rows are counted, and every one counts.
    if isinstance(part, Image) or not {part.series.x, part.series.y} <= part.numeric:
        return part
    parts = part.series.parts
    share = max(LEAST, ROWS // max(1, len(parts)))
    fewer = tuple(_thinned(one, share) for one in parts)
    total, drawn = (sum(len(one.rows) for one in some) for some in (parts, fewer))
    if drawn == total:
        return part
    notes.append(f"'{name}' has {total:,} rows: {drawn:,} of them, evenly spread, are drawn")
    return replace(part, series=replace(part.series, parts=fewer))


def _thinned(part: Part, share: int) -> Part:
    """With each n-th row, and the last one."""
    step = -(-len(part.rows) // share)
    if step <= 1:
        return part
    return replace(part, rows=[*part.rows[::step], *(part.rows[-1:] if (len(part.rows) - 1) % step else [])])
