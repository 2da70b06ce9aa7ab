"""Which paths were outputs when a command last saw the workspace: so that checkout can tell data that was untracked since.

One list in `.dvc/tmp/outs`, names parted by NUL. A help, not a truth: without it nothing is removed.
"""

import os
from collections.abc import Iterable

FILE = "outs"


def recall(tmp_dir: str) -> frozenset[str]:
    """The paths noted; none where the note is missing."""
    try:
        with open(os.path.join(tmp_dir, FILE), "rb") as file:
            names = file.read().split(b"\0")
    except OSError:
        return frozenset()
    return frozenset(os.fsdecode(name) for name in names if name)


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
        with open(temp, "wb") as file:
            file.write(b"\0".join(os.fsencode(path) for path in sorted(paths)))
        os.replace(temp, target)
    except OSError:
        return
