"""Collects the metrics of a view: those that stages and dvc.yaml files declare, or the files that were named."""

from collections.abc import Mapping, Sequence

from dvc.exceptions import DvcException
from dvc.insight.reading import Failure, Reader, failure_of, pipeline_files, section
from dvc.insight.values import flatten, measures
from dvc.project.view import View
from dvc.values import dataclass, field


@dataclass(frozen=True, slots=True)
class Revision:
    """The metrics of one revision: root-relative file to what it holds, or why it cannot be read. `failure`: of all of it."""

    files: Mapping[str, object] = field(default_factory=dict)
    failure: Failure | None = None

    @property
    def flat(self) -> dict[str, dict[str, object]]:
        """What could be read, by file and dotted key."""
        return {
            path: flatten(value) if isinstance(value, Mapping) else {"": value}
            for path, value in self.files.items()
            if not isinstance(value, Failure) and value is not None
        }

    @property
    def failures(self) -> list[str]:
        found = [] if self.failure is None else [self.failure.msg]
        return found + [value.msg for value in self.files.values() if isinstance(value, Failure)]


def collect(view: View, targets: Sequence[str] = ()) -> Revision:
    """The metrics of `view`; of `targets` (root-relative files or folders) where there are any."""
    reader = Reader(view)
    try:
        paths = list(targets) or declared(view)
        files = dict.fromkeys(file for path in paths for file in reader.files(path))
        found = {file: reader.document(file) for file in files}
    except DvcException as problem:
        return Revision(failure=failure_of(problem))
    return Revision({file: value if isinstance(value, Failure) else measures(value) for file, value in found.items()})


def declared(view: View) -> list[str]:
    found: dict[str, None] = {}
    for file in pipeline_files(view):
        for stage in view.stages_of(file):
            found.update((stage.locate(out.path), None) for out in stage.outs if out.kind == "metric")
        found.update(dict.fromkeys(section(view, file, "metrics")))
    return list(found)


def better(view: View) -> dict[str, object]:
    """What the outputs of stages say of their metrics: file to the `better` of its `meta`."""
    found: dict[str, object] = {}
    for file in pipeline_files(view):
        for stage in view.stages_of(file):
            for out in stage.outs:
                meta = out.annotations.meta
                if out.kind == "metric" and isinstance(meta, Mapping) and "better" in meta:
                    found[stage.locate(out.path)] = meta["better"]
    return found


def verdict(rule: object, key: str, change: float | None) -> bool | None:
    """Whether a metric became better; None where nobody said which way is up, and where it did not move.

    `rule` is `higher` or `lower` for a whole file, or maps down to these words, of which the nearest one around `key` counts.
    """
    if isinstance(rule, Mapping):
        rules = flatten(rule)
        while key and key not in rules:
            key = key.rpartition(".")[0]
        rule = rules.get(key)
    if not change or change != change or rule not in ("higher", "lower"):  # noqa: PLR0124 - NaN
        return None
    return (change > 0) is (rule == "higher")
