"""`dvc remote modify`: set or unset an option of a remote."""

import argparse

from dvc.cli.context import Context, UsageProblem
from dvc.cli.levels import add_levels, here
from dvc.ops import remotes


def arguments(parser: argparse.ArgumentParser) -> None:
    add_levels(parser)
    parser.add_argument("name", help="the remote")
    parser.add_argument("option", help="the option")
    parser.add_argument("value", nargs="?", help="its new value")
    parser.add_argument("-u", "--unset", action="store_true", help="take the option out")


def run(args: argparse.Namespace, context: Context) -> int:
    if args.value is None and not args.unset:
        remotes.known(here(context), None, args.name)
        raise UsageProblem(f"a value for '{args.option}' is missing", hint="give one, or `--unset`")
    remotes.modify(here(context), args.level, args.name, args.option, None if args.unset else args.value)
    return 0
