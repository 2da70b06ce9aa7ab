"""Plots as one picture, drawn without a browser: SVG, and PNG made from it. Needs the extra `plots`."""

import re
from html import escape
from typing import Any

from dvc.exceptions import DvcException
from dvc.insight.plots import images
from dvc.insight.plots.anchors import fill
from dvc.insight.plots.facets import in_order
from dvc.insight.plots.result import Chart, Image, Plots
from dvc.insight.plots.web import colours, data

_GAP = 24
_ACROSS = 1100
_IMAGE = 300
_VEGA_LITE = "5.21"
_FONT = 'font-family="sans-serif" font-size="13"'


class PictureProblem(DvcException):
    """A picture cannot be drawn."""

    code = "plot-picture"


def svg(found: Plots) -> str:
    """All plots in one SVG, left to right and then down. Raises PictureProblem."""
    palette = colours(found)
    drawn = ((name, part) for name, parts in found.drawn.items() for part in parts)
    return _laid_out([_tile(_chart_svg(name, part, palette)) if isinstance(part, Chart) else _image(name, part) for name, part in drawn])


def png(text: str) -> bytes:
    """The SVG at twice its size, for sharp screens."""
    drawn: bytes = _library().svg_to_png(text, scale=2)
    return drawn


def _library() -> Any:
    try:
        import vl_convert
    except ImportError:
        raise PictureProblem(
            "drawing SVG and PNG files needs the package vl-convert-python",
            hint="pip install 'cairn-dvc[plots]', or leave out -o for a page",
        ) from None
    return vl_convert


def _chart_svg(name: str, chart: Chart, palette: dict[str, str]) -> str:
    spec = in_order(fill(chart.template, chart.series, colours=palette, data=data(chart)), chart.series)
    try:
        drawn: str = _library().vegalite_to_svg(spec, vl_version=_VEGA_LITE)
    except ValueError as error:
        raise PictureProblem(f"'{name}' cannot be drawn: {str(error).splitlines()[0]}") from None
    return drawn


def _tile(text: str) -> tuple[str, float, float]:
    """An SVG to be put into another, with its width and height."""
    # The renderer writes both.
    width, height = (float(re.search(rf'<svg[^>]*?\b{side}="([0-9.]+)"', text)[1]) for side in ("width", "height"))  # type: ignore[index]
    return text, width, height


def _image(name: str, image: Image) -> tuple[str, float, float]:
    caption = f'<text x="0" y="15" {_FONT}>{escape(name)}, {escape(image.revision)}</text>'
    inner = (
        f'<text x="0" y="40" {_FONT}>is no image</text>'
        if image.fake
        else f'<image y="20" width="{_IMAGE}" height="{_IMAGE}" href="{images.address(image.data, image.path)}"/>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_IMAGE}" height="{_IMAGE + 20}">{caption}{inner}</svg>',
        float(_IMAGE),
        float(_IMAGE + 20),
    )


def _laid_out(tiles: list[tuple[str, float, float]]) -> str:
    placed: list[str] = []
    x = y = float(_GAP)
    row_height = width = 0.0
    for text, wide, high in tiles:
        if x > _GAP and x + wide > _ACROSS:
            x, y, row_height = float(_GAP), y + row_height + _GAP, 0.0
        placed.append(re.sub(r"<svg", f'<svg x="{x:g}" y="{y:g}"', text, count=1))
        x += wide + _GAP
        row_height, width = max(row_height, high), max(width, x)
    height = y + row_height + _GAP
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}">'
        f'<rect width="100%" height="100%" fill="white"/>{"".join(placed)}</svg>\n'
    )
