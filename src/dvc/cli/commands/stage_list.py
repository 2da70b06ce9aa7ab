"""`dvc stage list`: list stages."""

import argparse

from dvc.cli.context import Context
from dvc.ops.stage_list import StageListOptions, stage_list

_WIDTH = 80  # of what is said about a stage


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("targets", nargs="*", default=["dvc.yaml"], help="stages, files, or folders with -R (default: dvc.yaml)")
    parser.add_argument("--all", action="store_true", help="list all stages of the project")
    parser.add_argument("--fail", action="store_true", help="fail for a file that cannot be read, instead of leaving it out")
    parser.add_argument("-R", "--recursive", action="store_true", help="take a target folder as all stages below it")
    parser.add_argument("--name-only", "--names-only", action="store_true", help="print names alone")


def run(args: argparse.Namespace, context: Context) -> int:
    options = StageListOptions(targets=tuple(args.targets), everything=args.all, fail=args.fail, recursive=args.recursive)
    result = stage_list(context.project(), options)
    for message in result.skipped:
        context.out.warn(f"left out: {message}")
    width = max((len(stage.name) for stage in result.stages), default=0)
    for stage in result.stages:
        context.out.data(stage.name if args.name_only else f"{stage.name.ljust(width)}  {_cut(stage.about)}")
    return 0


def _cut(text: str) -> str:
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1].rstrip() + "…"
