"""Stages that run at once, in one process and in several; runs that are cut short."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from dvc.pipeline import shell
from tests.dags import random_dag, state
from tests.world import World

ROOT = Path(__file__).parents[2]


@contextmanager
def started(world: World, *words: str) -> Iterator["subprocess.Popen[str]"]:
    """`dvc WORDS` as a process of its own; killed at the end if it still runs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "dvc", *words],
        cwd=world.path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        # A background job has Ctrl-C ignored, and these tests may run as one.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no threads run here
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_for(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not true():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.01)


def has_recorded(world: World, count: int) -> bool:
    return world.exists("dvc.lock") and world.read("dvc.lock").count("    cmd:") >= count


def gone(pid: int) -> bool:
    """Whether a process has ended (or is only waited for by its parent)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


WAITING = "until [ -e {go} ]; do sleep 0.02; done"


def test_the_result_is_that_of_a_serial_run(world: World) -> None:
    world.project()
    random_dag(world.path, seed=3, count=40)
    world.commit("pipeline")
    assert world.dvc("repro -q").ok
    serial = state(world.path)
    for jobs in (2, 5):
        world.git("clean -q -dfx -e .dvc")
        done = world.dvc(f"repro -q -j {jobs} --no-run-cache")
        assert done.ok, done.err
        assert state(world.path) == serial
    assert world.dvc("status --json").json == {}
    assert "Data and pipelines are up to date." in world.dvc("repro -j 4").out


def test_stages_run_at_once_and_their_output_is_kept_apart(world: World) -> None:
    world.project()
    meet = "echo {0} here; : > {0}.met; until [ -e {1}.met ]; do sleep 0.02; done; echo {0} > {0}"
    world.write(
        "dvc.yaml", f"stages:\n  a: {{cmd: '{meet.format('a', 'b')}', outs: [a]}}\n  b: {{cmd: '{meet.format('b', 'a')}', outs: [b]}}\n"
    )
    # One after the other they would wait for each other for ever.
    done = world.dvc("repro -j 2")
    assert done.ok, done.err
    lines = done.out.splitlines()
    assert "a | a here" in lines
    assert "b | b here" in lines
    assert lines.index("Running stage 'a':") < lines.index("Running stage 'b':") < lines.index("b | b here")


def test_how_many_at_a_time_can_be_configured(world: World) -> None:
    world.project()
    meet = ": > {0}.met; until [ -e {1}.met ]; do sleep 0.02; done; echo {0} > {0}"
    world.write(
        "dvc.yaml", f"stages:\n  a: {{cmd: '{meet.format('a', 'b')}', outs: [a]}}\n  b: {{cmd: '{meet.format('b', 'a')}', outs: [b]}}\n"
    )
    assert world.dvc("config feature.repro_jobs 2").ok
    assert world.dvc("repro -q").ok
    assert world.dvc("config feature.repro_jobs many").ok
    refused = world.dvc("repro")
    assert refused.code == 251
    assert "feature.repro_jobs" in refused.err
    assert world.dvc("repro -j 2").ok
    assert world.dvc("repro -j 0").code == 254


def test_of_a_mutex_group_one_stage_runs_at_a_time(world: World) -> None:
    world.project()
    alone = "test ! -e taken; : > taken; sleep 0.1; rm taken; echo {0} > {0}"
    stages = "".join(f"  s{n}: {{cmd: 'set -e; {alone.format(f's{n}')}', outs: [s{n}], meta: {{mutex: gpu}}}}\n" for n in range(3))
    world.write("dvc.yaml", f"stages:\n{stages}")
    assert world.dvc("repro -q -j 3").ok


PARTLY = """\
stages:
  bad: {cmd: 'until [ -e slow.met ]; do sleep 0.02; done; exit 3', outs: [bad.txt]}
  slow: {cmd: ': > slow.met; sleep 0.2; echo slow > slow.txt', outs: [slow.txt]}
  after: {cmd: cp bad.txt after.txt, deps: [bad.txt], outs: [after.txt]}
  other: {cmd: cp slow.txt other.txt, deps: [slow.txt], outs: [other.txt]}
