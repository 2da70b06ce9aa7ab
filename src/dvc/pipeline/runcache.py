"""Owns the run-cache below a cache folder: results of stages, found again by command, dependencies and parameters.

Implements docs/formats/runcache.md. An entry that does not parse is deleted, as it can only be in the way.
"""

import os

from dvc.exceptions import FormatProblem
from dvc.formats import run as format_
from dvc.formats.lock import LockEntry
from dvc.model.params import same_value
from dvc.model.stage import PathDep, Stage
from dvc.project import files
from dvc.values import replace

FOLDER = "runs"


def may_save(stage: Stage) -> bool:
    """Whether a result of `stage` is worth finding again: it depends on something, and all it makes can be brought back."""
    if stage.always_changed or not (stage.deps or stage.params) or not stage.outs:
        return False
    if not all(isinstance(dep, PathDep) and "://" not in dep.path for dep in stage.deps):
        return False
    for out in stage.outs:
        inside = "://" not in out.path and not stage.locate(out.path).startswith(("/", "../"))
        if out.persist or not inside or not (out.cache or out.kind != "out"):
            return False
    return True


def save(cache_dir: str, entry: LockEntry) -> bool:
    """Keep `entry`; False where the same result is there already."""
    key, value = format_.keys(entry)
    folder = os.path.join(cache_dir, FOLDER, key[:2], key)
    path = os.path.join(folder, value)
    if os.path.exists(path):
        return False
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise files.problem(error, folder) from error
    files.atomic_write(path, format_.write(entry))
    return True


def find(cache_dir: str, entry: LockEntry) -> LockEntry | None:
    """The newest result of what `entry` (its outputs without contents) describes, None where there is none.

    Contents of dependencies are those of `entry`: the key leaves sizes out.
    """
    key = format_.key(entry)
    folder = os.path.join(cache_dir, FOLDER, key[:2], key)
    for path in _newest_first(folder):
        found = _read(path)
        # A parameter called `size` is not part of the key, so an entry under the right key may be of another run.
        if found is not None and same_value(dict(found.params), dict(entry.params)):
            return replace(entry, outs=found.outs)
    return None


def _newest_first(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as rows:
            found = [(row.stat().st_mtime_ns, row.path) for row in rows if row.is_file() and not row.name.startswith(".")]
    except OSError:
        return []
    return [path for _, path in sorted(found, reverse=True)]


def _read(path: str) -> LockEntry | None:
    try:
        data = files.read(path)
        return None if data is None else format_.read(data.decode(), path)
    except (FormatProblem, UnicodeDecodeError):
        files.remove(path)
        return None
