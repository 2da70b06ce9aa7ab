"""`dvc get-url`: copy data from a path or URL, without tracking it."""

import argparse

from dvc.cli.commands.selecting import pairs, positive
from dvc.cli.context import Context
from dvc.ops.get_url import GetUrlOptions, get_url


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("url", help="where the data is: a path, a URL, or remote://NAME/PATH")
    parser.add_argument("out", nargs="?", help="where to put it")
    parser.add_argument("-j", "--jobs", type=positive, metavar="N", help="work on N files at a time")
    parser.add_argument("-f", "--force", action="store_true", help="replace what stands there")
    parser.add_argument("--fs-config", nargs="*", metavar="NAME=VALUE", help="options of the source's storage")


def run(args: argparse.Namespace, context: Context) -> int:
    options = GetUrlOptions(args.url, args.out, dict(pairs(args.fs_config, "--fs-config")), args.force, args.jobs or 0)
    get_url(options, context.cwd, context.environ, context.progress)
    return 0
