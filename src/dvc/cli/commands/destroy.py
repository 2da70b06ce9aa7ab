"""`dvc destroy`: remove all of DVC's files and the cache; the data stays."""

import argparse

from dvc.cli.context import Context
from dvc.exceptions import DvcException


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-f", "--force", action="store_true", help="do not ask")


def run(args: argparse.Namespace, context: Context) -> int:
    from dvc.ops.destroy import destroy, plan

    project = context.project()
    what = plan(project)
    question = f"This removes {len(what.files)} files of metadata, '.dvc' and the cache in it. The data in the workspace stays. Go on?"
    if not args.force and not context.out.confirm(question):
        raise DvcException("nothing was removed: there was no yes. Use `-f` to force.")
    destroy(project, what, wait=context.wait_for_lock)
    return 0
