"""Tables on a terminal, and when they go through a pager."""

import os
import pty
import subprocess
import sys
from pathlib import Path

from dvc.cli.pager import fits, pager
from dvc.cli.render.table import styled
from tests.world import World

BOLD, FAINT, PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[0m"
GREEN, RED = "\x1b[32m", "\x1b[31m"


def test_numbers_are_aligned_at_the_right_and_what_is_absent_is_faint() -> None:
    assert styled(["Path", "acc", "s"], [["m.json", "0.5", "x"], ["n.json", "-", "1"]]).splitlines() == [
        f"{BOLD}Path  {PLAIN}  {BOLD}acc{PLAIN}  {BOLD}s{PLAIN}",
        "m.json  0.5  x",
        f"n.json  {FAINT}  -{PLAIN}  1",
    ]


def test_better_and_worse_are_coloured_and_said_where_it_is_known() -> None:
    rows = [["loss", "-0.5"], ["acc", "-0.1"], ["other", "3"]]
    assert styled(["Metric", "Change"], rows, [True, False, None]).splitlines()[1:] == [
        f"loss    {GREEN}  -0.5{PLAIN}  {GREEN}better{PLAIN}",
        f"acc     {RED}  -0.1{PLAIN}  {RED}worse{PLAIN}",
        "other        3",
    ]


def test_colours_take_no_room() -> None:
    assert fits(f"{BOLD}abc{PLAIN}\nabc", os.terminal_size((3, 3)))
    assert not fits("abcd", os.terminal_size((3, 3)))
    assert not fits("a\nb\nc", os.terminal_size((3, 3)))


def test_the_users_pager_is_taken() -> None:
    assert pager({"DVC_PAGER": "more -s", "PAGER": "most"}) == ["more", "-s"]
    assert pager({"PAGER": "most"}) == ["most"]


def test_a_table_wider_than_the_terminal_goes_through_the_pager(world: World) -> None:
    world.project()
    world.write("m.json", "{" + ", ".join(f'"metric{n}": {n}' for n in range(20)) + "}")
    world.write("seen.sh", "#!/bin/sh\ncat >seen.txt\n").chmod(0o755)
    assert _on_terminal(world, ["metrics", "show", "m.json"]) == ""
    assert "metric19" in (world.path / "seen.txt").read_text()
    world.write("m.json", '{"acc": 1}')
    assert f"{BOLD}acc{PLAIN}" in _on_terminal(world, ["metrics", "show", "m.json"])


def test_the_change_of_a_metric_is_judged_only_where_its_stage_says_which_way_is_up(world: World) -> None:
    world.project()
    world.write(
        "dvc.yaml",
        "stages:\n  train:\n    cmd: train\n    metrics:\n    - m.json:\n        cache: false\n        meta: {better: {loss: lower, val: higher}}\n",
    )
    world.write("m.json", '{"loss": 1, "val": {"acc": 0.5}, "epochs": 3}')
    world.commit("one")
    world.write("m.json", '{"loss": 2, "val": {"acc": 0.75}, "epochs": 4}')
    lines = _on_terminal(world, ["metrics", "diff"]).splitlines()
    assert [
        line.split()[1:2] + [word for word in line.split() if word.endswith(("better" + PLAIN, "worse" + PLAIN))] for line in lines[1:]
    ] == [
        ["epochs"],
        ["loss", f"{RED}worse{PLAIN}"],
        ["val.acc", f"{GREEN}better{PLAIN}"],
    ]
    assert "better" not in world.dvc("metrics diff").out


def _on_terminal(world: World, words: list[str]) -> str:
    """What a command prints where its standard output is a terminal of 80 columns."""
    master, slave = pty.openpty()
    environ = os.environ | {"DVC_PAGER": "./seen.sh", "PYTHONPATH": str(Path(__file__).parents[3] / "src")}
    subprocess.run(["stty", "rows", "24", "columns", "80"], stdin=slave, check=True)
    done = subprocess.run(
        [sys.executable, "-m", "dvc", *words], cwd=world.path, stdout=slave, stdin=subprocess.DEVNULL, env=environ, check=False
    )
    os.close(slave)
    assert done.returncode == 0
    text = b""
    try:
        while part := os.read(master, 4096):
            text += part
    except OSError:  # the other end is closed
        pass
    os.close(master)
    return text.decode()
