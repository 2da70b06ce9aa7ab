"""`dvc params diff`: show how parameters changed between commits."""

import argparse

from dvc.cli.commands import insight
from dvc.cli.context import Context
from dvc.ops.insight import DiffOptions, params_diff


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--targets", nargs="*", default=[], metavar="PATH", help="only these files, with all that is in them")
    parser.add_argument("--all", action="store_true", help="show parameters that did not change, too")
    parser.add_argument("--deps", action="store_true", help="only parameters that stages depend on")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--md", action="store_true", help="print a Markdown table")
    parser.add_argument("--no-path", action="store_true", help="leave out the column of paths")
    insight.add_revisions(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    options = DiffOptions(old=args.a_rev, new=args.b_rev, targets=tuple(args.targets), everything=args.all, deps_only=args.deps)
    diff = params_diff(insight.place(context), options)
    insight.show_diff(context, args, diff, what="Param", change=False, precision=None)
    return 0
