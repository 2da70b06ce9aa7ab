"""Plots as one HTML page that needs nothing else: no network, no other file. Pure.

The libraries, the style and the code in `page/` are put into it, data as JSON and images as `data:` addresses.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from html import escape

from dvc.insight.plots import images, shipped
from dvc.insight.plots.anchors import DATA, PALETTE, SIZE, fill, rows
from dvc.insight.plots.facets import in_order
from dvc.insight.plots.numbers import cleaned
from dvc.insight.plots.points import suffix
from dvc.insight.plots.result import Chart, Image, Plots

SCRIPTS, DIVS, REFRESH = "{scripts}", "{plot_divs}", "{refresh_tag}"
_LIBRARIES = ("vega.min.js", "vega-lite.min.js", "vega-embed.min.js", "page.js")


def page(found: Plots, template: str | None = None) -> str:
    """The page; with `template`, the user's own one with everything put in. ValueError: it has no place for the plots."""
    text = _part("page.html") if template is None else template
    if DIVS not in text:
        raise ValueError(f"the page template has no {DIVS}")
    # In one go: what is put in may hold such a word itself.
    before, _, after = text.partition(DIVS)
    return _headed(before) + _body(found) + _headed(after)


def _headed(text: str) -> str:
    return _scripts().join(text.replace(REFRESH, "").split(SCRIPTS)) if SCRIPTS in text else text.replace(REFRESH, "")


def _scripts() -> str:
    libraries = "\n".join(f"<script>\n{_part(name)}\n</script>" for name in _LIBRARIES)
    return f"<style>\n{_part('page.css')}</style>\n{libraries}"


def _part(name: str) -> str:
    return shipped.text(f"page/{name}")


def colours(found: Plots) -> dict[str, str]:
    """A colour for each revision, the same in every plot of the page."""
    return {rev: PALETTE[at % len(PALETTE)] for at, rev in enumerate(found.revisions)}


def _body(found: Plots) -> str:
    palette = colours(found)
    charts = [part for parts in found.drawn.values() for part in parts if isinstance(part, Chart)]
    data = {"place": DATA, "size": SIZE, "charts": [_chart(chart, palette) for chart in charts]}
    lines = ['<div class="cairn-plots">', *_header(found, palette), *_notes(found), "<main>"]
    at = 0
    for name, parts in found.drawn.items():
        shots = [part for part in parts if isinstance(part, Image)]
        if shots:
            lines += _images(name, shots, palette)
        else:
            label = escape(name, quote=True)
            lines.append(f'<section data-name="{label}" aria-label="{label}"><div class="chart" data-chart="{at}"></div></section>')
            at += 1
    lines += ["</main>", '<dialog><p></p><div class="stage"><img alt=""></div></dialog>', "</div>"]
    return "\n".join(lines) + f'\n<script type="application/json" id="cairn-data">{_json(data)}</script>'


def _header(found: Plots, palette: Mapping[str, str]) -> Iterator[str]:
    yield "<header>"
    for rev in found.revisions:
        name = escape(rev, quote=True)
        yield f'<button type="button" aria-pressed="true" data-rev="{name}"><span class="dot" style="--dot: {palette[rev]}"></span>{name}</button>'
    if len(found.drawn) > 3:
        yield '<input type="search" placeholder="Find a plot" aria-label="Find a plot">'
    yield "</header>"


def _notes(found: Plots) -> Iterator[str]:
    said = [*found.notes, *found.broken, *(f"'{one.name or 'plots'}' of '{one.rev}': {one.msg}" for one in found.problems)]
    if said:
        yield '<ul class="notes">' + "".join(f"<li>{escape(text)}</li>" for text in said) + "</ul>"


def _images(name: str, shots: list[Image], palette: Mapping[str, str]) -> Iterator[str]:
    label = escape(name, quote=True)
    yield f'<section class="wide" data-name="{label}"><h2>{label}</h2><div class="images">'
    for shot in shots:
        rev = escape(shot.revision, quote=True)
        caption = f'<figcaption><span class="dot" style="--dot: {palette[shot.revision]}"></span>{rev}</figcaption>'
        inner = (
            f"<p>This is no {suffix(shot.path)[1:].upper()} image.</p>"
            if shot.fake
            else f'<button type="button"><img alt="{label}, {rev}" src="{images.address(shot.data, shot.path)}"></button>'
        )
        yield f'<figure data-rev="{rev}">{inner}{caption}</figure>'
    yield "</div></section>"


def _chart(chart: Chart, palette: Mapping[str, str]) -> dict[str, object]:
    """A spec with its data's place left open, and the data beside it."""
    spec = in_order(fill(chart.template, chart.series, colours=palette, data=DATA), chart.series)
    return {"spec": spec, "revisions": chart.revisions, "rows": data(chart)}


def data(chart: Chart) -> list[dict[str, object]]:
    """The rows that are drawn."""
    return cleaned(rows(chart.template, chart.series), chart.numeric)


def _json(value: object) -> str:
    """JSON that cannot end the element that it stands in. It has no NaN and no infinity; a null stands for them."""
    try:
        text = json.dumps(value, separators=(",", ":"), default=str, allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(value), separators=(",", ":"), default=str)
    return text.replace("<", "\\u003c")


def _finite(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
