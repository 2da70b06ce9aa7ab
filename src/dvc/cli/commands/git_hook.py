"""`dvc git-hook`: what the hooks of `dvc install` call: checkout after a switch, status before a commit, push before a push."""

import argparse

from dvc.cli.context import Context


def arguments(parser: argparse.ArgumentParser) -> None:
    hooks = parser.add_subparsers(dest="hook", required=True, metavar="HOOK")
    for name in ("pre-commit", "post-checkout", "pre-push"):
        hook = hooks.add_parser(name)
        hook.add_argument("args", nargs="*", help="what Git passes")


def run(args: argparse.Namespace, context: Context) -> int:
    from dvc.cli.main import main
    from dvc.exceptions import NotInProject
    from dvc.ops.install import checkout_wanted

    try:
        project = context.project()
    except NotInProject:  # another branch may have no project: Git must not be held up
        return 0
    if args.hook == "post-checkout" and (project.git is None or not checkout_wanted(project.root, tuple(args.args), project.git.git_dir)):
        return 0
    command = {"pre-commit": "status", "post-checkout": "checkout", "pre-push": "push"}[args.hook]
    return main([command], cwd=context.cwd, environ=context.environ)
