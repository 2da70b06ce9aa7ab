"""`dvc unprotect`: make linked files writable copies of their own."""

import argparse

from dvc.cli.context import Context
from dvc.ops.unprotect import UnprotectOptions, unprotect


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("targets", nargs="+", help="files or folders")


def run(args: argparse.Namespace, context: Context) -> int:
    unprotect(context.project(), UnprotectOptions(tuple(args.targets), wait=context.wait_for_lock))
    return 0