"""


def test_what_runs_when_another_fails_is_finished_and_recorded(world: World) -> None:
    world.project()
    world.write("dvc.yaml", PARTLY)
    failed = world.dvc("repro -j 2")
    assert failed.code == 255
    assert "failed to reproduce stage 'bad' of 'dvc.yaml'" in failed.err
    assert world.read(".gitignore") == "/slow.txt\n"
    assert "  slow:\n" in world.read("dvc.lock")
    assert not world.exists("other.txt")
    assert sorted(world.dvc("status --json").json) == ["after", "bad", "other"]


def test_keep_going_leaves_out_what_needs_the_failed_stage(world: World) -> None:
    world.project()
    world.write("dvc.yaml", PARTLY)
    failed = world.dvc("repro -k -j 2")
    assert failed.code == 255
    assert "'after' is left out: it depends on 'bad'" in failed.err
    assert world.read("other.txt") == "slow\n"
    assert sorted(world.dvc("status --json").json) == ["after", "bad"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 252), (signal.SIGTERM, -signal.SIGTERM)])
@pytest.mark.parametrize("jobs", ["1", "3"])
def test_a_signal_ends_all_stages_and_keeps_what_is_done(world: World, number: signal.Signals, code: int, jobs: str) -> None:
    world.project()
    slow = "".join(f"  slow{n}: {{cmd: 'echo $$ > pid{n}; exec sleep 60', deps: [done.txt], outs: [never{n}]}}\n" for n in range(3))
    world.write("dvc.yaml", f"stages:\n  done: {{cmd: echo done > done.txt, outs: [done.txt]}}\n{slow}")
    with started(world, "repro", "-j", jobs) as process:
        pids = [world.path / f"pid{n}" for n in range(int(jobs))]
        wait_for(lambda: all(path.exists() and path.read_text().strip() for path in pids))
        process.send_signal(number)
        said, _ = process.communicate(timeout=60)
        assert process.returncode == code, said
        assert all(gone(int(path.read_text())) for path in pids)
    assert world.read(".gitignore") == "/done.txt\n"
    assert world.dvc("repro -s done").out.startswith("Stage 'done' didn't change, skipping")
    assert json.loads(world.read(".dvc/tmp/rwlock")) == {}


def test_a_run_that_was_cut_short_goes_on_in_the_same_order(world: World) -> None:
    world.project()
    world.write(
        "dvc.yaml",
        f"stages:\n  first: {{cmd: '{WAITING.format(go='go')}; echo 1 > one', outs: [one]}}\n"
        "  second: {cmd: echo 2 > two, outs: [two]}\n  third: {cmd: echo 3 > three, outs: [three]}\n",
    )
    with started(world, "repro", "-j", "3"):
        wait_for(lambda: world.exists("dvc.lock") and "third" in world.read("dvc.lock"))
    world.write("go", "")
    assert world.dvc("--wait-for-lock repro -q").ok
    assert [line.strip(" :") for line in world.read("dvc.lock").splitlines() if line.startswith("  ") and line[2] != " "] == [
        "first",
        "second",
        "third",
    ]
    assert world.read(".gitignore") == "/one\n/two\n/three\n"


def test_a_killed_run_leaves_its_stage_to_itself(world: World) -> None:
    """The command goes on when its `dvc` is killed: who runs the stage again waits until it has ended, and is told so."""
    world.project()
    world.write("dvc.yaml", f"stages:\n  slow: {{cmd: ': > began; {WAITING.format(go='go')}; echo x >> out; rm -f go', outs: [out]}}\n")
    with started(world, "repro") as process:
        wait_for(lambda: world.exists("began"))
        process.kill()
        process.wait()
        with started(world, "repro") as second:
            assert second.stdout is not None
            line = next(text for text in second.stdout if "waits" in text)
            assert f"a command that process {process.pid}" in line
            world.write("go", "")
            wait_for(lambda: not world.exists("go"))
            world.write("go", "")
            assert second.wait(60) == 0
    assert world.read("out") == "x\n"


TWO = f"""\
stages:
  up: {{cmd: 'echo up >> up.log; cp in.txt up.txt', deps: [in.txt], outs: [up.txt]}}
  left: {{cmd: ': > left.began; {WAITING.format(go="go")}; cp up.txt left.txt', deps: [up.txt], outs: [left.txt]}}
  right: {{cmd: ': > right.began; {WAITING.format(go="go")}; cp up.txt right.txt', deps: [up.txt], outs: [right.txt]}}
