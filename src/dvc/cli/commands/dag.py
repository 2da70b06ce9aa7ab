"""`dvc dag`: show the pipeline's stages as a graph."""

import argparse

from dvc.cli.context import Context
from dvc.cli.render import dag as render
from dvc.ops.dag import DagOptions, dag

_WIDTH = 120  # columns where there is no terminal


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("target", nargs="?", help="a stage, file or output: show what it is made from (default: everything)")
    parser.add_argument("--dot", action="store_true", help="print DOT, the language of Graphviz")
    parser.add_argument("--mermaid", action="store_true", help="print a Mermaid flowchart")
    parser.add_argument("--md", action="store_true", help="print a Mermaid flowchart in a Markdown block")
    parser.add_argument("--collapse-foreach-matrix", action="store_true", help="show the stages of a foreach or matrix group as one")
    parser.add_argument("--full", action="store_true", help="show all that is connected with the target")
    parser.add_argument("-o", "--outs", action="store_true", help="show outputs instead of stages")


def run(args: argparse.Namespace, context: Context) -> int:
    options = DagOptions(target=args.target, full=args.full, outs=args.outs, collapse=args.collapse_foreach_matrix)
    feeds = dag(context.project(), options).feeds
    if args.dot:
        context.out.data(render.dot(feeds))
    elif args.mermaid or args.md:
        context.out.data(render.markdown(feeds) if args.md else render.mermaid(feeds))
    else:
        from shutil import get_terminal_size

        columns = get_terminal_size((_WIDTH, 0)).columns
        drawing = render.ascii_art(feeds, columns)
        context.out.data(drawing)
        wide = max(map(len, drawing.split("\n")))
        if wide > columns:
            context.out.note(
                f"The graph is {wide} columns wide: `--collapse-foreach-matrix` or a target make it smaller, `--dot` is for other programs."
            )
    return 0
