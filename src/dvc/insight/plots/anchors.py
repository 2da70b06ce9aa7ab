"""Puts a chart's data and words into a template, in the places that DVC's anchors mark. Pure.

An anchor that is a whole string is replaced by its value, whatever its type; inside of a longer string by its text.
"""

import re
from collections.abc import Mapping, Sequence

from dvc.insight.plots.series import Series

DATA = "<DVC_METRIC_DATA>"
SIZE = 300
_ANCHOR = re.compile("<DVC_METRIC_[A-Z_]+>")
PALETTE = ("#945dd6", "#13adc7", "#f46837", "#48bb78", "#4299e1", "#ed8936", "#f56565")
_DASHES = ([1, 0], [8, 8], [8, 4], [4, 4], [4, 2], [2, 1], [1, 1])
_SHAPES = ("circle", "square", "triangle", "diamond")
_LEGEND = {"symbolFillColor": "transparent", "symbolStrokeColor": "grey"}

# An editor that asks for --split fills these itself, in this order.
_SPLIT = ("COLOR", "ZOOM_AND_PAN", "PLOT_HEIGHT", "PLOT_WIDTH", "TOOLTIP", "STROKE_DASH", "SHAPE", "TITLE", "X_LABEL", "Y_LABEL", "DATA")
_ALWAYS_SPLIT = ("TITLE", "X_LABEL", "Y_LABEL", "DATA")
# A template with one of these tells series apart by one column; older ones find the columns `filename` and `field`.
_AWARE = (
    "COLOR", "ZOOM_AND_PAN", "PLOT_HEIGHT", "PLOT_WIDTH", "TOOLTIP", "STROKE_DASH", "SHAPE", "GROUP_BY", "GROUP_BY_X", "GROUP_BY_Y",
    "PIVOT_FIELD", "ROW", "COLUMN",
)  # fmt: skip


def anchor(name: str) -> str:
    return f"<DVC_METRIC_{name}>"


def holds(template: object, text: str) -> bool:
    """Whether `text` stands anywhere in a template."""
    if isinstance(template, str):
        return text in template
    if isinstance(template, Mapping):
        return any(holds(key, text) or holds(value, text) for key, value in template.items())
    return isinstance(template, list) and any(holds(item, text) for item in template)


def aware(template: object) -> bool:
    """Whether a template knows of the one column that tells series apart."""
    return any(holds(template, anchor(name)) for name in _AWARE)


def fill(template: object, series: Series, *, colours: Mapping[str, str] | None = None, data: object = None) -> object:
    """The template with everything in its place. `colours`: revision to colour; else they are dealt out in order.

    `data` stands where the rows go, instead of them: DATA leaves their place open.
    """
    return _replace(template, _values(template, series, colours, data))


def rows(template: object, series: Series) -> list[dict[str, object]]:
    """The data, with the columns that the template tells series apart by."""
    return series.rows(whole_names=not aware(template))


def split(template: object, series: Series) -> tuple[object, dict[str, object]]:
    """The template with the anchors that an editor fills left in, and the values for them."""
    values = _values(template, series, None, None)
    apart = [
        name for name in _SPLIT if name in _ALWAYS_SPLIT or (holds(template, anchor(name)) and values[anchor(name)] not in ({}, [], ""))
    ]
    definitions = {anchor(name): values[anchor(name)] for name in apart}
    return _replace(template, {key: value for key, value in values.items() if key not in definitions}), definitions


def _values(template: object, series: Series, colours: Mapping[str, str] | None, data: object) -> dict[str, object]:
    x, y = _escaped(series.x), _escaped(series.y)
    tell = series.tell
    group = ["rev", tell] if tell else ["rev"]
    domain = list(series.domain)
    dealt = {rev: PALETTE[at % len(PALETTE)] for at, rev in enumerate(series.revisions)}
    styled = {"field": tell, "scale": {"domain": domain}, "legend": _LEGEND}
    facet = {"field": tell, "sort": []} if tell else {}
    values: dict[str, object] = {
        "DATA": rows(template, series) if data is None else data,
        "TITLE": series.title,
        "X": x,
        "Y": y,
        "X_LABEL": series.x_label,
        "Y_LABEL": series.y_label,
        "COLOR": {
            "field": "rev",
            "scale": {"domain": list(series.revisions), "range": [(colours or dealt)[rev] for rev in series.revisions]},
        },
        "STROKE_DASH": _ranged(styled, _DASHES) if tell else {},
        "SHAPE": _ranged(styled, _SHAPES) if tell else {},
        "GROUP_BY": group,
        "GROUP_BY_X": [*group, x],
        "GROUP_BY_Y": [*group, y],
        "PIVOT_FIELD": " + '::' + ".join(_datum(field) for field in group),
        "TOOLTIP": [{"field": field} for field in ("rev", x, y, *group[1:])],
        "ZOOM_AND_PAN": {"name": "grid", "select": "interval", "bind": "scales"},
        "COLUMN": facet,
        "ROW": facet,
        "PLOT_WIDTH": SIZE,
        "PLOT_HEIGHT": SIZE,
    }
    return {anchor(name): value for name, value in values.items()}


def _ranged(styled: Mapping[str, object], styles: Sequence[object]) -> dict[str, object]:
    scale = dict(styled["scale"])  # type: ignore[call-overload]  # a style's scale is a mapping
    scale["range"] = [styles[at % len(styles)] for at in range(len(scale["domain"]))]
    return {**styled, "scale": scale}


def _datum(field: str) -> str:
    return f"datum.{field}" if field.isidentifier() else f"datum['{field}']"


def _escaped(field: str) -> str:
    """A column's name as Vega reads it: dots and brackets would reach into objects."""
    return "".join("\\" + letter if letter in ".[]" else letter for letter in field)


def _replace(node: object, values: Mapping[str, object]) -> object:
    if isinstance(node, str):
        return _text(node, values)
    if isinstance(node, Mapping):
        return {str(_text(key, values)): _replace(value, values) for key, value in node.items()}
    return [_replace(item, values) for item in node] if isinstance(node, list) else node


def _text(text: str, values: Mapping[str, object]) -> object:
    if "<DVC_METRIC_" not in text:
        return text
    if text in values:
        return values[text]
    return _ANCHOR.sub(lambda found: _word(values.get(found[0], found[0]), found[0]), text)


def _word(value: object, name: str) -> str:
    return str(value) if isinstance(value, str | int) else name
