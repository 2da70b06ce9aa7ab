"""Reads the parameter files of the workspace, each once until told to doubt it."""

from collections.abc import Mapping

from dvc.exceptions import DvcException
from dvc.formats import params
from dvc.model.stage import DATASET_URL
from dvc.pipeline.status import MissingParams
from dvc.project import files
from dvc.project.project import Project
from dvc.project.walk import PIPELINE


class Params:
    """`read` is a `dvc.pipeline.status.ReadParams`."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._documents: dict[str, tuple[bytes, object]] = {}
        self._doubted: set[str] = set()

    def read(self, path: str) -> object:
        """The parsed file at a root-relative path, or what dvc.lock pins of the data set `ds://NAME`. Raises MissingParams, FormatProblem."""
        if path.startswith(DATASET_URL):
            return self._dataset(path[len(DATASET_URL) :])
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

    def _dataset(self, name: str) -> Mapping[str, object]:
        view = self._project.workspace()
        for file in view.files():
            if not file.endswith(PIPELINE) or not any(spec.get("name") == name for spec in view.pipeline(file).datasets):
                continue
            spec = next(spec for spec in view.pipeline(file).datasets if spec.get("name") == name)
            record = next((record for record in view.lock(file).datasets if record.get("name") == name), None)
            if record is None or any(record.get(key) != value for key, value in spec.items()):
                raise DvcException(f"data set '{name}' is not what dvc.lock pins", hint=f"pin it: `dvc dataset update {name}`")
            return record
        raise DvcException(f"dataset not found: '{name}'", hint="`dvc dataset add` makes one")

    def doubt(self) -> None:
        """A command ran: it may have written anything. What is the same as before is not parsed again."""
        self._doubted.update(self._documents)
