"""`dvc remote list`: list the remotes."""

import argparse

from dvc.cli.context import Context
from dvc.cli.levels import add_levels, here
from dvc.ops import settings as ops


def arguments(parser: argparse.ArgumentParser) -> None:
    add_levels(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    settings = ops.merged(here(context), args.level)
    default = settings.get("core", {}).get("remote")
    for section, options in settings.items():
        if not isinstance(section, tuple) or section[0] != "remote":
            continue
        mark = "\t(default)" if section[1] == default else ""
        context.out.data(f"{section[1]}\t{ops.text(options.get('url', ''))}{mark}".expandtabs(8))
    return 0
