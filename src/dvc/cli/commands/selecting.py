"""The options by which push, pull, fetch and status choose data, and what they mean."""

import argparse

from dvc.cli.context import UsageProblem
from dvc.model.scope import Scope
from dvc.ops.select import Selection


def arguments(parser: argparse.ArgumentParser, *, glob: bool) -> None:
    parser.add_argument("targets", nargs="*", help=".dvc files, stages, tracked data or paths inside of it; all by default")
    parser.add_argument("-j", "--jobs", type=positive, metavar="N", help="work on N files at a time")
    parser.add_argument("-r", "--remote", metavar="NAME", help="the remote to work with, instead of the default one")
    parser.add_argument("-a", "--all-branches", action="store_true", help="data of all branches, too")
    parser.add_argument("-T", "--all-tags", action="store_true", help="data of all tags, too")
    parser.add_argument("-A", "--all-commits", action="store_true", help="data of all commits, too")
    parser.add_argument("-d", "--with-deps", action="store_true", help="data of the stages that the targets depend on, too")
    parser.add_argument("-R", "--recursive", action="store_true", help="take folders among the targets as all that is tracked below")
    parser.add_argument("--run-cache", action=argparse.BooleanOptionalAction, default=False, help="results of past runs, too")
    parser.add_argument("--verify", action="store_true", help="look at the content of what is there already, and replace what is wrong")
    if glob:
        parser.add_argument("--glob", action="store_true", help="take targets as patterns: *, ?, [...] and **")


def selection(args: argparse.Namespace) -> Selection:
    scope = Scope(all_branches=args.all_branches, all_tags=args.all_tags, all_commits=args.all_commits)
    return Selection(tuple(args.targets), scope, args.with_deps, args.recursive, bool(getattr(args, "glob", False)))


def positive(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no positive number")
    return value


def pairs(words: list[list[str]] | list[str] | None, option: str = "--remote-config") -> dict[str, str]:
    """`NAME=VALUE` words of `option`."""
    found: dict[str, str] = {}
    for word in words or []:
        name, is_pair, value = str(word).partition("=")
        if not is_pair or not name:
            raise UsageProblem(f"{option} takes NAME=VALUE, not '{word}'")
        found[name.lower()] = value
    return found