"""


def test_two_runs_of_different_stages_stand_side_by_side(world: World) -> None:
    world.project()
    world.write("in.txt", "1")
    world.write("dvc.yaml", TWO)
    assert world.dvc("repro -q up").ok
    with started(world, "repro", "left") as one, started(world, "repro", "right") as other:
        wait_for(lambda: world.exists("left.began") and world.exists("right.began"))
        # Whoever only looks does not wait.
        assert set(world.dvc("status --json").json) == {"left", "right"}
        assert world.dvc("dag --dot").ok
        assert world.dvc("metrics show --json").ok
        world.write("go", "")
        for process in (one, other):
            assert process.wait(60) == 0, process.stdout
    assert world.dvc("status --json").json == {}
    assert world.read("up.log") == "up\n"
    assert sorted(world.read(".gitignore").split()) == ["/left.txt", "/right.txt", "/up.txt"]


def test_the_same_stage_is_waited_for_and_not_run_again(world: World) -> None:
    world.project()
    world.write("in.txt", "1")
    world.write("dvc.yaml", TWO.replace("cp in.txt", f": > up.began; {WAITING.format(go='go')}; cp in.txt"))
    with started(world, "repro", "left") as one:
        wait_for(lambda: world.exists("up.began"))
        with started(world, "repro", "right") as other:
            assert other.stdout is not None
            line = next(text for text in other.stdout if "waits" in text)
            assert line.startswith(f"Stage 'up' waits: process {one.pid} is at work on 'up.txt' since ")
            assert "repro left`" in line
            world.write("go", "")
            assert one.wait(60) == 0
            assert other.wait(60) == 0
    assert world.read("up.log") == "up\n"
    assert world.dvc("status --json").json == {}


def test_who_has_waited_long_enough_is_told_for_whom(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dvc.ops.repro_running._BUSY", 0.1)
    world.project()
    world.write("in.txt", "1")
    world.write("dvc.yaml", TWO)
    assert world.dvc("repro -q up").ok
    with started(world, "repro", "left") as one:
        wait_for(lambda: world.exists("left.began"))
        for jobs in ("1", "2"):
            refused = world.dvc(f"repro left -j {jobs}")
            assert refused.code == 255
            assert f"'left.txt' is busy: process {one.pid} is at work on 'left.txt'" in refused.err
            assert "--wait-for-lock" in refused.err
        world.write("go", "")
        assert one.wait(60) == 0


def test_killed_at_any_time_a_run_goes_on_where_it_was(world: World) -> None:
    world.project()
    random_dag(world.path, seed=8, count=30, slow=0.02)
    world.commit("pipeline")
    assert world.dvc("repro -q").ok
    serial = state(world.path)
    names = serial["dvc.lock"].decode()
    for recorded in (1, 9, 20):
        world.git("clean -q -dfx -e .dvc")
        with started(world, "repro", "-j", "3", "--no-run-cache"):
            wait_for(partial(has_recorded, world, recorded))
        assert all(f"\n{line}\n" in names for line in world.read("dvc.lock").splitlines()[1:])
        assert world.dvc("--wait-for-lock repro -q -j 3 --no-run-cache").ok
        assert state(world.path) == serial


def test_what_the_run_destroys_can_be_had_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell, "_PATIENCE", 0.2)
    world.project()
    world.write("dvc.yaml", "stages:\n  s: {cmd: 'echo made > out; echo kept >> log', outs: [out, log: {persist: true}]}\n")
    assert world.dvc("repro -q").ok
    world.write("out", "edited\n")
    world.write("dvc.yaml", "stages:\n  s: {cmd: 'echo lost > log; exit 1', outs: [out, log: {persist: true}]}\n")
    failed = world.dvc("repro")
    assert failed.code == 255
    assert [path.read_text() for path in (world.path / ".dvc/tmp/kept").rglob("out")] == ["edited\n"]
    assert world.dvc("checkout --force").ok
    assert world.read("log") == "kept\n"
    assert world.read("out") == "made\n"
    world.write("log", "written by hand\n")
    again = world.dvc("repro")
    assert again.code == 255
    where = Path(again.err.partition("'log' was in no cache: what it was is now in '")[2].partition("'")[0])
    assert where.read_text() == "written by hand\n"


def test_what_killed_runs_left_behind_goes(world: World) -> None:
    world.project()
    world.write("dvc.yaml", "stages:\n" + "".join(f"  s{n}: {{cmd: echo {n} > o{n}, outs: [o{n}]}}\n" for n in range(3)))
    with started(world, "repro", "-j", "2") as process:
        wait_for(partial(has_recorded, world, 2))
        process.kill()
        process.wait()
    world.write(f".dvc/tmp/spare/{process.pid}-0123", "left")
    world.write(f".dvc/tmp/alive/{process.pid}", "")
    assert world.dvc("repro -q").ok
    assert os.listdir(world.path / ".dvc/tmp/spare") == []
    assert os.listdir(world.path / ".dvc/tmp/alive") == []
