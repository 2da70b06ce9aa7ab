"""`dvc import-db`: track what a table or query of a database gives."""

import argparse

from dvc.cli.commands import saving
from dvc.cli.context import Context
from dvc.ops.import_db import ImportDbOptions, import_db
from dvc.registry.database import FORMATS, Question


def arguments(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--sql", metavar="QUERY", help="the query whose answer is imported")
    what.add_argument("--table", metavar="NAME", help="the table that is imported")
    parser.add_argument("--output-format", nargs="?", choices=FORMATS, default="csv", const="csv", help="how it is written (default: csv)")
    parser.add_argument("-o", "--out", nargs="?", metavar="PATH", help="where to put it (default: results.csv, or the table's name)")
    parser.add_argument("-f", "--force", action="store_true", help="replace what stands there")
    parser.add_argument("--conn", required=True, metavar="NAME", help="the connection, as in `dvc config db.NAME.url URL`")


def run(args: argparse.Namespace, context: Context) -> int:
    project = context.project()
    question = Question(args.conn, args.sql, args.table, args.output_format)
    done = import_db(project, ImportDbOptions(question, args.out, args.force, context.wait_for_lock), context.progress)
    context.out.say(f"Imported '{question.words}' as '{project.shown(done.path)}'")
    saving.tell_git(project, context.out, done.changed)
    return 0
