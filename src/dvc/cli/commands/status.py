"""`dvc status`: show what changed in tracked data and pipelines."""

import argparse
from collections.abc import Mapping

from dvc.cli.context import Context, UsageProblem

CLEAN = "Data and pipelines are up to date."


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("targets", nargs="*", help="stages, .dvc files, or tracked files and folders (default: all)")
    parser.add_argument("-j", "--jobs", type=int, metavar="N", help="parallel work")
    parser.add_argument("-c", "--cloud", action="store_true", help="compare the cache with a remote instead")
    parser.add_argument("-r", "--remote", metavar="NAME", help="the remote to compare with (as --cloud)")
    parser.add_argument("-a", "--all-branches", action="store_true", help="with --cloud: data of all branches")
    parser.add_argument("-T", "--all-tags", action="store_true", help="with --cloud: data of all tags")
    parser.add_argument("-A", "--all-commits", action="store_true", help="with --cloud: data of all commits")
    parser.add_argument("--verify", action="store_true", help="with --cloud: look at the content of what the remote has, too")
    parser.add_argument("-d", "--with-deps", action="store_true", help="also the stages that the targets depend on")
    parser.add_argument("-R", "--recursive", action="store_true", help="also all stages below target folders")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--no-updates", action="store_true", help="do not look whether imports changed at their source")


def run(args: argparse.Namespace, context: Context) -> int:
    if args.cloud or args.remote:
        return _cloud(args, context)
    if args.all_branches or args.all_tags or args.all_commits:
        raise UsageProblem("`--all-branches`, `--all-tags` and `--all-commits` have a meaning with `--cloud` only")
    from dvc.ops.status import StatusOptions, status

    options = StatusOptions(tuple(args.targets), args.with_deps, args.recursive, not args.no_updates, args.jobs or 0)
    result = status(context.project(), options, context.progress)
    if args.json:
        context.out.json(result.changes)
        return 0
    if context.quiet:
        return 1 if result.changes else 0
    if result.changes:
        for stage, parts in result.changes.items():
            _show(context, stage, parts, result.notes.get(stage, {}))
    elif result.stages:
        context.out.say(CLEAN)
    else:
        context.out.say("There are no data or pipelines tracked in this project yet.")
    return 0


def _show(context: Context, stage: str, parts: object, notes: Mapping[tuple[str, ...], str]) -> None:
    context.out.say(f"{stage}:")
    for part in parts if isinstance(parts, list) else []:
        if not isinstance(part, Mapping):
            context.out.say(f"\t{part}")
            if part == "changed command" and () in notes:
                context.out.say(f"\t\t{notes[()]}")
            continue
        for what, states in part.items():
            context.out.say(f"\t{what}:")
            for path, state in states.items():
                if isinstance(state, Mapping):
                    context.out.say(f"\t\t{path}:")
                    for key, inner in state.items():
                        note = notes.get((path, key))
                        context.out.say(f"\t\t\t{inner + ':':<20}{key}" + (f" ({note})" if note else ""))
                else:
                    context.out.say(f"\t\t{state + ':':<20}{path}")


def _cloud(args: argparse.Namespace, context: Context) -> int:
    from dvc.model.scope import Scope
    from dvc.ops.cloud_status import CloudStatusOptions, cloud_status
    from dvc.ops.select import Selection

    scope = Scope(all_branches=args.all_branches, all_tags=args.all_tags, all_commits=args.all_commits)
    selection = Selection(targets=tuple(args.targets), with_deps=args.with_deps, recursive=args.recursive, scope=scope)
    entries = cloud_status(context.project(), CloudStatusOptions(selection, args.remote, args.jobs or 0, args.verify)).entries
    if args.json:
        context.out.json(dict(entries))
    elif context.quiet:
        return 1 if entries else 0
    elif entries:
        for path, state in entries.items():
            context.out.say(f"\t{state + ':':<20}{path}")
    else:
        context.out.say("Cache and remote are in sync.")
    return 0
