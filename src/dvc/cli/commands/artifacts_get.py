"""`dvc artifacts get`: download an artifact by its name."""

import argparse

from dvc.cli.commands import sourcing
from dvc.cli.commands.selecting import positive
from dvc.cli.context import Context
from dvc.ops.artifacts_get import ArtifactOptions, get_artifact, url_of_artifact
from dvc.values import replace


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("url", help="the repository: a folder, or a git URL")
    parser.add_argument("name", help="the artifact: NAME, or FOLDER:NAME")
    parser.add_argument("--stage", nargs="?", metavar="STAGE", help="what this stage points at")
    parser.add_argument("-o", "--out", nargs="?", metavar="PATH", help="where to put it")
    parser.add_argument("--show-url", action="store_true", help="only print where the data is stored")
    parser.add_argument("-j", "--jobs", type=positive, metavar="N", help="work on N files at a time")
    parser.add_argument("-f", "--force", action="store_true", help="replace what stands there")
    sourcing.arguments(parser, rev="the version, such as v1.0.0")


def run(args: argparse.Namespace, context: Context) -> int:
    source = replace(sourcing.options(args, context), rev=None)
    options = ArtifactOptions(args.url, args.name, args.rev, args.stage, args.out, source, args.force, args.jobs or 0)
    if args.show_url:
        context.out.data(url_of_artifact(options, context.cwd, context.environ))
        return 0
    done = get_artifact(options, context.cwd, context.environ, context.progress)
    context.out.say(f"Downloaded {done.files} file{'s' if done.files != 1 else ''} to '{args.out or done.path}'")
    return 0
