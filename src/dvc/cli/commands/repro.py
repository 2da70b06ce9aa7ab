"""`dvc repro`: run the stages whose dependencies changed."""

import argparse
from collections.abc import Sequence

from dvc.cli.commands import saving
from dvc.cli.commands.selecting import positive
from dvc.cli.context import Context
from dvc.cli.render.repro import Speaker
from dvc.ops.repro import configured_jobs, repro
from dvc.ops.repro_options import ReproOptions
from dvc.pipeline.plan import Reach
from dvc.values import replace

UP_TO_DATE = "Data and pipelines are up to date."  # scripts match this wording (docs/formats/output.md), as those below


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("targets", nargs="*", help="stages, groups of stages, dvc.yaml or .dvc files (default: dvc.yaml)")
    parser.add_argument("-f", "--force", action="store_true", help="run stages that did not change, too")
    parser.add_argument("-i", "--interactive", action="store_true", help="ask before each stage")
    parser.add_argument("-s", "--single-item", action="store_true", help="only the targets, not what they depend on")
    parser.add_argument("-p", "--pipeline", action="store_true", help="the whole pipelines that the targets are part of")
    parser.add_argument("-P", "--all-pipelines", action="store_true", help="all stages of the project")
    parser.add_argument("-R", "--recursive", action="store_true", help="take a target folder as all stages below it")
    parser.add_argument("--downstream", action="store_true", help="the targets and what is made from them")
    parser.add_argument("--force-downstream", action="store_true", help="run all that depends on a stage that ran")
    parser.add_argument("--pull", action="store_true", help="fetch missing data, and results of earlier runs, from the remote")
    parser.add_argument("--allow-missing", action="store_true", help="skip stages that lack nothing but data")
    parser.add_argument("--dry", action="store_true", help="show what would run, and why, and do nothing")
    parser.add_argument(
        "-k", "--keep-going", action="store_const", const="keep-going", dest="on_error", help="go on with stages that need no failed one"
    )
    parser.add_argument("--ignore-errors", action="store_const", const="ignore", dest="on_error", help="go on as if nothing had failed")
    parser.set_defaults(on_error="fail")
    parser.add_argument("--glob", action="store_true", help="take targets as patterns of stage names")
    parser.add_argument("--no-commit", action="store_true", help="leave outputs out of the cache")
    parser.add_argument("-j", "--jobs", type=positive, metavar="N", help="run up to N independent stages at a time")
    parser.add_argument("--no-run-cache", action="store_true", help="run also what has a known result")


def run(args: argparse.Namespace, context: Context) -> int:
    options = ReproOptions(
        targets=tuple(args.targets),
        all_pipelines=args.all_pipelines,
        recursive=args.recursive,
        glob=args.glob,
        reach=Reach(single=args.single_item, pipeline=args.pipeline, downstream=args.downstream),
        force=args.force,
        force_downstream=args.force_downstream,
        interactive=args.interactive,
        pull=args.pull,
        allow_missing=args.allow_missing,
        dry=args.dry,
        on_error=args.on_error,
        commit=not args.no_commit,
        run_cache=not args.no_run_cache,
        jobs=args.jobs or 0,
        wait=context.wait_for_lock,
    )
    return reproduce(context, options)


def reproduce(context: Context, options: ReproOptions, *, also_changed: Sequence[str] = ()) -> int:
    """Run the use case and say how it went; `stage add --run` does it, too, having changed files before."""
    project = context.project()
    options = replace(options, jobs=options.jobs or configured_jobs(project))
    events = Speaker(context.out, several=options.several)
    try:
        result = repro(project, options, events, context.environ, context.progress)
        if not events.busy:
            context.out.say(UP_TO_DATE)
    finally:
        # Stages that had finished when another one failed are recorded all the same.
        saving.tell_git(project, context.out, tuple(dict.fromkeys((*also_changed, *events.written))))
    if result.done and not options.dry and project.config.get("core", "remote"):
        context.out.say("Use `dvc push` to send your updates to remote storage.")
    return 0
