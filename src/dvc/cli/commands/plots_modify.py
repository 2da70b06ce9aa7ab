"""`dvc plots modify`: change how a stage's plot is displayed."""

import argparse

from dvc.cli.commands import plotting, saving
from dvc.cli.context import Context
from dvc.ops.plots_modify import PlotsModifyOptions, plots_modify


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("target", help="a stage's plot")
    plotting.add_props(parser)
    parser.add_argument("--unset", nargs="*", default=[], metavar="PROPERTY", help="take properties away: template, x, y, x_label, ...")


def run(args: argparse.Namespace, context: Context) -> int:
    project = context.project()
    options = PlotsModifyOptions(args.target, plotting.props(args), tuple(args.unset), context.wait_for_lock)
    changed = plots_modify(project, options)
    context.out.say(f"Changed how '{args.target}' is displayed" if changed else f"'{args.target}' is displayed so already")
    saving.tell_git(project, context.out, changed)
    return 0
