"""The options that say how another repository is opened: shared by get, list and du."""

import argparse
import os

from dvc.cli.commands.selecting import pairs
from dvc.cli.context import Context
from dvc.exceptions import ConfigProblem
from dvc.registry.repository import SourceOptions


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rev", nargs="?", metavar="REV", help="the commit, branch or tag of the repository")
    parser.add_argument("--config", metavar="FILE", help="a configuration file that is put over the repository's own")
    parser.add_argument("--remote", metavar="NAME", help="the remote of the repository to use")
    parser.add_argument("--remote-config", nargs="*", metavar="NAME=VALUE", help="options of that remote")


def options(args: argparse.Namespace, context: Context) -> SourceOptions:
    return SourceOptions(args.rev, _config(args.config, context), args.remote, pairs(args.remote_config))


def _config(path: str | None, context: Context) -> dict[object, dict[str, object]] | None:
    """The file's sections, its relative paths made absolute as in the project's own file."""
    if path is None:
        return None
    from dvc.project import config

    full = os.path.join(context.cwd, path)
    if not os.path.isfile(full):
        raise ConfigProblem(f"there is no configuration file '{path}'")
    level = config.Level("given", full, config.read_level(full))
    return {section: dict(values) for section, values in config.merge((level,)).items()}
