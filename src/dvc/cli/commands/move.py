"""`dvc move`: rename or move tracked data together with its .dvc file."""

import argparse

from dvc.cli.commands import saving
from dvc.cli.context import Context
from dvc.ops.move import MoveOptions, move


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("src", help="tracked file or folder")
    parser.add_argument("dst", help="its new path, or a folder to move it into")


def run(args: argparse.Namespace, context: Context) -> int:
    project = context.project()
    result = move(project, MoveOptions(args.src, args.dst, context.wait_for_lock))
    saving.tell_git(project, context.out, result.changed)
    return 0
