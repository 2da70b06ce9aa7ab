"""`dvc cache migrate`: bring objects of the 2.x cache layout into the 3.x one."""

import argparse

from dvc.cli.commands import saving
from dvc.cli.context import Context
from dvc.ops.cache_migrate import MigrateOptions, migrate


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dvc-files", action="store_true", help="also rewrite the .dvc files and dvc.lock entries of DVC 2")
    parser.add_argument("--dry", action="store_true", help="only say how many objects would be migrated")


def run(args: argparse.Namespace, context: Context) -> int:
    project = context.project()
    result = migrate(project, MigrateOptions(args.dvc_files, args.dry, context.wait_for_lock), context.progress)
    word = "would be migrated" if args.dry else "migrated"
    context.out.say(f"{result.count} object{'s' if result.count != 1 else ''} {word} to the 3.x cache layout.")
    for note in result.notes:
        context.out.warn(note)
    saving.tell_git(project, context.out, result.changed)
    return 0
