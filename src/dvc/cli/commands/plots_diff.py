"""`dvc plots diff`: draw plots of several revisions over each other."""

import argparse

from dvc.cli.commands import plotting
from dvc.cli.context import Context


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("revisions", nargs="*", help="what to compare (default: HEAD; one alone: with the workspace)")
    parser.add_argument("--targets", nargs="*", default=[], metavar="PLOT", help="plots of dvc.yaml, files, or folders of them")
    plotting.add_props(parser)
    plotting.add_output(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    return plotting.give(args, context, args.targets, args.revisions)
