"""`dvc add`: track files or folders."""

import argparse

from dvc.cli.commands import saving
from dvc.cli.context import Context
from dvc.ops.add import AddOptions, add


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("targets", nargs="+", help="files or folders")
    parser.add_argument("--no-commit", action="store_true", help="write the .dvc file only, store nothing in the cache")
    parser.add_argument("--glob", action="store_true", help="take targets as patterns: *, ?, [...] and **")
    parser.add_argument("-o", "--out", metavar="PATH", help="copy the target to PATH first and track that")
    parser.add_argument("--to-remote", action="store_true", help="store in a remote, neither in the cache nor in the workspace")
    parser.add_argument("-r", "--remote", metavar="NAME", help="the remote for --to-remote")
    parser.add_argument("--remote-jobs", type=int, metavar="N", help="parallel transfers for --to-remote")
    parser.add_argument("-f", "--force", action="store_true", help="replace what stands at the path of --out or --to-remote")
    parser.add_argument("--no-relink", action="store_true", help="do not replace files by links to the cache")


def run(args: argparse.Namespace, context: Context) -> int:
    options = AddOptions(
        targets=tuple(args.targets),
        glob=args.glob,
        no_commit=args.no_commit,
        force=args.force,
        no_relink=args.no_relink,
        jobs=args.remote_jobs or 0,
        wait=context.wait_for_lock,
    )
    project = context.project()
    if args.out is not None or args.to_remote or args.remote is not None:
        from dvc.ops.bringing import BringOptions, bring

        how = BringOptions(options, out=args.out, to_remote=args.to_remote, remote=args.remote)
        result = bring(project, how, context.progress)
    else:
        result = add(project, options, context.progress)
    for warning in result.warnings:
        context.out.warn(warning)
    saving.tell_git(project, context.out, result.changed)
    return 0
