"""`dvc completion`: print a script that completes commands and options in a shell."""

import argparse

from dvc.cli.completions import SHELLS, script
from dvc.cli.context import Context


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-s", "--shell", choices=SHELLS, default="bash", help="the shell that it is for (default: bash)")


def run(args: argparse.Namespace, context: Context) -> int:
    context.out.data(script(args.shell).rstrip("\n"))
    return 0
