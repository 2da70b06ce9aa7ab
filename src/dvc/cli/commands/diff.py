"""`dvc diff`: added, changed, renamed and deleted data between two commits, or a commit and the workspace."""

import argparse
from collections.abc import Iterator

from dvc.cli.context import Context
from dvc.ops.diff import Diff, DiffOptions, diff
from dvc.workspace.compare import Rename, Row

ORDER = ("added", "deleted", "renamed", "modified", "not in cache")
SHORT = 8


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("a_rev", nargs="?", default="HEAD", help="the old commit (HEAD by default)")
    parser.add_argument("b_rev", nargs="?", help="the new commit (the workspace by default)")
    parser.add_argument("--targets", nargs="*", metavar="PATH", help="only these paths")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--md", action="store_true", help="print a Markdown table")
    parser.add_argument("--show-hash", action="store_true", help="show hashes, too")
    parser.add_argument("--hide-missing", action="store_true", help="leave out data that is not in the cache")


def run(args: argparse.Namespace, context: Context) -> int:
    found = diff(context.project(), DiffOptions(args.a_rev, args.b_rev, tuple(args.targets or ())), context.progress)
    groups = _groups(found, hide_missing=args.hide_missing)
    if args.json:
        context.out.json(_json(groups, hashes=args.show_hash) if any(groups.values()) else {})
    elif args.md:
        for line in _table(groups, hashes=args.show_hash):
            context.out.data(line)
    else:
        for line in _lines(groups, hashes=args.show_hash):
            context.out.data(line)
    return 0


def _groups(found: Diff, *, hide_missing: bool) -> dict[str, list[Row | Rename]]:
    """In the order of the JSON output; `not in cache` only against the workspace."""
    changes = found.changes
    groups: dict[str, list[Row | Rename]] = {
        "added": list(changes.added),
        "deleted": list(changes.deleted),
        "modified": [*changes.modified],
        "renamed": list(changes.renamed),
    }
    if found.not_in_cache is not None and not hide_missing:
        groups["not in cache"] = [Row(path) for path in found.not_in_cache]
    return groups


def _json(groups: dict[str, list[Row | Rename]], *, hashes: bool) -> dict[str, object]:
    return {key: [_json_row(key, row, hashes=hashes) for row in rows] for key, rows in groups.items()}


def _json_row(key: str, row: Row | Rename, *, hashes: bool) -> dict[str, object]:
    if isinstance(row, Rename):
        found: dict[str, object] = {"path": {"old": row.old, "new": row.new}}
        return found | ({"hash": row.name} if hashes else {})
    found = {"path": row.path}
    if hashes:
        found["hash"] = {"old": row.old, "new": row.new} if key == "modified" else row.new or row.old
    return found


def _table(groups: dict[str, list[Row | Rename]], *, hashes: bool) -> Iterator[str]:
    rows = [(key, _hash(key, row), _path(row)) for key in ORDER for row in groups.get(key, [])]
    head = ("Status", "Hash", "Path")
    kept = (0, 1, 2) if hashes else (0, 2)
    widths = {at: max(len(head[at]), *(len(row[at]) for row in rows), 0) for at in kept} if rows else {at: len(head[at]) for at in kept}
    yield "| " + " | ".join(head[at].ljust(widths[at]) for at in kept) + " |"
    yield "|" + "|".join("-" * (widths[at] + 2) for at in kept) + "|"
    for row in rows:
        yield "| " + " | ".join(row[at].ljust(widths[at]) for at in kept) + " |"
    yield ""


def _lines(groups: dict[str, list[Row | Rename]], *, hashes: bool) -> Iterator[str]:
    shown = [key for key in ORDER if groups.get(key)]
    for key in shown:
        yield f"{key.capitalize()}:"
        for row in groups[key]:
            name = _hash(key, row)
            yield "    " + (f"{name}  " if hashes and name else "") + _path(row)
        yield ""
    # Folders are told apart from files: the sum counts files.
    counts = [f"{sum(not _path(row).endswith('/') for row in groups[key])} {key}" for key in shown]
    if counts:
        yield "files summary: " + ", ".join(count for count in counts if not count.startswith("0 "))


def _hash(key: str, row: Row | Rename) -> str:
    if isinstance(row, Rename):
        return row.name[:SHORT]
    if key == "modified":
        return f"{(row.old or '-')[:SHORT]}..{(row.new or '-')[:SHORT]}"
    return (row.new or row.old or "")[:SHORT]


def _path(row: Row | Rename) -> str:
    return f"{row.old} -> {row.new}" if isinstance(row, Rename) else row.path
