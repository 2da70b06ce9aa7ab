"""`dvc du`: how large what a repository holds is."""

import argparse

from dvc.cli.commands import sizes, sourcing
from dvc.cli.context import Context
from dvc.ops.list import ListOptions, usage


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("url", help="the repository: a folder, or a git URL")
    parser.add_argument("path", nargs="?", default="", help="a path inside of it")
    parser.add_argument("-s", "--summarize", action="store_true", help="only the total")
    sourcing.arguments(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    rows, total = usage(ListOptions(args.url, args.path, sourcing.options(args, context)), context.cwd, context.environ)
    lines = [] if args.summarize else [(sizes.shown(row.size), row.path) for row in rows]
    # The last line is the sum, with the name of what was asked for.
    if args.summarize or args.path == "" or len(rows) != 1 or rows[0].path != args.path:
        lines.append((sizes.shown(total), args.path))
    width = max(len(size) for size, _ in lines)
    for size, name in lines:
        context.out.data(f"{size.ljust(width)}  {name}".rstrip())
    return 0
