"""`dvc init`: start a DVC project."""

import argparse
import os

from dvc.cli.context import Context


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("directory", nargs="?", default=".", help="where; the current folder when not given; made when missing")
    parser.add_argument("--no-scm", action="store_true", help="do without Git")
    parser.add_argument("-f", "--force", action="store_true", help="start anew where a project is: drops its configuration and cache")
    parser.add_argument("--subdir", action="store_true", help="the folder is a part of a Git repository, not its top")


def run(args: argparse.Namespace, context: Context) -> int:
    from dvc.ops.init import InitOptions, init

    options = InitOptions(os.path.join(context.cwd, args.directory), no_scm=args.no_scm, subdir=args.subdir, force=args.force)
    result = init(options, context.environ)
    context.out.say("Initialized DVC repository.")
    if result.scm:
        context.out.say("\nIts files are staged; record them with:\n\n\tgit commit -m 'Initialize DVC'")
    return 0
