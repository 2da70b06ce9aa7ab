"""What `metrics show`, `metrics diff` and `params diff` have in common: where they look, and how they show differences."""

import argparse
import sys
from collections.abc import Mapping, Sequence

from dvc.cli.context import Context
from dvc.cli.render.table import ABSENT, number, styled, table
from dvc.exceptions import NotInProject
from dvc.ops.insight import Diff
from dvc.project.project import Project

PRECISION = 5


def place(context: Context) -> Project:
    """The project, or, to look at plain files, the Git repository or folder we are in."""
    try:
        return context.project()
    except NotInProject:
        from dvc.project.project import plain

        return plain(context.cwd, context.environ)


def add_revisions(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("a_rev", nargs="?", default="HEAD", help="the old revision (default: HEAD)")
    parser.add_argument("b_rev", nargs="?", default="workspace", help="the new revision (default: the workspace)")


def warn(context: Context, failures: Mapping[str, tuple[str, ...]], what: str) -> None:
    """Say what could not be read; what could is shown all the same."""
    for rev, messages in failures.items():
        for message in messages:
            context.out.warn(f"some {what} of '{rev or 'workspace'}' cannot be read: {message}")


def show_diff(context: Context, args: argparse.Namespace, diff: Diff, *, what: str, change: bool, precision: int | None) -> None:
    """As JSON, Markdown or a table. `what` heads the column of keys; `change`: with a column for the difference of numbers."""
    warn(context, diff.failures, "metrics" if what == "Metric" else "parameters")
    if args.json:
        context.out.json({file: {key: one.value() for key, one in keys.items()} for file, keys in diff.files.items()})
        return
    headings = ["Path", what, args.a_rev, args.b_rev] + (["Change"] if change else [])
    rows = []
    for file, keys in diff.files.items():
        for key, one in keys.items():
            row = [file, key, number(one.old, precision), number(one.new, precision)]
            rows.append([*row, ABSENT if one.change is None else number(one.change, precision)] if change else row)
    if args.no_path:
        headings, rows = headings[1:], [row[1:] for row in rows]
    verdicts = [diff.verdicts.get((file, key)) for file, keys in diff.files.items() for key in keys] if diff.verdicts else []
    if rows or args.md:
        show_table(context, headings, rows, markdown=args.md, verdicts=verdicts)


def show_table(
    context: Context, headings: Sequence[str], rows: Sequence[Sequence[str]], *, markdown: bool, verdicts: Sequence[bool | None] = ()
) -> None:
    """As Markdown; as lines for programs; on a terminal with what helps the eye, and through a pager where it is large.

    `verdicts`: by row, whether what the last column tells is for the better; shown on a terminal alone.
    """
    if markdown or not sys.stdout.isatty():
        context.out.data(table(headings, rows, markdown=markdown) + ("\n" if markdown else ""))
        return
    from dvc.cli import pager

    pager.show(context.out, styled(headings, rows, verdicts), context.environ)
