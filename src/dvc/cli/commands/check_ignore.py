"""`dvc check-ignore`: show which paths .dvcignore excludes, and by which rule."""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence

from dvc.cli.context import Context
from dvc.exceptions import DvcException, TargetOutside
from dvc.ignore import BUILT_IN, Parsed, matches
from dvc.project.project import Project


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("targets", nargs="*", help="paths to look at; they need not exist")
    parser.add_argument("-d", "--details", action="store_true", help="print the file, line and pattern that decide")
    parser.add_argument("-a", "--all", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("-n", "--non-matching", action="store_true", help="with --details: print paths that no pattern matches too")
    parser.add_argument("--stdin", action="store_true", help="read the paths from standard input, up to an empty line")


def run(args: argparse.Namespace, context: Context) -> int:
    _check(args, context)
    project = context.project()
    found = False
    for target in _lines() if args.stdin else args.targets:
        rules = deciding(project, target, every=args.all)
        if not args.details:
            ignored = bool(rules) and not rules[-1].negated
            found = found or ignored
            if ignored:
                context.out.say(target)
            continue
        found = found or bool(rules)
        for rule in rules:
            context.out.data(f"{_origin(project, rule)}\t{target}")
        if not rules and args.non_matching:
            context.out.data(f"::\t{target}")
    return 0 if found else 1


def _check(args: argparse.Namespace, context: Context) -> None:
    if not args.stdin and not args.targets:
        raise DvcException("name the paths to look at, or give them with `--stdin`")
    if args.stdin and args.targets:
        raise DvcException("name paths or give `--stdin`, not both")
    if (args.non_matching or args.all) and not args.details:
        raise DvcException("`--non-matching` and `--all` need `--details`")
    if context.quiet and args.details:
        raise DvcException("`--quiet` and `--details` contradict each other")


def deciding(project: Project, target: str, *, every: bool) -> Sequence[Parsed]:
    """The rule that decides on `target`, or all that match it, the deciding one last; none for a path outside of the project."""
    try:
        path = project.path_of(target)
    except TargetOutside:
        return ()
    if not path:
        return ()
    rules = BUILT_IN + project.ignores.parsed(path.rpartition("/")[0])
    is_folder = os.path.isdir(project.full(path)) or target.endswith(os.sep)
    if every:
        return [rule for rule in rules if matches([rule], path, is_folder)]
    rule = matches(rules, path, is_folder)
    return () if rule is None else (rule,)


def _origin(project: Project, rule: Parsed) -> str:
    if not rule.file:
        return f":{rule.pattern}"
    return f"{rule.file}:{rule.line}:{rule.pattern}"


def _lines() -> Iterator[str]:
    for line in sys.stdin:
        name = line.rstrip("\r\n")
        if not name:
            return
        yield name
