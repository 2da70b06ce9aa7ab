"""Finds the `.dvc` files and `dvc.yaml`s of a view. Never goes into tracked or ignored folders, sub-projects or `.git`."""

from collections.abc import Callable, Iterable

from dvc import ignore
from dvc.project.ignores import NAME, Ignores
from dvc.project.source import Source

DATA_SUFFIX = ".dvc"
PIPELINE = "dvc.yaml"
_NEVER = frozenset((".git", ".hg", ".dvc"))


def is_stage_file(name: str) -> bool:
    """Whether a file of that base name holds stages; the folder `.dvc` is none."""
    return name == PIPELINE or (name.endswith(DATA_SUFFIX) and name != DATA_SUFFIX)


def find(source: Source, ignores: Ignores, outputs: Callable[[list[str]], Iterable[str]], start: str = "") -> list[str]:
    """The stage files below `start`, each folder's own (by name) before those of its sub-folders (by name).

    `outputs` gives the root-relative paths of what the files of one folder track: those folders are not looked into.
    """
    found: list[str] = []
    tracked: set[str] = set()
    waiting = [start]
    while waiting:
        folder = waiting.pop()
        if folder in tracked:
            continue
        items = source.items(folder)
        if items is None:
            continue
        prefix = f"{folder}/" if folder else ""
        if folder and any(item.name == ".dvc" and item.kind == "folder" for item in items):
            continue  # a project of its own
        # Where no folder above has rules and this one neither, the built-in ones are all there are, and `_NEVER` is them.
        rules = ignores.parsed(folder) if any(item.name == NAME for item in items) or ignores.parsed_above(folder) else ()
        mine = [prefix + item.name for item in items if item.kind == "file" and is_stage_file(item.name)]
        folders = [prefix + item.name for item in items if item.kind == "folder" and item.name not in _NEVER]
        if rules:
            mine = [path for path in mine if not _ignored(rules, path, is_folder=False)]
            folders = [path for path in folders if not _ignored(rules, path, is_folder=True)]
        if mine:
            found += mine
            tracked.update(outputs(mine))
        waiting += [path for path in reversed(folders) if path not in tracked]
    return found


def _ignored(rules: tuple[ignore.Parsed, ...], path: str, *, is_folder: bool) -> bool:
    deciding = ignore.matches(rules, path, is_folder)
    return deciding is not None and not deciding.negated
