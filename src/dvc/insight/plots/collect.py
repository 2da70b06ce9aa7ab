"""Collects plots from views: each file read once, each content parsed once, whatever the number of revisions.

What is wrong with one file at one revision costs that file at that revision alone.
"""

import io
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence

from dvc.exceptions import DvcException
from dvc.insight.plots import definitions, images, numbers, points, templates
from dvc.insight.plots.anchors import DATA, fill
from dvc.insight.plots.definitions import Definition
from dvc.insight.plots.points import PointsProblem, Table
from dvc.insight.plots.result import Chart, Image, Plots, Problem
from dvc.insight.plots.series import Series, build
from dvc.insight.plots.templates import TemplateProblem
from dvc.insight.reading import Reader, failure_of
from dvc.project.view import View
from dvc.values import replace

STREAMED = 8 * 1024 * 1024
"""Bytes from which a table is read row by row from the disk instead of being held."""

Content = Table | bytes | Problem
_Key = tuple[str, str]


def collect(views: Mapping[str, View], targets: Sequence[str], words: Sequence[str], props: Mapping[str, object]) -> Plots:
    """The plots of `views` (by the name the user gave each revision). `props` override what is declared."""
    gathered = _Gathered(props)
    for name, view in views.items():
        gathered.add(name, view, targets, words)
    return gathered.plots(next(iter(views.values())))


class _Gathered:
    """Definitions and contents of all revisions, on the way to becoming Plots."""

    def __init__(self, props: Mapping[str, object]) -> None:
        self._props = props
        self._revisions: list[str] = []
        self._plots: dict[_Key, dict[str, Definition]] = {}
        self._contents: dict[tuple[str, _Key], dict[str, Content]] = {}
        self._tables: dict[tuple[str, bool, bytes], Table | PointsProblem] = {}
        self._problems: list[Problem] = []
        self._notes: dict[str, None] = {}
        self._unknown: list[set[str]] = []
        self._broken: dict[str, list[str]] = {}

    def add(self, rev: str, view: View, targets: Sequence[str], words: Sequence[str]) -> None:
        reader = Reader(view)
        self._revisions.append(rev)
        try:
            found, unknown = definitions.collect(reader, targets, words)
        except DvcException as problem:
            failure = failure_of(problem)
            self._problems.append(Problem(rev, failure.type, failure.msg))
            return
        self._unknown.append(set(unknown))
        found = [replace(plot, props=_overridden(plot.props, self._props)) for plot in found]
        view.read_ahead(file for plot in found for file in plot.files())
        for plot in found:
            key = (plot.source, plot.id)
            self._plots.setdefault(key, {})[rev] = plot
            self._contents[rev, key] = {file: self._content(reader, rev, file, plot.header) for file in plot.files()}

    def _content(self, reader: Reader, rev: str, file: str, header: bool) -> Content:
        shown = reader.view.project.shown(file)
        try:
            if points.suffix(file) in definitions.IMAGES:
                data = reader.read(file)
                return _missing(rev, shown) if data is None else data
            return self._table(reader, rev, file, shown, header)
        except PointsProblem as problem:
            if not problem.kind:  # nothing that DVC calls an error
                self._notes[problem.message] = None
                return Table()
            return Problem(rev, problem.kind, problem.message, source=shown)
        except DvcException as problem:
            return Problem(rev, type(problem).__name__, problem.message, source=shown)

    def _table(self, reader: Reader, rev: str, file: str, shown: str, header: bool) -> Table | Problem:
        full = reader.on_disk(file)
        if full is not None and os.path.getsize(full) > STREAMED:
            with open(full, "rb") as stream:
                return self._noted(points.load(stream, shown, header=header))
        data = reader.read(file)
        if data is None:
            return _missing(rev, shown)
        key = (points.suffix(file), header, data)
        known = self._tables.get(key)
        if known is None:
            try:
                known = points.load(io.BytesIO(data), shown, header=header)
            except PointsProblem as problem:
                known = problem
            self._tables[key] = known
        if isinstance(known, PointsProblem):
            raise known
        return self._noted(known)

    def _noted(self, table: Table) -> Table:
        if table.note:
            self._notes[table.note] = None
        return table

    def plots(self, view: View) -> Plots:
        names = _names(self._plots)
        for path in sorted(set.intersection(*self._unknown) if self._unknown else ()):
            if not any(one.path == path for plot in self._plots.values() for one in plot.values()):
                self._notes[f"'{view.project.shown(path)}' is neither a plot nor a file that is there"] = None
        made = {names[key]: self._made(key, names[key], view) for key in self._plots}
        broken = (f"{_listed(names)} cannot be drawn: {why}" for why, names in self._broken.items())
        return Plots(tuple(self._revisions), made, tuple(self._problems), tuple(self._notes), tuple(broken))

    def _made(self, key: _Key, name: str, view: View) -> tuple[Chart | Image, ...]:
        plot = definitions.merged(list(self._plots[key].values()))
        contents: dict[str, dict[str, Content | None]] = {}
        for rev in self._plots[key]:
            found = self._contents[rev, key]
            contents[rev] = {file: found.get(file) for file in plot.files()}
            self._problems += [replace(content, name=name) for content in found.values() if isinstance(content, Problem)]
        if plot.path is not None and points.suffix(plot.path) in definitions.IMAGES:
            return tuple(self._images(plot, contents))
        return self._chart(plot, name, contents, view)

    def _images(self, plot: Definition, contents: Mapping[str, Mapping[str, Content | None]]) -> list[Image]:
        found: list[Image] = []
        for rev, files in contents.items():
            data = files.get(plot.path or "")
            if isinstance(data, bytes):
                fake = not images.is_image(data, plot.id)
                if fake:
                    self._notes[f"'{plot.id}' of '{rev}' is no {points.suffix(plot.id)[1:].upper()} image"] = None
                found.append(Image(rev, plot.id, data, fake))
        return found

    def _chart(self, plot: Definition, name: str, contents: Mapping[str, Mapping[str, Content | None]], view: View) -> tuple[Chart, ...]:
        tables = {rev: {file: one for file, one in files.items() if isinstance(one, Table)} for rev, files in contents.items()}
        for rev, files in contents.items():
            self._problems += [
                Problem(rev, "PlotMetricTypeError", f"'{view.project.shown(file)}' is an image: it has no columns to draw", name)
                for file, one in files.items()
                if isinstance(one, bytes)
            ]
        series, problems = build(plot, name, tables, view.project.shown)
        self._problems += [Problem(rev, problem.kind, problem.message, name) for rev, problem in problems.items()]
        if not series.parts:
            return ()
        try:
            template = templates.load(plot.template or templates.DEFAULT, template_reader(view))
            numeric = numbers.columns(fill(template, series, data=DATA))
            self._notes.update(dict.fromkeys(_gaps(name, series, numeric)))
            return (Chart(series, template, numeric),)
        except TemplateProblem as problem:
            self._broken.setdefault(problem.message + (f": {problem.hint}" if problem.hint else ""), []).append(name)
            return ()


