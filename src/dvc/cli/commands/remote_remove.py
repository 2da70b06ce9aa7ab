"""`dvc remote remove`: remove a remote; what it stores stays."""

import argparse

from dvc.cli.context import Context
from dvc.cli.levels import add_levels, here
from dvc.ops import remotes


def arguments(parser: argparse.ArgumentParser) -> None:
    add_levels(parser)
    parser.add_argument("name", help="the remote")


def run(args: argparse.Namespace, context: Context) -> int:
    remotes.remove(here(context), args.level, args.name)
    return 0
