"""`dvc install`: put DVC into this repository's Git hooks."""

import argparse

from dvc.cli.context import Context
from dvc.exceptions import DvcException


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--use-pre-commit-tool", action="store_true", help="write them to the file of the pre-commit tool instead of Git's own hooks"
    )


def run(args: argparse.Namespace, context: Context) -> int:
    from dvc.ops.install import install, install_for_pre_commit

    git = context.project().git
    if git is None:
        raise DvcException("there is no Git repository to install hooks in", hint="the project was made with --no-scm")
    result = install_for_pre_commit(git.root) if args.use_pre_commit_tool else install(git)
    context.out.say(f"Installed the hooks {', '.join(result.hooks)}" + (f" in '{result.file}'." if result.file else "."))
    return 0
