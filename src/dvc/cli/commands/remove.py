"""`dvc remove`: stop tracking data, or remove stages."""

import argparse

from dvc.cli.commands import saving
from dvc.cli.context import Context
from dvc.ops.remove import RemoveOptions, remove


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("targets", nargs="+", help=".dvc files or stages")
    parser.add_argument("--outs", action="store_true", help="delete their data from the workspace, too")


def run(args: argparse.Namespace, context: Context) -> int:
    project = context.project()
    result = remove(project, RemoveOptions(tuple(args.targets), args.outs, context.wait_for_lock), context.progress)
    saving.tell_git(project, context.out, result.changed)
    return 0
