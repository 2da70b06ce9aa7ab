"""`dvc cache dir`: show or set the cache folder."""

import argparse
import os

from dvc.cli.context import Context
from dvc.cli.levels import add_levels, here
from dvc.exceptions import NotInProject
from dvc.ops import settings as ops


def arguments(parser: argparse.ArgumentParser) -> None:
    add_levels(parser)
    parser.add_argument("value", nargs="?", help="the folder, relative to the current one; without it the folder is shown")
    parser.add_argument("-u", "--unset", action="store_true", help="go back to the default, .dvc/cache")


def run(args: argparse.Namespace, context: Context) -> int:
    where = here(context)
    if args.unset:
        ops.change(where, args.level, lambda settings: ops.drop(settings, "cache", "dir"))
    elif args.value is not None:
        ops.change(where, args.level, lambda s: ops.put(s, "cache", "dir", ops.typed(where, args.level, "cache", "dir", args.value)))
    else:
        found = ops.merged(where, args.level).get("cache", {}).get("dir")
        if found is None and args.level is not None:
            ops.drop({}, "cache", "dir")
        if found is None and where.root is None:
            raise NotInProject(context.cwd)
        context.out.data(os.path.expanduser(ops.text(found)) if found else os.path.join(where.root or "", ".dvc", "cache"))
    return 0
