"""The options that say how another repository is opened: shared by get, list and du."""

import argparse

from dvc.cli.commands.selecting import pairs
from dvc.cli.context import Context
from dvc.registry.repository import SourceOptions
from dvc.registry.sources import read_config


def arguments(parser: argparse.ArgumentParser, *, rev: str = "the commit, branch or tag of the repository") -> None:
    parser.add_argument("--rev", nargs="?", metavar="REV", help=rev)
    parser.add_argument("--config", metavar="FILE", help="a configuration file that is put over the repository's own")
    parser.add_argument("--remote", metavar="NAME", help="the remote of the repository to use")
    parser.add_argument("--remote-config", nargs="*", metavar="NAME=VALUE", help="options of that remote")


def options(args: argparse.Namespace, context: Context) -> SourceOptions:
    return SourceOptions(
        args.rev, None if args.config is None else read_config(args.config, context.cwd), args.remote, pairs(args.remote_config)
    )
