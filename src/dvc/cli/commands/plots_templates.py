"""`dvc plots templates`: list the built-in templates, or print one."""

import argparse

from dvc.cli.context import Context
from dvc.insight.plots import templates


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("template", nargs="?", help="the one to print")


def run(args: argparse.Namespace, context: Context) -> int:
    context.out.data("\n".join(templates.NAMES) if args.template is None else templates.builtin(args.template).rstrip("\n"))
    return 0
