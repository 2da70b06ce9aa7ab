"""Makes the completion scripts that `dvc completion` prints, out of the parsers of all commands.

`python -m tests.completing` (or `make completions`) writes them anew after a command or an option changed.
"""

import argparse
from importlib import import_module
from pathlib import Path
from typing import cast

import shtab

from dvc.cli import completions
from dvc.cli.parser import Command
from dvc.cli.table import ALIASES, COMMANDS, GROUPS, HIDDEN

FOLDER = Path(completions.__file__).parent
# What is a path, by how the argument is called or what it takes.
_PATHS = frozenset("targets target path src dst directory PATH FILE".split())
_SWITCHES = (("-h", "--help"), ("-q", "--quiet"), ("-v", "--verbose"))


def generated(shell: str) -> str:
    """The script for a shell."""
    return shtab.complete(_parser(), shell).rstrip("\n") + "\n"


def _parser() -> argparse.ArgumentParser:
    """All commands in one parser; `dvc` itself builds that of the chosen command alone."""
    root = argparse.ArgumentParser(prog="dvc", add_help=False)
    for flags in (*_SWITCHES, ("-V", "--version"), ("--wait-for-lock",)):
        root.add_argument(*flags, action="store_true")
    _as_path(root.add_argument("--cd", metavar="PATH"), shtab.DIRECTORY)
    commands = root.add_subparsers(dest="command")
    called: dict[str, list[str]] = {}
    for alias, name in ALIASES.items():
        called.setdefault(name, []).append(alias)
    members = {}
    for group, summary in GROUPS.items():
        parser = commands.add_parser(group, aliases=called.get(group, []), help=summary, add_help=False)
        _switches(parser)
        members[group] = parser.add_subparsers(dest="subcommand")
    for name, (module, summary) in COMMANDS.items():
        if name in HIDDEN:
            continue
        group, _, short = name.rpartition(" ")
        parser = (members[group] if group else commands).add_parser(short, aliases=called.get(name, []), help=summary, add_help=False)
        _switches(parser)
        cast(Command, import_module(f"dvc.cli.commands.{module}")).arguments(parser)
        for action in parser._actions:
            if action.choices is None and action.nargs != 0 and (action.metavar or action.dest) in _PATHS:
                _as_path(action, shtab.FILE)
    return root


def _switches(parser: argparse.ArgumentParser) -> None:
    for flags in _SWITCHES:
        parser.add_argument(*flags, action="store_true")


def _as_path(action: argparse.Action, what: object) -> None:
    action.complete = what  # type: ignore[attr-defined]  # where shtab looks for it


if __name__ == "__main__":
    for name in completions.SHELLS:
        (FOLDER / f"dvc.{name}").write_text(generated(name), encoding="utf-8")
