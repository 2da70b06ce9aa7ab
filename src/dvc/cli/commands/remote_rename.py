"""`dvc remote rename`: rename a remote."""

import argparse

from dvc.cli.context import Context
from dvc.cli.levels import add_levels, here
from dvc.ops import remotes


def arguments(parser: argparse.ArgumentParser) -> None:
    add_levels(parser)
    parser.add_argument("name", help="the remote")
    parser.add_argument("new", help="its new name")


def run(args: argparse.Namespace, context: Context) -> int:
    remotes.rename(here(context), args.level, args.name, args.new)
    return 0
