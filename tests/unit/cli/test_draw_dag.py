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


def test_where_room_is_short_stages_with_the_same_neighbours_share_a_box() -> None:
    many = tuple(f"n{n}" for n in range(12))
    feeds = {"a": (*many, "x"), **dict.fromkeys(many, ("end",)), "x": ("end", "y"), "y": (), "end": ()}
    assert ascii_art(feeds, 40).splitlines() == [
        "          +---+",
        "          | a |",
        "          +---+",
        "            |",
        "      +-----+----+",
        "      |          |",
        "+----------+   +---+",
        "| n0   n6  |   | x |",
        "| n1   n7  |   +---+",
        "| n2   n8  |     |",
        "| n3   n9  |     |",
        "| n4   n10 |     |",
        "| n5   n11 |     |",
        "+----------+     |",
        "      |          |",
        "      +---+------+-+",
        "          |        |",
        "       +-----+   +---+",
        "       | end |   | y |",
        "       +-----+   +---+",
    ]
    assert max(map(len, ascii_art(feeds).splitlines())) > 40
