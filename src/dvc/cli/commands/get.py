"""`dvc get`: copy a file or folder out of another repository."""

import argparse

from dvc.cli.commands import sourcing
from dvc.cli.commands.selecting import positive
from dvc.cli.context import Context
from dvc.ops.get import GetOptions, get, url_of


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("url", help="the repository: a folder, or a git URL")
    parser.add_argument("path", help="a file or folder inside of it")
    parser.add_argument("-o", "--out", nargs="?", metavar="PATH", help="where to put it")
    parser.add_argument("--show-url", action="store_true", help="only print where the data is stored")
    parser.add_argument("-j", "--jobs", type=positive, metavar="N", help="work on N files at a time")
    parser.add_argument("-f", "--force", action="store_true", help="replace what stands there")
    sourcing.arguments(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    options = GetOptions(args.url, args.path, args.out, sourcing.options(args, context), args.force, args.jobs or 0)
    if args.show_url:
        context.out.data(url_of(options, context.cwd, context.environ))
        return 0
    get(options, context.cwd, context.environ, context.progress)
    return 0
