"""`dvc remote add`: add a remote."""

import argparse

from dvc.cli.context import Context
from dvc.cli.levels import add_levels, here
from dvc.ops import remotes


def arguments(parser: argparse.ArgumentParser) -> None:
    add_levels(parser)
    parser.add_argument("name", help="what the remote shall be called")
    parser.add_argument("url", help="a folder, relative to the current one, or a URL")
    parser.add_argument("-d", "--default", action="store_true", help="make it the default remote")
    parser.add_argument("-f", "--force", action="store_true", help="replace a remote of that name")


def run(args: argparse.Namespace, context: Context) -> int:
    remotes.add(here(context), args.level, args.name, args.url, default=args.default, force=args.force)
    if args.default:
        context.out.say(f"Setting '{args.name.lower()}' as a default remote.")
    return 0
