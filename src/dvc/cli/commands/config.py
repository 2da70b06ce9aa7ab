"""`dvc config`: show or change configuration options."""

import argparse

from dvc.cli.context import Context, UsageProblem
from dvc.cli.levels import add_levels, here
from dvc.exceptions import DvcException
from dvc.formats.config import Section, Settings
from dvc.ops import settings as ops
from dvc.project.config import spelled


def arguments(parser: argparse.ArgumentParser) -> None:
    add_levels(parser)
    parser.add_argument("name", nargs="?", help="section.option or remote.NAME.option")
    parser.add_argument("value", nargs="?", help="the new value; without one the option is shown")
    parser.add_argument("-u", "--unset", action="store_true", help="take the option out")
    parser.add_argument("-l", "--list", action="store_true", help="show all options")
    parser.add_argument("--show-origin", action="store_true", help="show the file that each value comes from")


def run(args: argparse.Namespace, context: Context) -> int:
    name = None if args.name is None else parse_name(args.name)
    if args.show_origin and (args.value is not None or args.unset):
        raise Contradiction("--show-origin does not go with a value or --unset")
    if args.list:
        if name is not None or args.value is not None or args.unset:
            raise Contradiction("--list does not go with a name, a value or --unset")
        return _list(args, context)
    if name is None:
        raise Contradiction("name an option, or use `--list`")
    section, option = name
    where = here(context)
    if args.unset:
        ops.change(where, args.level, lambda settings: ops.drop(settings, section, option))
    elif args.value is not None:
        value = args.value.lower() if name == ("core", "remote") else args.value
        ops.change(where, args.level, lambda s: ops.put(s, section, option, ops.typed(where, args.level, section, option, value)))
    else:
        _show(section, option, args, context)
    return 0


class Contradiction(DvcException):
    """Options that do not go together: exits with 1, as the reference does."""


def parse_name(text: str) -> tuple[Section, str]:
    """The section and the option that `text` names. Raises UsageProblem."""
    parts = text.lower().split(".")
    if len(parts) == 2 and all(parts):
        return parts[0], parts[1]
    if len(parts) == 3 and all(parts) and parts[0] in {"remote", "db"}:
        return (parts[0], parts[1]), parts[2]
    raise UsageProblem(f"'{text}' names no option", hint="write section.option, remote.NAME.option or db.NAME.option")


def _show(section: Section, option: str, args: argparse.Namespace, context: Context) -> None:
    where = here(context)
    if isinstance(section, str) and section in {"remote", "db"}:  # `remote.NAME`: all of its options
        _show_all((section, option), args, context)
        return
    origin, found = None, None
    for level in ops.levels(where, args.level):
        value = ops.merged(where, level.name).get(section, {}).get(option)
        if value is not None:
            origin, found = level.path, ops.text(value)
    if found is not None and origin is not None:
        context.out.data(f"{where.shown(origin)}\t{found}" if args.show_origin else found)
    elif args.level is not None:
        ops.drop({}, section, option)


def _show_all(section: tuple[str, str], args: argparse.Namespace, context: Context) -> None:
    found = ops.merged(here(context), args.level).get(section)
    for option, value in (found or {}).items():
        context.out.data(f"{spelled(section)}.{option}={ops.text(value)}")
    if found is None and args.level is not None:
        ops.drop({}, section, "url")


def _list(args: argparse.Namespace, context: Context) -> int:
    """Every level's own options, lowest level first: what a higher one overrides is listed too."""
    where = here(context)
    for level in ops.levels(where, args.level):
        origin = f"{where.shown(level.path)}\t" if args.show_origin else ""
        for line in lines(ops.merged(where, level.name)):
            context.out.data(origin + line)
    return 0


def lines(settings: Settings) -> list[str]:
    """`section.option=value`, named sections first."""
    ordered = sorted(settings, key=lambda section: isinstance(section, str))
    return [f"{spelled(section)}.{option}={ops.text(value)}" for section in ordered for option, value in settings[section].items()]
