"""`dvc plots show`: draw the plots of the workspace."""

import argparse

from dvc.cli.commands import plotting
from dvc.cli.context import Context


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("targets", nargs="*", help="plots of dvc.yaml, files, or folders of them (default: all plots)")
    plotting.add_props(parser)
    plotting.add_output(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    return plotting.give(args, context, args.targets, None)
