"""From words to a chosen command and its arguments. Only the parser of the chosen command is built."""

import argparse
import os
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import NoReturn, Protocol, cast

from dvc.cli.context import Context, UsageProblem
from dvc.cli.table import ALIASES, COMMANDS, GROUPS, HIDDEN

_GLOBAL = """\
options:
  -h, --help       show this help and exit
  -q, --quiet      say nothing but data and errors
  -v, --verbose    say more
  -V, --version    print the version and exit
  --cd PATH        work in PATH instead of the current folder
  --wait-for-lock  wait while another command holds the project's lock

`dvc COMMAND --help` tells about one command."""


class Command(Protocol):
    """What a module of `dvc.cli.commands` provides."""

    def arguments(self, parser: argparse.ArgumentParser) -> None: ...
    def run(self, args: argparse.Namespace, context: Context) -> int: ...


class Globals:
    """The options before the command's name."""

    def __init__(self) -> None:
        self.cd: str | None = None
        self.quiet = 0
        self.verbose = 0
        self.wait_for_lock = False
        self.help = False
        self.version = False


class Call:
    """A command ready to run."""

    def __init__(self, name: str, module: Command, args: argparse.Namespace, given: Globals, cwd: str | None) -> None:
        self.name = name
        self.module = module
        self.args = args
        self._given = given
        self._cwd = cwd

    def context(self, environ: Mapping[str, str]) -> Context:
        quiet = self._given.quiet + self.args.quiet
        verbose = self._given.verbose + self.args.verbose
        return Context(
            working_folder(self._cwd, self._given.cd),
            environ,
            quiet=quiet > verbose,
            verbose=verbose > quiet,
            wait_for_lock=self._given.wait_for_lock,
        )


def parse(words: Sequence[str], cwd: str | None) -> Call | int:
    """The call that `words` ask for; an exit code where there is nothing to run. Raises UsageProblem and SystemExit(0)."""
    given, rest = _globals(words)
    if given.version:
        from dvc import __version__

        print(__version__)
        raise SystemExit(0)
    if given.help:
        print(overview())
        raise SystemExit(0)
    if not rest:
        raise UsageProblem("a command is missing", hint="`dvc --help` lists them")
    name, rest = _choose(rest)
    parser = command_parser(name)
    module = cast(Command, import_module(f"dvc.cli.commands.{COMMANDS[name][0]}"))
    module.arguments(parser)
    return Call(name, module, parser.parse_args(rest), given, cwd)


def working_folder(cwd: str | None, cd: str | None) -> str:
    """Where the command works: the given or the process's folder, moved by --cd. Raises OSError where that is no folder."""
    base = os.getcwd() if cwd is None else cwd
    if cd is None:
        return base
    folder = os.path.realpath(os.path.join(base, cd))
    try:
        os.stat(os.path.join(folder, "."))
    except OSError as error:
        raise OSError(error.errno, error.strerror, cd) from None
    return folder


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Knows its width from the start: asked for it, argparse would load compression libraries on every run."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_width())


def _width() -> int:
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns):
        return int(columns) - 2
    try:
        return os.get_terminal_size().columns - 2
    except OSError:  # no terminal
        return 98


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        usage = " ".join(self.format_usage().removeprefix("usage:").split())
        raise UsageProblem(f"{self.prog}: {message}", hint=f"usage: {usage}")


def command_parser(name: str) -> argparse.ArgumentParser:
    """The parser for one command, with the options that all have; the command adds its own."""
    parser = _Parser(prog=f"dvc {name}", description=COMMANDS[name][1], add_help=False, formatter_class=_Formatter)
    parser.add_argument("-h", "--help", action="help", help="show this help and exit")
    parser.add_argument("-q", "--quiet", action="count", default=0, help="say nothing but data and errors")
    parser.add_argument("-v", "--verbose", action="count", default=0, help="say more")
    return parser


def _globals(words: Sequence[str]) -> tuple[Globals, list[str]]:
    given = Globals()
    rest = list(words)
    while rest and rest[0].startswith("-") and rest[0] != "-":
        word = rest.pop(0)
        if word.startswith("--cd"):
            flag, has_value, value = word.partition("=")
            if flag != "--cd" or not (has_value or rest):
                raise UsageProblem(f"unknown option '{word}'" if flag != "--cd" else "--cd needs a path")
            given.cd = value if has_value else rest.pop(0)
        elif not _switch(given, word):
            raise UsageProblem(
                f"unknown option '{word}'", hint="options of a command come after its name; `dvc --help` lists the general ones"
            )
    return given, rest


def _switch(given: Globals, word: str) -> bool:
    letters = word[1:] if not word.startswith("--") else {"--quiet": "q", "--verbose": "v", "--version": "V", "--help": "h"}.get(word, word)
    if word == "--wait-for-lock":
        given.wait_for_lock = True
        return True
    if not letters or set(letters) - set("qvVh"):
        return False
    given.quiet += letters.count("q")
    given.verbose += letters.count("v")
    given.version = given.version or "V" in letters
    given.help = given.help or "h" in letters
    return True


def _choose(rest: list[str]) -> tuple[str, list[str]]:
    """The command's full name and the words behind it."""
    first = ALIASES.get(rest[0], rest[0])
    if first in COMMANDS:
        return first, rest[1:]
    if first not in GROUPS:
        raise UsageProblem(f"'{rest[0]}' is not a command", hint=_meant(rest[0], _names()))
    behind = rest[1:]
    while behind and behind[0] in {"-q", "--quiet", "-v", "--verbose"}:  # accepted there, and of no weight
        behind.pop(0)
    if behind and behind[0] in {"-h", "--help"}:
        print(group_help(first))
        raise SystemExit(0)
    members = [name.removeprefix(first + " ") for name in COMMANDS if name.startswith(first + " ")]
    if not behind:
        raise UsageProblem(f"`dvc {first}` needs a command", hint=f"one of: {', '.join(members)}")
    name = f"{first} {behind[0]}"
    if name not in COMMANDS:
        raise UsageProblem(f"'{name}' is not a command", hint=_meant(behind[0], members))
    return name, behind[1:]


def _names() -> list[str]:
    return sorted({*(name.split()[0] for name in COMMANDS), *GROUPS, *ALIASES} - HIDDEN)


def _meant(word: str, known: Sequence[str]) -> str:
    import difflib

    near = difflib.get_close_matches(word, known, n=3)
    return f"did you mean {' or '.join(f'`{name}`' for name in near)}?" if near else "`dvc --help` lists the commands"


def overview() -> str:
    """`dvc --help`."""
    rows = {name: text for name, (_, text) in COMMANDS.items() if " " not in name and name not in HIDDEN} | GROUPS
    wide = max(map(len, rows))
    lines = [f"  {name:<{wide}}  {rows[name]}" for name in sorted(rows)]
    return "usage: dvc [options] COMMAND ...\n\nData version control.\n\ncommands:\n" + "\n".join(lines) + "\n\n" + _GLOBAL


def group_help(group: str) -> str:
    """`dvc GROUP --help`."""
    rows = {name.removeprefix(group + " "): text for name, (_, text) in COMMANDS.items() if name.startswith(group + " ")}
    wide = max(map(len, rows))
    lines = [f"  {name:<{wide}}  {text}" for name, text in sorted(rows.items())]
    return f"usage: dvc {group} [-h] [-q] [-v] COMMAND ...\n\n{GROUPS[group]}\n\ncommands:\n" + "\n".join(lines)
