"""`dvc metrics diff`: show how metrics changed between commits."""

import argparse

from dvc.cli.commands import insight
from dvc.cli.context import Context
from dvc.ops.insight import DiffOptions, metrics_diff


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--targets", nargs="*", default=[], metavar="PATH", help="only these files, or those in these folders")
    parser.add_argument("-R", "--recursive", action="store_true", help="take target folders with all that is below them (always so)")
    parser.add_argument("--all", action="store_true", help="show metrics that did not change, too")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--md", action="store_true", help="print a Markdown table")
    parser.add_argument("--no-path", action="store_true", help="leave out the column of paths")
    parser.add_argument(
        "--precision", type=int, default=insight.PRECISION, metavar="N", help="round to N digits after the point (default: 5)"
    )
    insight.add_revisions(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    options = DiffOptions(old=args.a_rev, new=args.b_rev, targets=tuple(args.targets), everything=args.all)
    diff = metrics_diff(insight.place(context), options)
    insight.show_diff(context, args, diff, what="Metric", change=True, precision=args.precision)
    return 0
