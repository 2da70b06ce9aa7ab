"""`dvc freeze`: keep stages or imports as they are until unfrozen."""

import argparse

from dvc.cli.commands import saving
from dvc.cli.context import Context
from dvc.ops.freeze import FreezeOptions, freeze


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("targets", nargs="+", help="stages or .dvc files")


def run(args: argparse.Namespace, context: Context) -> int:
    project = context.project()
    changed = freeze(project, FreezeOptions(tuple(args.targets), frozen=True, wait=context.wait_for_lock))
    saving.tell_git(project, context.out, changed)
    return 0
