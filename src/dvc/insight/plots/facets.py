"""Grids of charts: a column for each revision, a row for each series. Pure.

Vega-Lite fills a grid that is sorted by the data with its charts as they come, whatever the headings say: with several revisions of several
series, charts end up under the headings of others. Told what the order is, it sorts.
"""

from collections.abc import Mapping

from dvc.insight.plots.series import Series


def in_order(spec: object, series: Series) -> object:
    """The filled spec, with the order of revisions and series in its grid written out. One without a grid stays as it is."""
    grid = spec.get("facet") if isinstance(spec, Mapping) else None
    if not isinstance(spec, Mapping) or not isinstance(grid, Mapping):
        return spec
    orders = {"rev": list(series.revisions), series.tell: list(series.domain)}
    return {**spec, "facet": {side: _sorted(value, orders) for side, value in grid.items()}}


def _sorted(side: object, orders: Mapping[str, list[str]]) -> object:
    if isinstance(side, Mapping) and side.get("sort") == [] and side.get("field") in orders:
        return {**side, "sort": orders[str(side["field"])]}
    return side
