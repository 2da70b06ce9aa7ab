"""`dvc push`: bring tracked data to a remote."""

import argparse

from dvc.cli.commands import selecting
from dvc.cli.context import Context
from dvc.ops.push import PushOptions, push


def arguments(parser: argparse.ArgumentParser) -> None:
    selecting.arguments(parser, glob=True)


def run(args: argparse.Namespace, context: Context) -> int:
    options = PushOptions(selecting.selection(args), args.remote, args.run_cache, args.jobs or 0, context.wait_for_lock, args.verify)
    result = push(context.project(), options, context.progress)
    if result.missing:
        listed = "\n".join(f"    {path} ({name})" for path, name in result.missing)
        context.out.warn(f"some data is neither in the cache nor on the remote, so that it could not be pushed:\n{listed}")
    for words, paths in (
        ("had been changed by somebody else; what it was stays there as an older version", result.replaced),
        ("is no part of the workspace any more; what it was stays there as an older version", result.deleted),
        ("is unknown here: take it with `dvc update`, or leave it", result.strange),
    ):
        for path in paths:
            context.out.warn(f"'{path}' in the remote {words}")
    context.out.say(f"{result.count} file{'s' if result.count != 1 else ''} pushed" if result.count else "Everything is up to date.")
    return 0
