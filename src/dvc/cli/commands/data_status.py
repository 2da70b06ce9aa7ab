"""`dvc data status`: changes of tracked data against HEAD and in the workspace."""

import argparse
from collections.abc import Iterable

from dvc.cli.context import Context
from dvc.ops.data_status import DataStatus, DataStatusOptions, data_status
from dvc.workspace.compare import Changes

HINTS = {
    "not_in_cache": ("Not in cache", '(use "dvc fetch <file>..." to download files)'),
    "not_in_remote": ("Not in remote", '(use "dvc push <file>..." to upload files)'),
    "committed": ("DVC committed changes", "(git commit the corresponding dvc files to update the repo)"),
    "uncommitted": (
        "DVC uncommitted changes",
        '(use "dvc commit <file>..." to track changes)\n  (use "dvc checkout <file>..." to discard changes)',
    ),
    "untracked": ("Untracked files", '(use "git add <file> ..." or "dvc add <file>..." to commit to git or to dvc)'),
    "unchanged": ("DVC unchanged files", ""),
}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("targets", nargs="*", help="only these paths")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--granular", action="store_true", help="tell about the files inside tracked folders, too")
    parser.add_argument("--unchanged", action="store_true", help="list unchanged data, too")
    parser.add_argument("--untracked-files", nargs="?", choices=("no", "all"), default="no", const="all", help="list untracked files, too")
    parser.add_argument("--not-in-remote", action="store_true", help="list what the remote does not have, too")
    parser.add_argument("-r", "--remote", metavar="NAME", help="the remote for --not-in-remote, instead of the default one")
    parser.add_argument("--no-remote-refresh", action="store_true", help="trust what was last seen on the remote")


def run(args: argparse.Namespace, context: Context) -> int:
    options = DataStatusOptions(
        targets=tuple(args.targets),
        granular=args.granular,
        unchanged=args.unchanged,
        untracked=args.untracked_files == "all",
        not_in_remote=args.not_in_remote,
        remote=args.remote,
        refresh=not args.no_remote_refresh,
    )
    status = _as_json(data_status(context.project(), options, context.progress))
    if args.json:
        context.out.json(status)
    else:
        for line in _lines(status):
            context.out.data(line)
    return 0


def _as_json(status: DataStatus) -> dict[str, object]:
    """Keys in the order of docs/formats/output.md; empty ones are left out."""
    found: dict[str, object] = {
        "not_in_cache": list(status.not_in_cache),
        "not_in_remote": list(status.not_in_remote),
        "committed": _changes(status.committed),
        "uncommitted": _changes(status.uncommitted),
        "untracked": list(status.untracked),
        "unchanged": list(status.unchanged),
    }
    return {key: value for key, value in found.items() if value}


def _changes(changes: Changes) -> dict[str, list[object]]:
    found: dict[str, list[object]] = {
        "modified": [row.path for row in changes.modified],
        "added": [row.path for row in changes.added],
        "deleted": [row.path for row in changes.deleted],
        "renamed": [{"old": each.old, "new": each.new} for each in changes.renamed],
        "unknown": [row.path for row in changes.unknown],
    }
    return {key: value for key, value in found.items() if value}


def _lines(status: dict[str, object]) -> Iterable[str]:
    if not status:
        yield "No changes."
    for number, (key, value) in enumerate(status.items()):
        title, hint = HINTS[key]
        yield ("\n" if number else "") + title + ":"
        if hint:
            yield "  " + hint
        if isinstance(value, dict):
            for word, rows in value.items():
                for row in rows:
                    yield f"        {word}: " + (f"{row['old']} -> {row['new']}" if isinstance(row, dict) else row)
        elif isinstance(value, list):
            yield from (f"        {row}" for row in value)
