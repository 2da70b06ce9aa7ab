"""`dvc version`, `dvc doctor`: show the version and what this system supports."""

import argparse

from dvc.cli.context import Context


def arguments(parser: argparse.ArgumentParser) -> None:
    """None of its own."""


def run(args: argparse.Namespace, context: Context) -> int:
    from dvc.ops.version import facts

    known = facts(context.cwd, context.environ)
    out = context.out
    first = f"DVC version: {known.version} (pip)"  # tools match this line's shape
    out.data(f"{first}\n{'-' * len(first)}")
    out.data(f"Engine: {known.engine}")
    out.data(f"Platform: Python {known.python} on {known.platform}")
    if known.problem:
        out.data(f"Project: {known.problem}")
    if known.links is not None:
        out.data(f"Cache types: {', '.join(known.links) or 'none could be tried'}")
        out.data(f"Cache: {known.cache}")
        shown = ", ".join(f"{name} ({url})" if url else name for name, url in known.remotes.items())
        out.data(f"Remotes: {shown or 'None'}")
        out.data(f"Repo: {known.repo}")
    if known.beside:
        out.warn("the distribution `dvc` is installed in this environment too and owns the same files: keep one of them")
    return 0
