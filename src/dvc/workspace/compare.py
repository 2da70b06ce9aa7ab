"""Compares recorded or seen data of two sides, path by path. Pure: values in, changes out; no file is looked at.

Directories are compared as packed manifests. Only what differs becomes rows, and what is unchanged where it is asked for.
"""

from collections.abc import Iterable, Mapping, Sequence

from dvc.engine.contract import Manifest
from dvc.model.hashes import ObjectId, TreeId
from dvc.values import dataclass


@dataclass(frozen=True, slots=True)
class Node:
    """What one side has at a path. `oid` None: something is there, its content is not known. `manifest` of folders, where known."""

    oid: ObjectId | None
    manifest: Manifest | None = None
    folder: bool = False

    @property
    def name(self) -> str | None:
        return None if self.oid is None else self.oid.hex + (".dir" if isinstance(self.oid, TreeId) else "")


@dataclass(frozen=True, slots=True, order=True)
class Row:
    """One change. Folders end in `/`. `old` and `new` are object names; None where that side has none, or it is not known."""

    path: str
    old: str | None = None
    new: str | None = None


@dataclass(frozen=True, slots=True)
class Rename:
    old: str
    new: str
    name: str


@dataclass(frozen=True, slots=True)
class Changes:
    """Rows sorted by path. `unknown`: members of a folder of which one side's list of files is not at hand."""

    added: tuple[Row, ...] = ()
    deleted: tuple[Row, ...] = ()
    modified: tuple[Row, ...] = ()
    renamed: tuple[Rename, ...] = ()
    unknown: tuple[Row, ...] = ()
    unchanged: tuple[Row, ...] = ()

    @property
    def any(self) -> bool:
        return bool(self.added or self.deleted or self.modified or self.renamed or self.unknown)


def compare(
    old: Mapping[str, Node],
    new: Mapping[str, Node],
    *,
    granular: bool,
    unchanged: bool = False,
    spell_old: bool = False,
    targets: Sequence[str] = (),
) -> Changes:
    """What changed from `old` to `new`. `granular`: members of folders are rows too. `unchanged`: list what is not changed.

    `spell_old`: a path that was a file and is a folder now (or the other way) is spelled as it was, else as it is.
    `targets`: only what is at or below one of them counts, so what came to a target from elsewhere is added, not renamed.
    """
    found = _Found(granular, unchanged, spell_old)
    for path in sorted({*old, *new}):
        before, after = old.get(path), new.get(path)
        if before is None and after is not None:
            found.added += _whole(path, after, granular, as_new=True)
        elif after is None and before is not None:
            found.deleted += _whole(path, before, granular, as_new=False)
        elif before is not None and after is not None:
            found.both(path, before, after)
    renamed, added, deleted = _renames(_within(found.added, targets), _within(found.deleted, targets))
    return Changes(
        tuple(sorted(added)),
        tuple(sorted(deleted)),
        tuple(sorted(_within(found.modified, targets))),
        tuple(sorted(renamed, key=lambda each: (each.old, each.new))),
        tuple(sorted(_within(found.unknown, targets))),
        tuple(sorted(_within(found.same, targets))),
    )


class _Found:
    def __init__(self, granular: bool, unchanged: bool, spell_old: bool) -> None:
        self.granular, self.unchanged, self.spell_old = granular, unchanged, spell_old
        self.added: list[Row] = []
        self.deleted: list[Row] = []
        self.modified: list[Row] = []
        self.unknown: list[Row] = []
        self.same: list[Row] = []

    def both(self, path: str, before: Node, after: Node) -> None:
        folder = before.folder if self.spell_old else after.folder
        shown = path + "/" if folder else path
        if before.oid == after.oid and before.oid is not None:
            if self.unchanged:
                self.same.append(Row(shown, before.name, after.name))
            if self.granular and folder:
                self._equal(path, before, after)
            return
        self.modified.append(Row(shown, before.name, after.name))
        if self.granular and (before.folder or after.folder):
            self._inside(path, before, after)

    def _equal(self, path: str, before: Node, after: Node) -> None:
        """Members of a folder that did not change. As with DVC they are unknown while one side's list is not at hand."""
        if before.manifest is None or after.manifest is None:
            known = after.manifest if before.manifest is None else before.manifest
            self.unknown += [] if known is None else _members(path, known)
        elif self.unchanged:
            self.same += _members(path, after.manifest, both=True)

    def _inside(self, path: str, before: Node, after: Node) -> None:
        if not after.folder:
            self.deleted += [] if before.manifest is None else _members(path, before.manifest, new=False)
            return
        if not before.folder:
            self.added += [] if after.manifest is None else _members(path, after.manifest, new=True)
            return
        if before.manifest is None or after.manifest is None:
            known = after.manifest if before.manifest is None else before.manifest
            self.unknown += [] if known is None else _members(path, known)
            return
        diff = before.manifest.diff(after.manifest)
        self.added += _members(path, diff.added, new=True)
        self.deleted += _members(path, diff.removed, new=False)
        self.modified += [
            Row(f"{path}/{inner}", was, now) for (inner, was), (_, now) in zip(diff.changed_old, diff.changed_new, strict=True)
        ]
        if self.unchanged:
            changed = {inner for inner, _ in diff.changed_new} | {inner for inner, _ in diff.added}
            self.same += [Row(f"{path}/{inner}", digest, digest) for inner, digest in after.manifest if inner not in changed]


def _whole(path: str, node: Node, granular: bool, *, as_new: bool) -> list[Row]:
    shown = path + "/" if node.folder else path
    rows = [Row(shown, None, node.name) if as_new else Row(shown, node.name, None)]
    if granular and node.manifest is not None:
        rows += _members(path, node.manifest, new=as_new)
    return rows


def _members(path: str, manifest: Manifest, *, new: bool | None = None, both: bool = False) -> list[Row]:
    return [
        Row(f"{path}/{inner}", digest if both or new is False else None, digest if both or new is True else None)
        for inner, digest in manifest
    ]


def _renames(added: list[Row], deleted: list[Row]) -> tuple[list[Rename], list[Row], list[Row]]:
    """Pairs of something gone and something new with one content; each row is in at most one pair."""
    gone: dict[str, list[Row]] = {}
    for row in sorted(deleted, reverse=True):
        if row.old is not None:
            gone.setdefault(row.old, []).append(row)
    renamed, left, used = [], [], set()
    for row in sorted(added):
        rows = gone.get(row.new or "")
        if rows:
            was = rows.pop()
            used.add(was.path)
            renamed.append(Rename(was.path, row.path, row.new or ""))
        else:
            left.append(row)
    return renamed, left, [row for row in deleted if row.path not in used]


def _within(rows: list[Row], targets: Sequence[str]) -> list[Row]:
    return [row for row in rows if is_within(row.path, targets)] if targets else rows


def is_within(path: str, targets: Iterable[str]) -> bool:
    """Whether `path` is one of `targets` or below one; the empty target is the root."""
    plain = path.rstrip("/")
    return any(not target or plain == target or plain.startswith(target + "/") for target in targets)
