"""`dvc metrics show`: show metrics and their values."""

import argparse
from collections.abc import Mapping

from dvc.cli.commands import insight
from dvc.cli.context import Context
from dvc.cli.render.table import number
from dvc.insight.metrics import Revision
from dvc.insight.reading import Failure
from dvc.ops.insight import ShowOptions, metrics_show
from dvc.project.project import Project


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("targets", nargs="*", help="files, or folders of them (default: all metrics of the project)")
    parser.add_argument("-a", "--all-branches", action="store_true", help="show metrics of all branches")
    parser.add_argument("-T", "--all-tags", action="store_true", help="show metrics of all tags")
    parser.add_argument("-A", "--all-commits", action="store_true", help="show metrics of all commits")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--md", action="store_true", help="print a Markdown table")
    parser.add_argument("-R", "--recursive", action="store_true", help="take target folders with all that is below them (always so)")
    parser.add_argument(
        "--precision", type=int, default=insight.PRECISION, metavar="N", help="round to N digits after the point (default: 5)"
    )


def run(args: argparse.Namespace, context: Context) -> int:
    project = insight.place(context)
    options = ShowOptions(tuple(args.targets), all_branches=args.all_branches, all_tags=args.all_tags, all_commits=args.all_commits)
    found = metrics_show(project, options)
    insight.warn(context, {rev: tuple(one.failures) for rev, one in found.items() if one.failures}, "metrics")
    if args.json:
        context.out.json({rev: _value(project, one) for rev, one in found.items()})
        return 0
    headings, rows = _table(project, found, args, revisions=options.revisions)
    if rows or args.md:
        insight.show_table(context, headings, rows, markdown=args.md)
    return 0


def _value(project: Project, revision: Revision) -> dict[str, object]:
    if revision.failure is not None:
        return {"error": _error(revision.failure)}
    files: dict[str, object] = {}
    for path, value in revision.files.items():
        if isinstance(value, Failure):
            files[project.shown(path)] = {"error": _error(value)}
        else:
            files[project.shown(path)] = {"data": {} if value is None else value}
    return {"data": files}


def _error(failure: Failure) -> dict[str, str]:
    return {"type": failure.type, "msg": failure.msg}


def _table(
    project: Project, found: Mapping[str, Revision], args: argparse.Namespace, *, revisions: bool
) -> tuple[list[str], list[list[str]]]:
    keys = sorted({key for one in found.values() for values in one.flat.values() for key in values})
    rows = []
    for rev, one in found.items():
        flat = one.flat
        for path in one.files:
            cells = [number(flat.get(path, {}).get(key), args.precision) for key in keys]
            rows.append([*([rev] if revisions else []), project.shown(path), *cells])
    return [*(["Revision"] if revisions else []), "Path", *keys], rows
