"""`dvc pull`: fetch tracked data and check it out."""

import argparse

from dvc.cli.commands import checkout, selecting
from dvc.cli.context import Context
from dvc.ops.pull import PullOptions, pull


def arguments(parser: argparse.ArgumentParser) -> None:
    selecting.arguments(parser, glob=True)
    parser.add_argument("-f", "--force", action="store_true", help="drop changes that are in no cache")
    parser.add_argument("--allow-missing", action="store_true", help="go on without data that nobody has")


def run(args: argparse.Namespace, context: Context) -> int:
    options = PullOptions(
        selecting.selection(args),
        args.remote,
        args.run_cache,
        args.force,
        args.allow_missing,
        args.jobs or 0,
        context.wait_for_lock,
        args.verify,
    )
    project = context.project()
    result = pull(project, options, context.progress)
    checkout.tell(context, result.checked_out, project.shown, summary=False)
    if result.error is not None:
        raise result.error
    done = result.checked_out
    counts = (
        (result.fetched.count, "fetched"),
        (len(done.added), "added"),
        (len(done.modified), "modified"),
        (len(done.deleted), "deleted"),
    )
    parts = [f"{count} file{'s' if count != 1 else ''} {word}" for count, word in counts if count]
    context.out.say(" and ".join(parts) if parts else "Everything is up to date.")
    return 0
