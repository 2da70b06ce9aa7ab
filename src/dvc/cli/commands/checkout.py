"""`dvc checkout`: bring tracked data to the versions that the `.dvc` files and dvc.lock name."""

import argparse
from collections.abc import Callable, Sequence

from dvc.cli.context import Context
from dvc.ops.checkout import CheckedOut, CheckoutOptions, checkout


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("targets", nargs="*", help="stages, .dvc files, tracked files or folders, or paths inside of those (default: all)")
    parser.add_argument("--summary", action="store_true", help="show how many outputs changed, not which")
    parser.add_argument("-d", "--with-deps", action="store_true", help="also the stages that the targets depend on")
    parser.add_argument("-R", "--recursive", action="store_true", help="also all that is tracked below target folders")
    parser.add_argument("-f", "--force", action="store_true", help="drop changes that are in no cache")
    parser.add_argument("--relink", action="store_true", help="link or copy unchanged files anew, too")
    parser.add_argument("--allow-missing", action="store_true", help="be content without data that the cache lacks")


def run(args: argparse.Namespace, context: Context) -> int:
    options = CheckoutOptions(
        targets=tuple(args.targets),
        with_deps=args.with_deps,
        recursive=args.recursive,
        force=args.force,
        relink=args.relink,
        allow_missing=args.allow_missing,
        wait=context.wait_for_lock,
    )
    project = context.project()
    result = checkout(project, options, context.progress)
    tell(context, result, project.shown, summary=args.summary)
    if result.error is not None:
        raise result.error
    return 0


def tell(context: Context, result: CheckedOut, shown: Callable[[str], str], *, summary: bool) -> None:
    """One line for each output that changed (`M`, `A`, `D`, blanks, path), folders of each kind first; or the counts."""
    groups = (("modified", "M", result.modified), ("added", "A", result.added), ("deleted", "D", result.deleted))
    if summary:
        parts = [f"{len(paths)} {'file' if len(paths) == 1 else 'files'} {word}" for word, _, paths in groups if paths]
        context.out.say(_listed(parts) if parts else "No changes.")
        return
    for _, mark, paths in groups:
        for path in sorted(paths, key=lambda path: (not path.endswith("/"), path)):
            context.out.say(f"{mark:<8}{shown(path.rstrip('/'))}{'/' if path.endswith('/') else ''}")


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
