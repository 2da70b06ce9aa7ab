"""`dvc import-url`: track a copy of data from a path or URL."""

import argparse

from dvc.cli.commands import saving
from dvc.cli.commands.selecting import pairs, positive
from dvc.cli.context import Context, UsageProblem
from dvc.ops.import_url import ImportUrlOptions, import_url
from dvc.registry.repository import SourceProblem


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("url", help="where the data is: a path, a URL, or remote://NAME/PATH")
    parser.add_argument("out", nargs="?", help="where to put it")
    parser.add_argument("--to-remote", action="store_true", help="store in a remote, neither in the cache nor in the workspace")
    parser.add_argument("-r", "--remote", metavar="NAME", help="the remote for --to-remote")
    parser.add_argument("--no-exec", action="store_true", help="write the .dvc file only")
    parser.add_argument("--no-download", action="store_true", help="write the .dvc file with the source's hash, and no data")
    parser.add_argument("-j", "--jobs", type=positive, metavar="N", help="work on N files at a time")
    parser.add_argument("-f", "--force", action="store_true", help="replace what stands there")
    parser.add_argument("--version-aware", action="store_true", help="follow the versions that the source's storage keeps")
    parser.add_argument("--fs-config", nargs="*", metavar="NAME=VALUE", help="options of the source's storage")


def run(args: argparse.Namespace, context: Context) -> int:
    if args.to_remote and args.version_aware:
        raise SourceProblem("--to-remote and --version-aware exclude each other", hint="versions stay where they are: no remote needs them")
    chosen = [flag for flag in ("no_exec", "no_download", "to_remote") if getattr(args, flag)]
    if len(chosen) > 1:
        raise UsageProblem("--no-exec, --no-download and --to-remote exclude each other")
    if args.remote is not None and not args.to_remote:
        raise SourceProblem("`--remote` has a meaning with `--to-remote` only", hint="leave it out, or add --to-remote")
    fs_config: dict[str, object] = dict(pairs(args.fs_config, "--fs-config"))
    if args.version_aware:
        fs_config["version_aware"] = True
    project = context.project()
    options = ImportUrlOptions(
        args.url,
        args.out,
        fs_config,
        to_remote=args.to_remote,
        remote=args.remote,
        force=args.force,
        no_exec=args.no_exec,
        no_download=args.no_download,
        jobs=args.jobs or 0,
        wait=context.wait_for_lock,
    )
    done = import_url(project, options, context.progress)
    context.out.say(f"Imported '{args.url}' as '{project.shown(done.path)}'")
    saving.tell_git(project, context.out, done.changed)
    return 0
