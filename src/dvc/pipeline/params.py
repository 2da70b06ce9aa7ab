"""Reads the parameter files of the workspace, each once until told to forget."""

from dvc.formats import params
from dvc.pipeline.status import MissingParams
from dvc.project import files
from dvc.project.project import Project


class Params:
    """`read` is a `dvc.pipeline.status.ReadParams`."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._documents: dict[str, object] = {}

    def read(self, path: str) -> object:
        """The parsed file at a root-relative path. Raises MissingParams, FormatProblem."""
        if path not in self._documents:
            shown = self._project.shown(path)
            data = files.read(self._project.full(path), shown=shown)
            if data is None:
                raise MissingParams
            self._documents[path] = params.read(data, shown)
        return self._documents[path]

    def forget(self) -> None:
        """A command ran: it may have written anything."""
        self._documents.clear()
