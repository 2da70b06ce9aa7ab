"""`dvc update`: bring imports up to date with their source."""

import argparse

from dvc.cli.commands import saving
from dvc.cli.commands.selecting import positive
from dvc.cli.context import Context, UsageProblem
from dvc.ops.update import UpdateOptions, update


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("targets", nargs="+", help=".dvc files of imports, or the data they track")
    parser.add_argument("--rev", nargs="?", metavar="REV", help="another commit, branch or tag of the source, kept for later updates")
    parser.add_argument("-R", "--recursive", action="store_true", help="take folders among the targets as all imports below")
    parser.add_argument("--no-download", action="store_true", help="record the source's state only, and leave the data for later")
    parser.add_argument("--to-remote", action="store_true", help="store in a remote, neither in the cache nor in the workspace")
    parser.add_argument("-r", "--remote", metavar="NAME", help="the remote for --to-remote")
    parser.add_argument("-j", "--jobs", type=positive, metavar="N", help="work on N files at a time")


def run(args: argparse.Namespace, context: Context) -> int:
    if args.to_remote and args.no_download:
        raise UsageProblem("--to-remote and --no-download exclude each other")
    if args.remote is not None and not args.to_remote:
        raise UsageProblem("`--remote` has a meaning with `--to-remote` only")
    options = UpdateOptions(
        tuple(args.targets),
        args.rev,
        args.recursive,
        args.no_download,
        args.to_remote,
        args.remote,
        args.jobs or 0,
        context.wait_for_lock,
    )
    project = context.project()
    done = update(project, options, context.progress)
    for words in done.warnings:
        context.out.warn(words)
    for name in done.unchanged:
        context.out.say(f"'{name}' is current")
    saving.tell_git(project, context.out, done.changed)
    return 0
