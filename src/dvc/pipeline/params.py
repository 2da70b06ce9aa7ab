"""Reads the parameter files of the workspace, each once until told to doubt it."""

from dvc.formats import params
from dvc.pipeline.status import MissingParams
from dvc.project import files
from dvc.project.project import Project


class Params:
    """`read` is a `dvc.pipeline.status.ReadParams`."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._documents: dict[str, tuple[bytes, object]] = {}
        self._doubted: set[str] = set()

    def read(self, path: str) -> object:
        """The parsed file at a root-relative path. Raises MissingParams, FormatProblem."""
        known = self._documents.get(path)
        if known is not None and path not in self._doubted:
            return known[1]
        shown = self._project.shown(path)
        data = files.read(self._project.full(path), shown=shown)
        if data is None:
            raise MissingParams
        if known is None or known[0] != data:
            known = self._documents[path] = (data, params.read(data, shown))
        self._doubted.discard(path)
        return known[1]

    def doubt(self) -> None:
        """A command ran: it may have written anything. What is the same as before is not parsed again."""
        self._doubted.update(self._documents)
