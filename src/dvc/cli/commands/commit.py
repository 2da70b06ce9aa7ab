"""`dvc commit`: record changes of tracked data in the cache and in the .dvc files or dvc.lock."""

import argparse

from dvc.cli.commands import saving
from dvc.cli.context import Context
from dvc.ops.commit import CommitOptions, CommitResult, NeedsForce, commit
from dvc.values import replace


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("targets", nargs="*", help="stages, .dvc files, or tracked files and folders (default: all)")
    parser.add_argument("-f", "--force", action="store_true", help="record changes without asking")
    parser.add_argument("-d", "--with-deps", action="store_true", help="also the stages that the targets depend on")
    parser.add_argument("-R", "--recursive", action="store_true", help="also all stages below target folders")
    parser.add_argument("--no-relink", action="store_true", help="do not replace files by links to the cache")


def run(args: argparse.Namespace, context: Context) -> int:
    options = CommitOptions(
        targets=tuple(args.targets),
        force=args.force,
        with_deps=args.with_deps,
        recursive=args.recursive,
        no_relink=args.no_relink,
        wait=context.wait_for_lock,
    )
    project = context.project()
    try:
        result = commit(project, options, context.progress)
    except NeedsForce as refusal:
        if not context.out.confirm(f"{refusal.message}. Record everything as it is?"):
            raise
        result = commit(project, replace(options, force=True), context.progress)
    _tell(context, result)
    saving.tell_git(project, context.out, result.changed)
    return 0


def _tell(context: Context, result: CommitResult) -> None:
    for warning in result.warnings:
        context.out.warn(warning)
