"""Which plots there are: those that stages and dvc.yaml files declare, and files that the user names."""

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence

from dvc.exceptions import DvcException
from dvc.insight.reading import Reader, pipeline_files
from dvc.model.stage import EMPTY
from dvc.project.view import View
from dvc.project.walk import PIPELINE
from dvc.values import dataclass, field, replace

IMAGES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp"})


class DefinitionProblem(DvcException):
    """A plot's definition contradicts itself."""

    code = "plot-definition"


@dataclass(frozen=True, slots=True)
class Pair:
    """One series: a column of a file over a column of another or the same one. `x_field` None: over the number of the row;
    `y_field` None: whichever column is last. Paths are relative to the root."""

    y_file: str
    y_field: str | None
    x_file: str | None = None
    x_field: str | None = None


@dataclass(frozen=True, slots=True)
class Definition:
    """A plot as it is declared. `id` is its name or, for a plot of one file (`path`), that path as the user sees it.

    `source` is the dvc.yaml whose top level declares it, as the user sees it; "" for stages' plots and for named files.
    `folder` is what paths in `props` are relative to.
    """

    id: str
    source: str
    path: str | None = None
    folder: str = ""
    props: Mapping[str, object] = field(default_factory=lambda: EMPTY)

    @property
    def words(self) -> dict[str, str]:
        return {key: str(self.props[key]) for key in ("title", "x_label", "y_label") if self.props.get(key) is not None}

    @property
    def template(self) -> str | None:
        value = self.props.get("template")
        return str(value) if value else None

    @property
    def header(self) -> bool:
        return self.props.get("header") is not False

    def files(self) -> list[str]:
        """The files that it needs, relative to the root."""
        named = [*self._named("y"), *self._named("x")]
        own = [self.path] if self.path is not None and not isinstance(self.props.get("y"), Mapping) else []
        return list(dict.fromkeys([*own, *(file for file, _ in named)]))

    def pairs(self) -> tuple[Pair, ...]:
        """Raises DefinitionProblem where x and y do not fit each other."""
        ys: list[tuple[str, str | None]] = [*self._named("y")]
        if self.path is not None and not ys:
            value = self.props.get("y")
            columns = [value] if not isinstance(value, list) else value
            ys = [(self.path, None if column is None else str(column)) for column in columns]
        ys = list(dict.fromkeys(ys))
        xs = list(self._named("x"))
        column = self.props.get("x")
        if column is None or (isinstance(column, Mapping | list) and not xs):
            return tuple(Pair(file, name) for file, name in ys)
        if not xs:
            return tuple(Pair(file, name, file, str(column)) for file, name in ys)
        if len(xs) not in (1, len(ys)):
            raise DefinitionProblem(  # DVC's words, as those of SeriesProblem
                f"Cannot have different number of x and y data sources. Found {len(xs)} x and {len(ys)} y data sources."
            )
        return tuple(Pair(file, name, *x) for (file, name), x in zip(ys, xs * (len(ys) if len(xs) == 1 else 1), strict=True))

    def _named(self, axis: str) -> Iterator[tuple[str, str]]:
        """The (file, column) pairs of an axis that is written as a map."""
        value = self.props.get(axis)
        for file, columns in value.items() if isinstance(value, Mapping) else ():
            for column in columns if isinstance(columns, list) else [columns]:
                yield posixpath.normpath(posixpath.join(self.folder, str(file))), str(column)


def merged(definitions: Sequence[Definition]) -> Definition:
    """One plot as several revisions declare it: what an earlier one says wins."""
    props: dict[str, object] = {}
    for definition in definitions:
        props = {**definition.props, **props}
    return replace(definitions[0], props=props)


def collect(reader: Reader, targets: Sequence[str], words: Sequence[str]) -> tuple[list[Definition], list[str]]:
    """The plots of a view, and those of `targets` that are none of them.

    `targets` are relative to the root, `words` are they as the user wrote them; without any: all that are declared.
    """
    declared = list(_top_level(reader.view))
    found = [] if targets else [*declared, *_of_stages(reader.view)]
    unknown: list[str] = []
    # As DVC: a target that is nothing is a plot that fails, unless other plots are there; then it is merely said.
    alone = not declared and not any(True for path in targets for _ in _of_stages(reader.view, path))
    for path, word in zip(targets, words, strict=True):
        matching = _matching(declared, posixpath.normpath(word))
        named = [] if matching and posixpath.basename(path) == PIPELINE else list(_named(reader, path))
        found += [*matching, *named]
        if named:
            alone = False
        elif not matching:
            unknown.append(path)
            found += [_file(reader.view, path)] if alone else []
    once = {(one.source, one.id): one for plot in found for one in _each_file(reader, plot)}
    return list(once.values()), unknown


def _top_level(view: View) -> Iterator[Definition]:
    for file in pipeline_files(view):
        value = view.declared(file, "plots")
        folder, source = posixpath.dirname(file), view.project.shown(file)
        for item in value if isinstance(value, list) else [value] if value else []:
            for name, props in (item if isinstance(item, Mapping) else {str(item): None}).items():
                path = None if isinstance((props or {}).get("y"), Mapping) else posixpath.normpath(posixpath.join(folder, name))
                yield Definition(name if path is None else view.project.shown(path), source, path, folder, props or {})


def _of_stages(view: View, path: str | None = None) -> Iterator[Definition]:
    """The plots that stages make; with `path` those at or below it."""
    for file in pipeline_files(view):
        for stage in view.stages_of(file):
            for out in stage.outs:
                where = stage.locate(out.path)
                if out.kind == "plot" and (path is None or where == path or where.startswith(path + "/")):
                    yield _file(view, where, out.plot)


def _file(view: View, path: str, props: Mapping[str, object] = EMPTY) -> Definition:
    return Definition(view.project.shown(path), "", path, posixpath.dirname(path), props)


def _matching(declared: Iterable[Definition], word: str) -> list[Definition]:
    """Those that a word names: the plot, its dvc.yaml, a folder of either; failing that, the beginning of the plot's name."""
    all_ = list(declared)
    below = word + "/"
    exact = [
        one
        for one in all_
        if word in (one.id, one.source, f"{one.source}::{one.id}") or one.id.startswith(below) or one.source.startswith(below)
    ]
    return exact or [one for one in all_ if one.id.startswith(word)]


def _named(reader: Reader, path: str) -> Iterator[Definition]:
    """A file, or those of a folder, declared or not."""
    made = list(_of_stages(reader.view, path))
    yield from made
    known = {one.path for one in made}
    if path in known or (reader.view.kind(path) is None and reader.view.owner(path) is None):
        return
    for file in reader.files(path):
        if not any(file == one or file.startswith(f"{one}/") for one in known):
            yield _file(reader.view, file)


def _each_file(reader: Reader, plot: Definition) -> Iterator[Definition]:
    """The plot, or one for each file where it is of a folder."""
    if plot.path is None:
        yield plot
        return
    for file in reader.files(plot.path):
        yield plot if file == plot.path else replace(plot, id=reader.view.project.shown(file), path=file)
