"""`dvc fetch`: bring tracked data from a remote into the cache."""

import argparse

from dvc.cli.commands import selecting
from dvc.cli.context import Context
from dvc.ops.fetch import FetchOptions, fetch, listed


def arguments(parser: argparse.ArgumentParser) -> None:
    selecting.arguments(parser, glob=False)
    parser.add_argument("--max-size", type=_size, metavar="BYTES", help="only data smaller than this")
    parser.add_argument("--type", dest="types", action="append", choices=("metrics", "plots"), default=[], help="only metrics, or plots")


def run(args: argparse.Namespace, context: Context) -> int:
    options = FetchOptions(
        selecting.selection(args),
        args.remote,
        args.run_cache,
        args.max_size,
        tuple(args.types),
        args.jobs or 0,
        context.wait_for_lock,
        args.verify,
    )
    result = fetch(context.project(), options, context.progress)
    if result.missing:
        context.out.warn(f"some data is neither in the cache nor on the remote:\n{listed(result.missing)}")
    result.check()
    context.out.say(f"{result.count} file{'s' if result.count != 1 else ''} fetched" if result.count else "Everything is up to date.")
    return 0


def _size(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is no number of bytes") from None
