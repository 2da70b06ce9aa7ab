"""What `plots show`, `plots diff` and `plots modify` have in common: display options, and how plots are given out."""

import argparse

from dvc.cli.commands import insight
from dvc.cli.context import Context
from dvc.exceptions import DvcException
from dvc.insight.plots.result import Chart, Plots
from dvc.insight.plots.sample import sampled
from dvc.insight.plots.templates import TemplateProblem
from dvc.ops import plots as ops
from dvc.project.project import Project

_PROPS = ("template", "x", "y", "title", "x_label", "y_label")


class VegaProblem(DvcException):
    """`--show-vega` is asked for in a way that it cannot answer."""

    code = "show-vega"


class BrowserProblem(DvcException):
    """The page is written, but nothing opened it."""

    code = "browser"


def add_props(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-t", "--template", nargs="?", metavar="NAME", help="a built-in template, one of .dvc/plots, or a path")
    parser.add_argument("-x", metavar="COLUMN", help="the column of the x axis")
    parser.add_argument("-y", metavar="COLUMN", help="the column of the y axis")
    parser.add_argument("--no-header", action="store_true", help="CSV and TSV files have no heading: columns are called 0, 1, ...")
    parser.add_argument("--title", metavar="TEXT", help="the plot's title")
    parser.add_argument("--x-label", metavar="TEXT", help="what the x axis is called")
    parser.add_argument("--y-label", metavar="TEXT", help="what the y axis is called")


def props(args: argparse.Namespace) -> dict[str, object]:
    """The display properties that were given."""
    found: dict[str, object] = {name: getattr(args, name) for name in _PROPS if getattr(args, name) is not None}
    return found | {"header": False} if args.no_header else found


def add_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-o", "--out", metavar="PATH", help="the folder for the page and images (default: dvc_plots); x.svg or x.png: a picture instead"
    )
    parser.add_argument("--show-vega", action="store_true", help="print the plot's Vega-Lite specification")
    parser.add_argument("--json", action="store_true", help="print all plots as JSON, for programs")
    parser.add_argument("--split", action="store_true", help="with --json: keep the template apart from what fills it")
    parser.add_argument("--open", action="store_true", help="open the page in the browser")
    parser.add_argument("--html-template", metavar="PATH", help="a page of your own, with {scripts} and {plot_divs} in it")


def give(args: argparse.Namespace, context: Context, targets: list[str], revisions: list[str] | None) -> int:
    """Collect the plots, and give them out as the options say."""
    if args.show_vega and args.json:
        raise VegaProblem("--show-vega prints one specification: leave out --json")
    if args.show_vega and len(targets) != 1:
        raise VegaProblem("--show-vega prints the specification of one plot", hint="name just one target")
    project = insight.place(context)
    options = ops.PlotsOptions(
        targets=tuple(targets),
        revisions=None if revisions is None else tuple(revisions),
        props=props(args),
        out=args.out,
        html_template=args.html_template,
    )
    found = ops.plots(project, options)
    if not args.json and not args.show_vega:
        found = sampled(found)
    _warn(context, found)
    if args.show_vega:
        _vega(context, found)
    elif args.json:
        _json(context, project, found, args)
    else:
        _page(context, project, found, options, show=args.open or project.config.boolean("plots", "auto_open"))
    if found.broken:
        raise TemplateProblem("; ".join(found.broken))
    return 0


def _warn(context: Context, found: Plots) -> None:
    for note in found.notes:
        context.out.warn(note)
    for problem in found.problems:
        what = f"'{problem.name}'" if problem.name else "some plots"
        context.out.warn(f"{what} of '{problem.rev}' cannot be drawn: {problem.msg}")


def _vega(context: Context, found: Plots) -> None:
    from dvc.insight.plots.anchors import fill

    for parts in found.plots.values():
        for part in parts:
            if isinstance(part, Chart):
                context.out.json(fill(part.template, part.series))
                return


def _json(context: Context, project: Project, found: Plots, args: argparse.Namespace) -> None:
    from dvc.cli.render.plots import value

    context.out.json(value(found, ops.write_images(project, found, args.out), split_=args.split))


def _page(context: Context, project: Project, found: Plots, options: ops.PlotsOptions, *, show: bool) -> None:
    picture = ops.is_picture(project, options.out)
    path = (ops.write_picture if picture else ops.write_page)(project, found, options)
    if path is None:
        if not found.broken:
            context.out.note("there is nothing to draw" if found.plots else "there are no plots to show")
        return
    from pathlib import Path

    address = Path(path).as_uri()
    context.out.data(address)
    if show:
        _open(address)


def _open(address: str) -> None:
    import webbrowser

    if not webbrowser.open(address):
        raise BrowserProblem("no browser could be started", hint=f"open {address} yourself")
