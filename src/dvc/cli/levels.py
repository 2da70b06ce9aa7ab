"""The options --global, --system, --project and --local, which several commands have."""

import argparse

from dvc.cli.context import Context
from dvc.ops.settings import Place, place


def add_levels(parser: argparse.ArgumentParser) -> None:
    group = parser.add_mutually_exclusive_group()
    for level, help_text in (
        ("global", "the user's configuration"),
        ("system", "the machine's configuration"),
        ("project", "the project's configuration (.dvc/config)"),
        ("local", "the project's configuration that is not in Git (.dvc/config.local)"),
    ):
        group.add_argument(f"--{level}", dest="level", action="store_const", const=level, help=f"use {help_text}")


def here(context: Context) -> Place:
    return place(context.cwd, context.environ)
