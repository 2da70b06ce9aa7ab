"""`dvc import`: track data of another repository."""

import argparse

from dvc.cli.commands import saving, sourcing
from dvc.cli.commands.selecting import positive
from dvc.cli.context import Context, UsageProblem
from dvc.ops.import_repo import ImportOptions, import_


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("url", help="the repository: a folder, or a git URL")
    parser.add_argument("path", help="a file or folder inside of it")
    parser.add_argument("-o", "--out", nargs="?", metavar="PATH", help="where to put it")
    parser.add_argument("-f", "--force", action="store_true", help="replace what stands there")
    parser.add_argument("--no-exec", action="store_true", help="write the .dvc file only")
    parser.add_argument("--no-download", action="store_true", help="write the .dvc file with the source's revision, and no data")
    parser.add_argument("-j", "--jobs", type=positive, metavar="N", help="work on N files at a time")
    sourcing.arguments(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    if args.no_exec and args.no_download:
        raise UsageProblem("--no-exec and --no-download exclude each other")
    source = sourcing.options(args, context)
    project = context.project()
    options = ImportOptions(
        args.url,
        args.path,
        args.out,
        source,
        args.config,
        force=args.force,
        no_exec=args.no_exec,
        no_download=args.no_download,
        jobs=args.jobs or 0,
        wait=context.wait_for_lock,
    )
    done = import_(project, options, context.progress)
    context.out.say(f"Imported '{args.path}' of '{args.url}' as '{project.shown(done.path)}'")
    saving.tell_git(project, context.out, done.changed)
    return 0
