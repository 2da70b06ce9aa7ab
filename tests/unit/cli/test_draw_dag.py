"""Graphs as text."""

from dvc.cli.render.dag import ascii_art, dot, markdown, mermaid

FEEDS = {"zip": ("train", "apply"), "train": ("apply",), "apply": (), 'lo"ne': ()}


def test_dot_keeps_the_order_of_the_files() -> None:
    assert dot(FEEDS) == (
        'strict digraph {\n"zip";\n"train";\n"apply";\n"lo\\"ne";\n"zip" -> "train";\n"zip" -> "apply";\n"train" -> "apply";\n}\n'
    )


def test_mermaid_goes_pipeline_by_pipeline() -> None:
    assert mermaid(FEEDS).splitlines() == [
        "flowchart TD",
        '\tnode1["apply"]',
        '\tnode2["train"]',
        '\tnode3["zip"]',
        "\tnode2-->node1",
        "\tnode3-->node1",
        "\tnode3-->node2",
        '\tnode4["lo#quot;ne"]',
    ]
    assert markdown({}) == "```mermaid\nflowchart TD\n```"


def test_boxes_stand_below_what_feeds_them() -> None:
    assert ascii_art({"a": ("b", "c"), "b": ("d",), "c": ("d",), "d": ()}).splitlines() == [
        "    +---+",
        "    | a |",
        "    +---+",
        "      |",
        "  +---+---+",
        "  |       |",
        "+---+   +---+",
        "| b |   | c |",
        "+---+   +---+",
        "  |       |",
        "  +---+---+",
        "      |",
        "    +---+",
        "    | d |",
        "    +---+",
    ]
    assert ascii_art({}) == ""
