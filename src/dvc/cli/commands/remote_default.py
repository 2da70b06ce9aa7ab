"""`dvc remote default`: show or set the default remote."""

import argparse

from dvc.cli.context import Context
from dvc.cli.levels import add_levels, here
from dvc.ops import remotes


def arguments(parser: argparse.ArgumentParser) -> None:
    add_levels(parser)
    parser.add_argument("name", nargs="?", help="the remote; without it the default is shown")
    parser.add_argument("-u", "--unset", action="store_true", help="have no default remote")


def run(args: argparse.Namespace, context: Context) -> int:
    where = here(context)
    if args.name is not None or args.unset:
        remotes.set_default(where, args.level, None if args.unset else args.name)
        return 0
    try:
        context.out.data(remotes.default(where, args.level))
    except remotes.NoDefaultRemote as none:
        context.out.say(none.message)
        return 1
    return 0
