"""The stages of a project at one moment: the workspace, or a commit. Lazy; what was read once is not read again.

A file is parsed when its stages are asked for. `stages()` needs all of them, so one broken file fails it; asking for the
stages of another file does not touch the broken one.
"""

import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, TypeVar

from dvc.exceptions import DvcException, FormatProblem, RemoteNotFound, TargetNotFound
from dvc.project import walk
from dvc.project.ignores import Ignores
from dvc.project.source import Item, Kind, Source

if TYPE_CHECKING:
    from dvc.formats.lock import Lock
    from dvc.formats.project import ProjectFile
    from dvc.model.stage import Out, Stage
    from dvc.project.project import Project
    from dvc.template import Style, Templates

T = TypeVar("T")


class View:
    """`rev` is the commit's hash, None for the workspace; `name` is how the user called it."""

    def __init__(self, project: "Project", source: Source, *, rev: str | None, name: str, ignores: Ignores) -> None:
        self.project = project
        self.rev = rev
        self.name = name
        self.ignores = ignores
        self._source = source
        self._files: tuple[str, ...] | None = None
        self._stages: dict[str, tuple[Stage, ...]] = {}
        self._single: dict[tuple[str, str], Stage] = {}
        self._pipelines: dict[str, ProjectFile] = {}
        self._locks: dict[str, Lock] = {}
        self._templates: dict[str, Templates | None] = {}
        self._texts: dict[str, str] = {}
        self._outs: dict[str, tuple[Stage, Out]] | None = None
        self._below: dict[str, list[str]] | None = None

    # --- files

    def read(self, path: str) -> bytes | None:
        """A file's bytes; None where there is no file."""
        return self._source.read(path)

    def read_ahead(self, paths: Iterable[str]) -> None:
        """Take these files out of a commit in one go, so that `read` finds each of them at hand."""
        if self.rev is not None:
            self._source.read_many(paths)

    def items(self, folder: str) -> Sequence[Item] | None:
        """What a folder holds on disk or in the commit, tracked data of a commit not among it; None: no such folder."""
        return self._source.items(folder)

    def kind(self, path: str) -> Kind | None:
        return self._source.kind(path)

    def files(self) -> tuple[str, ...]:
        """All `.dvc` and `dvc.yaml` files: each folder's own before those of its sub-folders, by name."""
        if self._files is None:
            found = walk.find(self._source, self.ignores, self._tracked_by)
            self._files = tuple(self._outside(found))
        return self._files

    def files_below(self, folder: str) -> tuple[str, ...]:
        """The files at and below `folder`, in the same order, without a look at the rest of the project."""
        if self._files is None and folder:
            return tuple(walk.find(self._source, self.ignores, self._tracked_by, folder))
        prefix = folder + "/" if folder else ""
        return tuple(file for file in self.files() if file.startswith(prefix))

    def _tracked_by(self, files: list[str]) -> Iterator[str]:
        self._fetch(files)
        for file in files:
            try:
                stages = self.stages_of(file)
            except DvcException:
                continue  # said when its stages are asked for
            for stage in stages:
                for out in stage.outs:
                    yield stage.locate(out.path)

    def _outside(self, files: list[str]) -> Iterator[str]:
        """Without the files in folders that a stage elsewhere tracks: a stage may name a folder the walk had seen by then."""
        owners: dict[str, str] = {}
        for file in files:
            for stage in self._loadable(file):
                for out in stage.outs:
                    owners[stage.locate(out.path)] = file
        for file in files:
            folder = posixpath.dirname(file)
            while folder and owners.get(folder, file) == file:
                folder = posixpath.dirname(folder)
            if not folder:
                yield file

    def _loadable(self, file: str) -> tuple["Stage", ...]:
        try:
            return self.stages_of(file)
        except DvcException:
            return ()

    def _fetch(self, files: Iterable[str]) -> None:
        wanted = [file for file in files if file not in self._texts and file not in self._stages]
        for file, data in self._source.read_many(wanted).items():
            try:
                self._texts[file] = data.decode()
            except UnicodeDecodeError:
                continue  # `_text` reads it again and says so

    def _text(self, file: str) -> str | None:
        if file in self._texts:
            return self._texts.pop(file)
        data = self._source.read(file)
        if data is None:
            return None
        try:
            return data.decode()
        except UnicodeDecodeError:
            raise FormatProblem(self.project.shown(file), "it is not UTF-8 text", hint="save it as UTF-8, or restore it from Git") from None

    # --- stages

    def stages_of(self, file: str) -> tuple["Stage", ...]:
        """The stages of one file, in its order. Raises TargetNotFound, FormatProblem, TemplateProblem."""
        known = self._stages.get(file)
        if known is None:
            known = self._stages[file] = (
                self._pipeline_stages(file) if posixpath.basename(file) == walk.PIPELINE else self._data_stage(file)
            )
        return known

    def _data_stage(self, file: str) -> tuple["Stage", ...]:
        text = self._text(file)
        if text is None:
            raise self._no_file(file)
        from dvc.formats import dotdvc

        return (self.usable(self._parsed(file, text, lambda: dotdvc.read(text, file))),)

    def _pipeline_stages(self, file: str) -> tuple["Stage", ...]:
        return tuple(self.stage(file, name) for name in self.names(file))

    def stage(self, file: str, name: str) -> "Stage":
        """One stage of a dvc.yaml, whatever is wrong with its other stages. Raises TargetNotFound."""
        known = self._single.get((file, name))
        if known is not None:
            return known
        pipeline = self.pipeline(file)
        templates = self.templates(file)
        entry = pipeline.stages.get(name) if templates is None else templates.entry(name) if templates.has(name) else None
        if entry is None:
            raise TargetNotFound(f"there is no stage '{name}' in '{self.project.shown(file)}'", hint="`dvc stage list` shows the stages")
        from dvc.formats import project as format_
        from dvc.project.merge import merge

        place = None if templates is None else templates.place(name)
        stage = self._parse(file, lambda: format_.stage(file, name, entry, path=place, line=lambda path: self._line(file, path)))
        merged = self.usable(merge(stage, self.lock(file).stages.get(name)))
        self._single[file, name] = merged
        return merged

    def names(self, file: str) -> tuple[str, ...]:
        """The stages of a dvc.yaml, those that `foreach` and `matrix` make among them; none of them is resolved."""
        templates = self.templates(file)
        return tuple(self.pipeline(file).stages) if templates is None else tuple(templates.names())

    def pipeline(self, file: str) -> "ProjectFile":
        """A dvc.yaml as read, nothing resolved. Raises TargetNotFound, FormatProblem."""
        known = self._pipelines.get(file)
        if known is None:
            text = self._text(file)
            if text is None:
                raise self._no_file(file)
            from dvc.formats import project as format_

            known = self._pipelines[file] = self._parsed(file, text, lambda: format_.read(text, file))
            if not any(word in text for word in ("${", "foreach", "matrix", "vars")):
                self._templates[file] = None
        return known

    def templates(self, file: str) -> "Templates | None":
        """What resolves the stages of a dvc.yaml; None where it uses no templates."""
        pipeline = self.pipeline(file)
        if file not in self._templates:
            self._templates[file] = self._resolver(file, pipeline)
        return self._templates[file]

    def _resolver(self, file: str, pipeline: "ProjectFile") -> "Templates":
        from dvc.template import Templates

        raw: dict[str, object] = {
            "vars": list(pipeline.vars),
            "stages": pipeline.stages,
            "metrics": list(pipeline.metrics),
            "params": list(pipeline.params),
        }
        raw |= {"plots": pipeline.plots, "artifacts": pipeline.artifacts, "datasets": list(pipeline.datasets)}
        return Templates(raw, file, self._params_reader, self._style(), self._line)

    def declared(self, file: str, section: Literal["params", "metrics", "plots", "artifacts"]) -> object:
        """A top-level section of a dvc.yaml with its templates put in. Raises TemplateProblem, FormatProblem."""
        templates = self.templates(file)
        if templates is None:
            return getattr(self.pipeline(file), section)
        from dvc.formats import project as format_

        value = templates.section(section)
        self._parse(file, lambda: format_.check_declared(file, section, value, lambda path: self._line(file, path)))
        return value

    def foresee(self, stage: "Stage") -> "Stage":
        """A stage that is about to be written to its dvc.yaml, as it will be with its templates resolved.

        One that cannot be resolved (yet) comes back as it is.
        """
        from dvc.formats import project as format_
        from dvc.values import replace

        entry = format_.stage_value(stage)
        if "${" not in repr(entry):
            return stage
        pipeline = self.pipeline(stage.file) if self.read(stage.file) is not None else format_.ProjectFile()
        name = stage.name or ""
        planned = replace(pipeline, stages={**pipeline.stages, name: entry})
        try:
            return format_.stage(stage.file, name, self._resolver(stage.file, planned).entry(name))
        except DvcException:
            return stage

    def _style(self) -> "Style":
        from dvc.template import Style

        config = self.project.config
        return Style(
            bool="boolean_optional" if config.text("parsing", "bool") == "boolean_optional" else "store_true",
            list="append" if config.text("parsing", "list") == "append" else "nargs",
        )

    def line_of(self, file: str, name: str) -> int | None:
        """The line of a dvc.yaml on which a stage, or the group that makes it, begins; None where it is gone."""
        lines = self._lines(file)
        return lines.get(("stages", name)) or lines.get(("stages", name.partition("@")[0]))

    def _line(self, file: str, path: tuple[object, ...]) -> int | None:
        lines = self._lines(file)
        while path and path not in lines:
            path = path[:-1]
        return lines.get(path) if path else None

    def _lines(self, file: str) -> Mapping[tuple[object, ...], int]:
        """Where all things stand in a YAML file, for a message about one: the file is read once more."""
        from dvc.formats.yaml import load_marked

        data = self._source.read(file)
        if data is None or not file.endswith((".yaml", ".yml")):
            return {}
        try:
            return load_marked(data.decode(), file)[1]
        except (FormatProblem, UnicodeDecodeError):
            return {}

    def _params_reader(self, path: str) -> object:
        data = self._source.read(path)
        if data is None:
            raise FileNotFoundError(path)
        from dvc.formats import params

        return self._parse(path, lambda: params.read(data, path))

    def lock(self, file: str) -> "Lock":
        """The dvc.lock beside a dvc.yaml; an empty one where there is none."""
        path = posixpath.join(posixpath.dirname(file), "dvc.lock")
        known = self._locks.get(path)
        if known is None:
            from dvc.formats import lock

            text = self._text(path)
            known = self._locks[path] = lock.Lock() if text is None else self._parsed(path, text, lambda: lock.read(text, path))
        return known

    def stages(self) -> tuple["Stage", ...]:
        """All stages, in the order of `files()`. Raises what is wrong with the first broken file, what it declares beside stages
        included, as DVC 3 has it.

        Whether outputs overlap is not looked at: `dvc.project.overlap.check` does.
        """
        return tuple(stage for file in self.files() for stage in self.checked_stages_of(file))

    def checked_stages_of(self, file: str) -> tuple["Stage", ...]:
        """As `stages_of`; raises TemplateProblem for what the file declares beside its stages, too."""
        stages = self.stages_of(file)
        templates = self.templates(file) if posixpath.basename(file) == walk.PIPELINE else None
        if templates is not None:
            templates.check_sections()
        return stages

    def usable(self, stage: "Stage") -> "Stage":
        """A stage of the workspace whose output is ignored could neither be seen nor saved, and one of an unknown remote not be looked at:
        that is said, not passed over. Gives `stage` back."""
        if self.rev is None:
            self._check_remotes(stage)
        for out in stage.outs if self.rev is None else ():
            path = stage.locate(out.path)
            if path.endswith(".dvc") or posixpath.basename(path) == walk.PIPELINE or path.startswith((".dvc/", ".git/")):
                raise FormatProblem(
                    self.project.shown(stage.file),
                    f"its output '{self.project.shown(path)}' is where metadata is kept",
                    hint="let the output have another name",
                )
            if path.startswith(("/", "../")) or "://" in path or not self.ignores.parsed(posixpath.dirname(path)):
                continue
            rule = self.ignores.deciding(path, is_folder=self.kind(path) == "folder")
            if rule is not None and not rule.negated:
                where = f"{self.project.shown(rule.file)}:{rule.line}:{rule.pattern}"
                raise FormatProblem(
                    self.project.shown(stage.file),
                    f"its output '{self.project.shown(path)}' is ignored by '{where}'",
                    hint="change the pattern, or delete the entry",
                )
        return stage

    def _check_remotes(self, stage: "Stage") -> None:
        """Raise RemoteNotFound for the first URL `remote://NAME/PATH` in a stage that names no remote of today's configuration."""
        for item in (*stage.deps, *stage.outs):
            url = getattr(item, "path", "")  # what comes from a database has none
            if not url.startswith("remote://"):
                continue
            name, known = url.removeprefix("remote://").partition("/")[0], self.project.config.remotes()
            if name not in known:
                raise RemoteNotFound(name, list(known), place=self.project.shown(stage.file))

    def _parsed(self, file: str, text: str, parse: Callable[[], T]) -> T:
        """As `_parse`; of a revision what the same text gave before, for most commits leave most files alone."""
        return self._parse(file, parse if self.rev is None else lambda: self.project.once((file, text), parse))

    def _parse(self, file: str, parse: Callable[[], T]) -> T:
        try:
            return parse()
        except FormatProblem as problem:
            shown = self.project.shown(file)
            at = f" ({self.name})" if self.rev is not None else ""
            if problem.path != file or shown + at == file:
                raise
            raise FormatProblem(shown + at, problem.why, problem.line, hint=problem.hint) from None

    def _no_file(self, file: str) -> TargetNotFound:
        at = f" at revision '{self.name}'" if self.rev is not None else ""
        return TargetNotFound(f"'{self.project.shown(file)}' does not exist{at}")

    # --- outputs

    def outs(self) -> Mapping[str, tuple["Stage", "Out"]]:
        """All outputs by root-relative path; of several stages that name one path, the last."""
        if self._outs is None:
            self._outs = {stage.locate(out.path): (stage, out) for stage in self.stages() for out in stage.outs}
        return self._outs

    def owner(self, path: str) -> tuple["Stage", "Out"] | None:
        """The output at `path`, or the one that holds it."""
        outs = self.outs()
        while True:
            found = outs.get(path)
            if found is not None or not path:
                return found
            path = posixpath.dirname(path)

    def outs_below(self, folder: str) -> Sequence[str]:
        """The paths of the outputs below a folder, in the order of `outs()`."""
        if self._below is None:
            self._below = {}
            for path in self.outs():
                above = path
                while above:
                    above = above.rpartition("/")[0]
                    self._below.setdefault(above, []).append(path)
        return self._below.get(folder, [])

    def producers(self, path: str) -> tuple["Stage", ...]:
        """The stages that make what is at `path`: it, a part of it, or a folder that holds it."""
        outs = self.outs()
        owner = self.owner(path)
        found = [] if owner is None else [owner[0]]
        found += [outs[below][0] for below in self.outs_below(path)]
        return tuple({(stage.file, stage.name): stage for stage in found}.values())
