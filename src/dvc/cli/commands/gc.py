"""`dvc gc`: delete cached data that nothing in the chosen scope refers to."""

import argparse
import os

from dvc.cli.commands import sizes
from dvc.cli.commands.selecting import positive
from dvc.cli.context import Context
from dvc.exceptions import NotInProject
from dvc.model.scope import Scope
from dvc.ops.gc import GcOptions, gc
from dvc.project.project import Project, discover
from dvc.transfer.garbage import GcPlan
from dvc.transfer.shelf import shown


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-w", "--workspace", action="store_true", help="keep what the workspace uses (it is always kept)")
    parser.add_argument("--rev", metavar="COMMIT", help="keep what this commit uses")
    parser.add_argument("-n", "--num", type=_number, metavar="N", help="with --rev: keep that many commits back; negative: all")
    parser.add_argument("-a", "--all-branches", action="store_true", help="keep what the tips of all branches use")
    parser.add_argument("-T", "--all-tags", action="store_true", help="keep what all tags use")
    parser.add_argument("-A", "--all-commits", action="store_true", help="keep what any commit uses")
    parser.add_argument("--date", metavar="YYYY-MM-DD", help="keep what commits since that day use")
    parser.add_argument("--all-experiments", action="store_true", help="keep what all experiments use")
    parser.add_argument("--not-in-remote", action="store_true", help="keep only what is not on the remote")
    parser.add_argument("-c", "--cloud", action="store_true", help="collect the remote, too")
    parser.add_argument("-r", "--remote", metavar="NAME", help="the remote for --cloud and --not-in-remote")
    parser.add_argument("--skip-failed", action="store_true", help="go on without revisions that cannot be read")
    parser.add_argument("-f", "--force", action="store_true", help="do not ask")
    parser.add_argument("-j", "--jobs", type=positive, metavar="N", help="work on N files at a time")
    parser.add_argument(
        "-p", "--projects", nargs="*", metavar="PATH", default=[], help="keep what these projects use, which share the cache"
    )
    parser.add_argument("--dry", action="store_true", help="only show what would be deleted")


def run(args: argparse.Namespace, context: Context) -> int:
    scope = Scope(
        workspace=args.workspace,
        revs=(args.rev,) if args.rev else (),
        num=1 if args.num is None else args.num,
        all_branches=args.all_branches,
        all_tags=args.all_tags,
        all_commits=args.all_commits,
        all_experiments=args.all_experiments,
        date=_date(args.date),
    )
    options = GcOptions(
        scope, args.not_in_remote, args.cloud, args.remote, args.skip_failed, args.dry, args.jobs or 0, context.wait_for_lock
    )
    project = context.project()
    others = [_other(context, path) for path in args.projects]
    context.out.note(_kept(scope, len(others), options))
    if not args.force and not args.dry and not context.out.confirm("Delete everything else?"):
        context.out.error("nothing was deleted. Use `-f` to force.")
        return 1
    outcome = gc(project, options, context.progress, others=others)
    for note in outcome.notes:
        context.out.warn(note)
    for where, plan, result in (("cache", outcome.cache, outcome.removed), ("remote", outcome.remote, outcome.removed_remote)):
        if plan is None:
            continue
        if result is None or context.verbose:
            _list(context, plan)
        if result is None:
            context.out.say(f"{_objects(plan.count, plan.size)} would be deleted from the {where}.")
        elif result.count or plan.count:
            context.out.say(f"{_objects(result.count, result.size)} deleted from the {where}.")
        else:
            context.out.say(f"The {where} holds nothing to delete.")
        for problem in result.problems if result is not None else ():
            context.out.error(f"{problem.path}: {problem.message}")
    failed = [result for result in (outcome.removed, outcome.removed_remote) if result is not None and result.problems]
    return 255 if failed else 0


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is no number") from None


def _date(text: str | None) -> str | None:
    if text is None:
        return None
    import datetime

    from dvc.cli.context import UsageProblem

    try:
        return datetime.date.fromisoformat(text).isoformat()
    except ValueError:
        raise UsageProblem(f"'{text}' is no date", hint="write it as YYYY-MM-DD") from None


def _other(context: Context, path: str) -> Project:
    full = os.path.realpath(os.path.join(context.cwd, path))
    if not os.path.isdir(full):
        raise NotInProject(full)
    return discover(full, context.environ)


def _kept(scope: Scope, others: int, options: GcOptions) -> str:
    kept = ["the workspace"]
    kept += [f"commit '{rev}'" + ("" if scope.num == 1 else f" and back from it ({scope.num})") for rev in scope.revs]
    named = (
        (scope.all_branches, "all branches"),
        (scope.all_tags, "all tags"),
        (scope.all_commits, "all commits"),
        (scope.all_experiments, "all experiments"),
        (scope.date is not None, f"commits since {scope.date}"),
    )
    kept += [text for chosen, text in named if chosen]
    what = " and ".join(filter(None, [", ".join(kept[:-1]), kept[-1]]))
    more = f", here and in {others} other project{'s' if others != 1 else ''}" if others else ""
    only = " as far as it is not on the remote" if options.not_in_remote else ""
    return f"What {what} use{'s' if len(kept) == 1 else ''}{more} is kept{only}; everything else is deleted."


def _list(context: Context, plan: GcPlan) -> None:
    for folder in plan.folders:
        for name in folder.names:
            context.out.say(shown(folder.shelf, name))


def _objects(count: int, size: int) -> str:
    return f"{count} object{'s' if count != 1 else ''} ({sizes.shown(size)})"
