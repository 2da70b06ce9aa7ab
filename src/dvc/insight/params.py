"""Collects the parameters of a view: of params.yaml, of the files that stages and dvc.yaml name, or of the named files."""

from collections.abc import Sequence

from dvc.exceptions import DvcException
from dvc.formats.params import read
from dvc.insight.metrics import Revision
from dvc.insight.reading import Failure, Reader, failure_of, pipeline_files, section
from dvc.model.params import select
from dvc.project.view import View

DEFAULT = "params.yaml"


def collect(view: View, targets: Sequence[str] = (), *, deps_only: bool = False) -> Revision:
    """All parameters, or with `deps_only` those that stages depend on. A file that is not there has none."""
    reader = Reader(view)
    try:
        wanted: dict[str, list[str] | None] = {} if targets else _wanted(view, deps_only=deps_only)
        if targets:
            wanted = dict.fromkeys(targets)
        found: dict[str, object] = {}
        for path, keys in wanted.items():
            document = reader.document(path, read)
            if isinstance(document, Failure) and document.type == "FileNotFoundError":
                continue
            found[path] = document if isinstance(document, Failure) or keys is None else select(document, keys)
    except DvcException as problem:
        return Revision(failure=failure_of(problem))
    return Revision(found)


def _wanted(view: View, *, deps_only: bool) -> dict[str, list[str] | None]:
    """File to the keys that are asked of it, None for all of them."""
    found: dict[str, list[str] | None] = {} if deps_only else {DEFAULT: None}
    for file in pipeline_files(view):
        if not deps_only:
            found.update(dict.fromkeys(section(view, file, "params")))
        for stage in view.stages_of(file):
            for params in stage.params:
                path = stage.locate(params.path)
                known = found.get(path, [])
                found[path] = None if params.keys is None or known is None else [*known, *params.keys]
    return found
