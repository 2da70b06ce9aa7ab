"""`dvc list`: what a repository holds, tracked data included."""

import argparse
from collections.abc import Iterator

from dvc.cli.commands import sizes, sourcing
from dvc.cli.commands.selecting import positive
from dvc.cli.context import Context
from dvc.ops.list import ListOptions, TreeNode, list_items, list_tree
from dvc.registry.catalog import Item


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("url", help="the repository: a folder, or a git URL")
    parser.add_argument("path", nargs="?", default="", help="a path inside of it")
    parser.add_argument("-R", "--recursive", action="store_true", help="list files of sub-folders, too")
    parser.add_argument("-T", "--tree", action="store_true", help="draw a tree")
    parser.add_argument("-L", "--level", type=positive, metavar="N", help="with -R and -T: only so deep")
    parser.add_argument("--dvc-only", action="store_true", help="only data that DVC tracks")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--size", action="store_true", help="show sizes")
    parser.add_argument("--show-hash", action="store_true", help="show hashes")
    sourcing.arguments(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    if args.tree and args.json:
        context.out.error("--tree and --json exclude each other")
        return 255
    options = ListOptions(args.url, args.path, sourcing.options(args, context), args.recursive, args.level, args.dvc_only)
    if args.tree:
        for line, item in _drawn(list_tree(options, context.cwd, context.environ), args.path or "."):
            parts = [_size(item).rjust(6)] if args.size else []
            parts += [(item.md5 or "-").ljust(36)] if args.show_hash else []
            context.out.data("  ".join([*parts, line]))
        return 0
    items = list_items(options, context.cwd, context.environ)
    if args.json:
        context.out.json([_json(item) for item in items])
        return 0
    widths = max([len(_size(item)) for item in items], default=0), max([len(item.md5 or "-") for item in items], default=0)
    for item in items:
        parts = [_size(item).rjust(widths[0])] if args.size else []
        parts += [(item.md5 or "-").ljust(widths[1])] if args.show_hash else []
        context.out.data("  ".join([*parts, item.path]))
    return 0


def _json(item: Item) -> dict[str, object]:
    return {
        "isout": item.is_out,
        "isdir": item.is_folder,
        "isexec": item.is_exec,
        "size": item.size,
        "md5": item.md5,
        "path": item.path,
    }


def _size(item: Item) -> str:
    return "" if item.size is None else sizes.shown(item.size)


def _drawn(node: TreeNode, title: str) -> Iterator[tuple[str, Item]]:
    """Lines as `tree` draws them."""
    yield title, node.item
    yield from _branches(node, "")


def _branches(node: TreeNode, indent: str) -> Iterator[tuple[str, Item]]:
    children = node.children or ()
    for number, child in enumerate(children):
        last = number == len(children) - 1
        yield indent + ("└── " if last else "├── ") + child.item.full.rsplit("/", 1)[-1], child.item
        yield from _branches(child, indent + ("    " if last else "│   "))
