"""`dvc dataset update`: pin what a data set's source is now."""

import argparse

from dvc.cli.commands import saving
from dvc.cli.context import Context
from dvc.ops.dataset import update_dataset


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", help="the data set")
    parser.add_argument("--rev", "--version", nargs="?", metavar="REV", help="another commit, branch or tag, kept for later updates")


def run(args: argparse.Namespace, context: Context) -> int:
    project = context.project()
    done = update_dataset(project, args.name, args.rev, wait=context.wait_for_lock)
    context.out.say(f"Updated data set '{args.name}'" if done.changed else "Nothing to update")
    saving.tell_git(project, context.out, done.changed)
    return 0
