"""`dvc git-hook`: what Git calls after `dvc install`: checkout after a switch, status before a commit, push before a push,
and the merge driver for `.dvc` files."""

import argparse

from dvc.cli.context import Context

_COMMANDS = {"pre-commit": "status", "post-checkout": "checkout", "pre-push": "push"}


def arguments(parser: argparse.ArgumentParser) -> None:
    hooks = parser.add_subparsers(dest="hook", required=True, metavar="HOOK")
    for name in _COMMANDS:
        hook = hooks.add_parser(name)
        hook.add_argument("args", nargs="*", help="what Git passes")
    driver = hooks.add_parser("merge-driver")
    driver.add_argument("--ancestor", required=True, metavar="FILE", help="the version that both sides started from")
    driver.add_argument("--our", required=True, metavar="FILE", help="our version; it becomes the merged one")
    driver.add_argument("--their", required=True, metavar="FILE", help="the other branch's version")


def run(args: argparse.Namespace, context: Context) -> int:
    return _merge(args, context) if args.hook == "merge-driver" else _command(args, context)


def _merge(args: argparse.Namespace, context: Context) -> int:
    from dvc.ops.merge_driver import MergeDriverOptions, merge_driver

    options = MergeDriverOptions(args.ancestor, args.our, args.their, wait=context.wait_for_lock)
    merge_driver(context.project(), options)
    return 0


def _command(args: argparse.Namespace, context: Context) -> int:
    from dvc.cli.main import main
    from dvc.exceptions import NotInProject
    from dvc.ops.install import checkout_wanted

    try:
        project = context.project()
    except NotInProject:  # another branch may have no project: Git must not be held up
        return 0
    if args.hook == "post-checkout" and (project.git is None or not checkout_wanted(project.root, tuple(args.args), project.git.git_dir)):
        return 0
    return main([_COMMANDS[args.hook]], cwd=context.cwd, environ=context.environ)
