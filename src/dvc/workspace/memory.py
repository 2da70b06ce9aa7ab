"""Which paths were outputs when a command last saw the workspace: so that checkout can tell data that was untracked since.

One JSON list in `.dvc/tmp/outs`. A help, not a truth: without it nothing is removed.
"""

import json
import os
from collections.abc import Iterable

FILE = "outs"


def recall(tmp_dir: str) -> frozenset[str]:
    """The paths noted; none where the note is missing or unreadable."""
    try:
        with open(os.path.join(tmp_dir, FILE), encoding="utf-8", errors="surrogateescape") as file:
            found = json.load(file)
    except (OSError, ValueError):
        return frozenset()
    return frozenset(path for path in found if isinstance(path, str)) if isinstance(found, list) else frozenset()


def remember(tmp_dir: str, paths: Iterable[str], *, only: bool = False) -> None:
    """Note more outputs; `only`: these and no others. Where that fails, less is known, and nothing is wrong."""
    before = recall(tmp_dir)
    now = frozenset(paths) if only else before | frozenset(paths)
    if now != before:
        _write(tmp_dir, now)


def forget(tmp_dir: str, paths: Iterable[str]) -> None:
    """These are the user's own files now."""
    before = recall(tmp_dir)
    now = before - frozenset(paths)
    if now != before:
        _write(tmp_dir, now)


def _write(tmp_dir: str, paths: frozenset[str]) -> None:
    target = os.path.join(tmp_dir, FILE)
    temp = f"{target}.{os.getpid()}"
    try:
        with open(temp, "w", encoding="utf-8") as file:
            json.dump(sorted(paths), file)
        os.replace(temp, target)
    except OSError:
        return
