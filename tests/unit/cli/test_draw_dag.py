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


def test_what_is_too_much_to_draw_is_listed_with_producers_first() -> None:
    chains = {f"a{n}": (f"b{n}",) for n in range(60)} | {f"b{n}": ("end",) for n in range(60)} | {"end": ()}
    lines = ascii_art(chains, 40).splitlines()
    assert lines[0] == "a0, a1, a2, a3, a4, a5, a6, a7, a8, a9,"
    assert lines[1].startswith("    a10, a11,")
    assert "b7 <- a7" in lines
    assert lines[lines.index("b59 <- a59") + 1] == "end <- b0, b1, b2, b3, b4, b5, b6, b7,"
    assert max(map(len, lines)) <= 40


def test_a_graph_of_thousands_of_edges_takes_no_more_room_than_the_terminal() -> None:
    half = tuple(f"b{n}" for n in range(300))
    dense = {f"a{n}": half for n in range(300)} | dict.fromkeys(half, ())
    drawing = ascii_art(dense, 80)
    assert max(map(len, drawing.splitlines())) <= 80
    assert all(name in drawing for name in dense)
    long = {f"s{n}": tuple(f"s{m}" for m in range(n + 1, min(n + 40, 1000))) for n in range(1000)}
    listed = ascii_art(long, 80).splitlines()
    assert listed[:3] == ["s0", "s1 <- s0", "s2 <- s0, s1"]
