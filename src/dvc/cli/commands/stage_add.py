"""`dvc stage add`: add or change a stage in dvc.yaml."""

import argparse

from dvc.cli.commands import repro, saving
from dvc.cli.context import Context
from dvc.ops.repro_options import ReproOptions
from dvc.ops.stage_add import OutSpec, StageAddOptions, stage_add
from dvc.pipeline.plan import Reach


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-n", "--name", required=True, help="the stage's name")
    parser.add_argument("-f", "--force", action="store_true", help="replace a stage of that name")
    for flags, metavar, text in (
        (("-d", "--deps"), "PATH", "a file or folder that the command reads"),
        (("-p", "--params"), "[FILE:]KEYS", "parameters of params.yaml or FILE, separated by commas; `FILE:` for all of them"),
        (("-o", "--outs"), "PATH", "a file or folder that the command makes"),
        (("-O", "--outs-no-cache"), "PATH", "the same, not kept in the cache"),
        (("--outs-persist",), "PATH", "an output that is not removed before the command runs"),
        (("--outs-persist-no-cache",), "PATH", "the same, not kept in the cache"),
        (("-m", "--metrics"), "PATH", "a metrics file that the command makes"),
        (("-M", "--metrics-no-cache"), "PATH", "the same, not kept in the cache"),
        (("--plots",), "PATH", "a plots file that the command makes"),
        (("--plots-no-cache",), "PATH", "the same, not kept in the cache"),
    ):
        parser.add_argument(*flags, action="append", default=[], metavar=metavar, help=text)
    parser.add_argument("-w", "--wdir", metavar="PATH", help="the folder that the command runs in")
    parser.add_argument("--always-changed", action="store_true", help="run the stage whether or not anything changed")
    parser.add_argument("--desc", metavar="TEXT", help="what the stage is for")
    parser.add_argument("--run", action="store_true", help="run the stage at once")
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="COMMAND", help="what the stage runs")


def run(args: argparse.Namespace, context: Context) -> int:
    outs = (
        *(OutSpec(path, persist=True) for path in args.outs_persist),
        *(OutSpec(path, cache=False, persist=True) for path in args.outs_persist_no_cache),
        *(OutSpec(path, "metric") for path in args.metrics),
        *(OutSpec(path, "metric", cache=False) for path in args.metrics_no_cache),
        *(OutSpec(path, "plot") for path in args.plots),
        *(OutSpec(path, "plot", cache=False) for path in args.plots_no_cache),
        *(OutSpec(path) for path in args.outs),
        *(OutSpec(path, cache=False) for path in args.outs_no_cache),
    )
    options = StageAddOptions(
        name=args.name,
        command=tuple(args.command),
        deps=tuple(args.deps),
        params=tuple(args.params),
        outs=outs,
        wdir=args.wdir,
        desc=args.desc,
        always_changed=args.always_changed,
        force=args.force,
        ignore=not args.run,
        wait=context.wait_for_lock,
    )
    project = context.project()
    result = stage_add(project, options)
    for warning in result.warnings:
        context.out.warn(warning)
    context.out.say(f"Added stage '{args.name}' in 'dvc.yaml'")
    if not args.run:
        saving.tell_git(project, context.out, result.changed)
        return 0
    once = ReproOptions(targets=(args.name,), reach=Reach(single=True), wait=context.wait_for_lock)
    return repro.reproduce(context, once, also_changed=result.changed)
