"""`dvc root`: print the path of the project's root."""

import argparse

from dvc.cli.context import Context
from dvc.cli.shortcuts import root


def arguments(parser: argparse.ArgumentParser) -> None:
    """None of its own."""


def run(args: argparse.Namespace, context: Context) -> int:
    return root(context.cwd, quiet=context.quiet)