def _gaps(name: str, series: Series, numeric: Iterable[str]) -> Iterator[str]:
    """A sentence for each column of numbers that has other values, too."""
    for column in sorted(numeric):
        counted: dict[str, int] = {}
        total = 0
        for part in series.parts:
            if any(column in row for row in part.rows[:1]) or column in (series.x, series.y):
                counted[part.revision] = counted.get(part.revision, 0) + numbers.gaps(part.rows, column)
                total += len(part.rows)
        missing = sum(counted.values())
        if missing:
            where = ", ".join(f"{count} of '{rev}'" for rev, count in counted.items() if count)
            yield f"'{name}' has gaps: {missing} of {total} values in column '{column}' are no numbers ({where})"


def _missing(rev: str, shown: str) -> Problem:
    return Problem(rev, "FileNotFoundError", f"[Errno 2] No such file or directory: '{shown}'", source=shown)


def _overridden(props: Mapping[str, object], new: Mapping[str, object]) -> dict[str, object]:
    """What the command line says, instead of what is declared; a column for y leaves the files that y names."""
    found = {**props, **new}
    declared = props.get("y")
    if "y" in new and isinstance(declared, Mapping):
        found["y"] = dict.fromkeys(declared, new["y"])
    return found


def _names(plots: Mapping[_Key, object]) -> dict[_Key, str]:
    """Each plot by a name of its own: where several dvc.yaml files declare one, it is said which."""
    counted: dict[str, int] = {}
    for _, name in plots:
        counted[name] = counted.get(name, 0) + 1
    return {(source, name): f"{source}::{name}" if source and counted[name] > 1 else name for source, name in plots}


def template_reader(view: View) -> templates.Read:
    project = view.project

    def read(path: str) -> bytes | None:
        full = os.path.join(project.root if path.startswith(templates.FOLDER + "/") else project.cwd, path)
        try:
            with open(full, "rb") as file:
                return file.read()
        except (OSError, ValueError):
            return None

    return read


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
