"""`dvc list-url`: what lies at a path or URL."""

import argparse

from dvc.cli.commands import sizes
from dvc.cli.commands.selecting import pairs, positive
from dvc.cli.context import Context
from dvc.ops.get_url import list_url
from dvc.registry.external import Row


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("url", help="a path, a URL, or remote://NAME/PATH")
    parser.add_argument("-R", "--recursive", action="store_true", help="list files of sub-folders, too")
    parser.add_argument("-T", "--tree", action="store_true", help="draw a tree")
    parser.add_argument("-L", "--level", type=positive, metavar="N", help="with -R and -T: only so deep")
    parser.add_argument("--size", action="store_true", help="show sizes")
    parser.add_argument("--fs-config", nargs="*", metavar="NAME=VALUE", help="options of the source's storage")


def run(args: argparse.Namespace, context: Context) -> int:
    level = args.level if args.recursive or args.tree else 1
    rows = list(list_url(args.url, context.cwd, context.environ, level, dict(pairs(args.fs_config, "--fs-config"))))
    if args.tree:
        return _tree(args, context, rows)
    width = max((len(_size(row)) for row in rows), default=0)
    for row in rows:
        context.out.data((_size(row).rjust(width) + "  " if args.size else "") + row.path)
    return 0


def _tree(args: argparse.Namespace, context: Context, rows: list[Row]) -> int:
    """Draw the rows, whose paths are sorted, as `tree` does."""
    sizes_of = {row.path: _size(row) for row in rows}
    lines = [("", args.url)]
    _branch("", "", _nested(rows), lines)
    width = max((len(size) for size in sizes_of.values()), default=0)
    for path, line in lines:
        context.out.data((sizes_of.get(path, "").rjust(width) + "  " if args.size else "") + line)
    return 0


_Nested = dict[str, "_Nested"]  # a name to what lies in it


def _nested(rows: list[Row]) -> _Nested:
    top: _Nested = {}
    for row in rows:
        at = top
        for part in row.path.split("/"):
            at = at.setdefault(part, {})
    return top


def _branch(folder: str, indent: str, names: _Nested, lines: list[tuple[str, str]]) -> None:
    ordered = sorted(names)
    for name in ordered:
        last = name == ordered[-1]
        path = f"{folder}/{name}" if folder else name
        lines.append((path, indent + ("└── " if last else "├── ") + name))
        _branch(path, indent + ("    " if last else "│   "), names[name], lines)


def _size(row: Row) -> str:
    return "" if row.size is None else sizes.shown(row.size)
