"""`dvc test-db`: see whether a database connection works."""

import argparse

from dvc.cli.context import Context
from dvc.registry import database


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--conn", required=True, metavar="NAME", help="the connection, as in `dvc config db.NAME.url URL`")
    parser.add_argument("--url", metavar="URL", help="in place of the configured url")
    parser.add_argument("--username", metavar="TEXT", help="in place of the configured username")
    parser.add_argument("--password", metavar="TEXT", help="in place of the configured password")


def run(args: argparse.Namespace, context: Context) -> int:
    project = context.project()
    given = {key: getattr(args, key) for key in ("url", "username", "password") if getattr(args, key) is not None}
    configured = project.config.merged.get(("db", args.conn))
    options = {**configured, **given} if configured is not None else given or None
    database.check(args.conn, options, project.cwd)
    context.out.say(f"The connection '{args.conn}' works")
    return 0
