"""`dvc dataset add`: name data of elsewhere, for stages to depend on."""

import argparse

from dvc.cli.commands import saving
from dvc.cli.context import Context, UsageProblem
from dvc.exceptions import DvcException
from dvc.ops.dataset import DatasetOptions, add_dataset


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", help="what stages call it: ds://NAME")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--dc", metavar="NAME", help="a data set of DataChain")
    source.add_argument("--dvc", metavar="URL", help="a repository")
    source.add_argument("--url", metavar="URL", help="a file or folder")
    parser.add_argument("--rev", metavar="REV", help="with --dvc: the commit, branch or tag")
    parser.add_argument("--path", metavar="PATH", help="with --dvc: a file or folder of the repository")
    parser.add_argument("-f", "--force", action="store_true", help="replace a data set of that name")


def run(args: argparse.Namespace, context: Context) -> int:
    if args.dvc is None and (args.rev is not None or args.path is not None):
        raise UsageProblem("--rev and --path go with --dvc")
    if args.dc is not None:
        raise DvcException(
            "data sets of DataChain are not served by this version", hint="name a repository with --dvc, or a path with --url"
        )
    project = context.project()
    options = DatasetOptions(
        args.name,
        args.dvc if args.dvc is not None else args.url,
        "dvc" if args.dvc is not None else "url",
        args.path,
        args.rev,
        force=args.force,
        wait=context.wait_for_lock,
    )
    done = add_dataset(project, options)
    context.out.say(f"Added data set '{args.name}' ({options.url})")
    saving.tell_git(project, context.out, done.changed)
    return 0
