"""Three-way merge of what a tracked folder holds. Pure: manifests in, a plan out.

Only the paths that one of the sides touched become Python objects; what both left alone stays packed.
"""

import posixpath

from dvc.engine.contract import Manifest
from dvc.values import dataclass


@dataclass(frozen=True, slots=True)
class FolderMerge:
    """`manifest` has the changes of both sides; where `conflicts` (paths, sorted) is not empty it means nothing."""

    manifest: Manifest
    conflicts: tuple[str, ...]


def merge_folders(base: Manifest, ours: Manifest, theirs: Manifest) -> FolderMerge:
    """What `base` becomes by the changes of both sides.

    A path is in conflict where both sides touched it and do not agree on new content, and where it is a file on one side
    and a folder on the other. Two deletions are in conflict, too: DVC refuses them, and mixed teams must see the same.
    """
    mine, other = base.diff(ours), base.diff(theirs)
    merged = ours.diff(other.removed).removed  # ours, without what they took away
    merged = merged.merge(other.added).merge(other.changed_new)
    new_paths = (*mine.added.paths(), *other.added.paths())
    conflicts = _disagreements(
        _touched(mine.added, mine.changed_new, mine.removed), _touched(other.added, other.changed_new, other.removed)
    )
    conflicts |= {path for path in new_paths if merged.has_folder(path) or _below_a_file(merged, path)}
    return FolderMerge(merged, tuple(sorted(conflicts)))


def _touched(added: Manifest, changed: Manifest, removed: Manifest) -> dict[str, str | None]:
    """New content by path; None for what is gone."""
    return {**dict(added), **dict(changed), **dict.fromkeys(removed.paths())}


def _disagreements(ours: dict[str, str | None], theirs: dict[str, str | None]) -> set[str]:
    return {path for path in ours.keys() & theirs.keys() if ours[path] is None or ours[path] != theirs[path]}


def _below_a_file(manifest: Manifest, path: str) -> bool:
    above = posixpath.dirname(path)
    while above:
        if manifest.get(above) is not None:
            return True
        above = posixpath.dirname(above)
    return False
