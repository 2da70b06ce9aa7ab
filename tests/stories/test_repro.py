"""Pipelines as people run them."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.world import World

PIPELINE = """\
stages:
  prepare:
    cmd: echo prepare >> ran.log; cp raw.txt clean.txt
    deps: [raw.txt]
    outs: [clean.txt]
  train:
    cmd: echo train >> ran.log; mkdir -p model; cat clean.txt > model/weights; echo '{"acc":0.5}' > m.json
    deps: [clean.txt]
    params: [lr]
    outs: [model]
    metrics: [m.json: {cache: false}]
"""


def pipeline(world: World) -> None:
    world.project()
    world.write("dvc.yaml", PIPELINE)
    world.write("params.yaml", "lr: 1\n")
    world.write("raw.txt", "one\n")


def ran(world: World) -> list[str]:
    names = world.read("ran.log").split() if world.exists("ran.log") else []
    if names:
        os.unlink(world.path / "ran.log")
    return names


def test_only_what_changed_runs_and_says_why(world: World) -> None:
    pipeline(world)
    first = world.dvc("repro")
    assert first.ok, first.err
    assert "Running stage 'prepare':\n> echo prepare" in first.out
    assert ran(world) == ["prepare", "train"]
    again = world.dvc("repro")
    assert again.out.splitlines() == [
        "Stage 'prepare' didn't change, skipping",
        "Stage 'train' didn't change, skipping",
        "Data and pipelines are up to date.",
    ]
    world.write("params.yaml", "lr: 2\n")
    third = world.dvc("repro")
    assert ran(world) == ["train"]
    assert "because parameter 'lr' of 'params.yaml' is modified" in third.err
    assert world.dvc("status --json").json == {}


def test_a_known_result_is_brought_back_without_running(world: World) -> None:
    pipeline(world)
    assert world.dvc("repro -q").ok
    world.write("raw.txt", "two\n")
    assert world.dvc("repro -q").ok
    world.write("raw.txt", "one\n")
    ran(world)
    back = world.dvc("repro")
    assert "Stage 'train' is cached - skipping run, checking out outputs" in back.out
    assert ran(world) == []
    assert world.read("model/weights") == "one\n"
    assert world.dvc("repro -f -s train").ok
    assert ran(world) == ["train"]


def test_a_failing_stage_loses_nothing_and_keeps_what_is_done(world: World) -> None:
    pipeline(world)
    assert world.dvc("repro -q").ok
    world.write("model/weights", "edited by hand\n")
    world.write("raw.txt", "two\n")
    world.write("dvc.yaml", PIPELINE.replace("mkdir -p model;", "exit 7;"))
    failed = world.dvc("repro")
    assert failed.code == 255
    assert "stage 'train' of 'dvc.yaml'" in failed.err
    assert "exited with 7" in failed.err
    kept = list((world.path / ".dvc/tmp/kept").rglob("weights"))
    assert [path.read_text() for path in kept] == ["edited by hand\n"]
    assert list(world.dvc("status --json").json) == ["train"]


def test_keep_going_leaves_out_what_needs_the_failed_stage(world: World) -> None:
    world.project()
    world.write(
        "dvc.yaml",
        "stages:\n  bad: {cmd: exit 1, outs: [b]}\n  after: {cmd: cp b c, deps: [b], outs: [c]}\n  other: {cmd: echo > o, outs: [o]}\n",
    )
    done = world.dvc("repro -k")
    assert done.code == 255
    assert world.exists("o")
    assert not world.exists("c")
    assert "'after' is left out: it depends on 'bad'" in done.err


def test_dry_runs_change_nothing(world: World) -> None:
    pipeline(world)
    assert world.dvc("repro -q").ok
    world.write("raw.txt", "two\n")
    ran(world)
    before = world.git("status --porcelain --ignored")
    shown = world.dvc("repro --dry")
    assert "Running stage 'train':" in shown.out
    assert world.git("status --porcelain --ignored") == before
    assert ran(world) == []


def test_data_sources_are_taken_over(world: World) -> None:
    pipeline(world)
    world.track("raw.txt", "one\n")
    assert world.dvc("repro -q").ok
    world.write("raw.txt", "two\n")
    assert "Verifying data sources in stage: 'raw.txt.dvc'" in world.dvc("repro").out
    assert world.dvc("status --json").json == {}


def test_frozen_stages_stay_as_they_are(world: World) -> None:
    pipeline(world)
    assert world.dvc("repro -q").ok
    assert world.dvc("freeze prepare").ok
    world.write("raw.txt", "two\n")
    ran(world)
    assert world.dvc("repro").ok
    assert ran(world) == []
    assert world.read("clean.txt") == "one\n"


def test_commands_run_where_and_as_the_stage_says(world: World) -> None:
    world.project()
    world.write("sub/x", "")
    assert world.dvc(["stage", "add", "-n", "env", "-w", "sub", "-o", "out", 'echo "$DVC_STAGE $DVC_ROOT" > out; pwd >> out']).ok
    assert world.dvc("repro -q").ok
    root = os.path.realpath(world.path)
    assert world.read("sub/out").splitlines() == [f"env {root}", f"{root}/sub"]


def test_a_script_of_several_lines_is_one_process(world: World) -> None:
    world.project()
    world.write("dvc.yaml", "stages:\n  s:\n    cmd: |\n      if true; then\n        echo yes > out\n      fi\n    outs: [out]\n")
    assert world.dvc("repro -q").ok
    assert world.read("out") == "yes\n"


def test_ctrl_c_ends_the_command_too(world: World) -> None:
    world.project()
    world.write("dvc.yaml", "stages:\n  slow: {cmd: 'echo $$ > pid; exec sleep 60', outs: [never]}\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "dvc", "repro"],
        cwd=world.path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")},
        # A background job has Ctrl-C ignored, and these tests may run as one.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no threads run here
    )
    deadline = time.monotonic() + 60
    while not (world.exists("pid") and world.read("pid").strip()) and time.monotonic() < deadline:
        assert process.poll() is None, process.stderr.read() if process.stderr else b""
    child = int(world.read("pid"))
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 252
    assert not os.path.exists(f"/proc/{child}/cwd")
    assert json.loads((world.path / ".dvc/tmp/rwlock").read_text() or "{}") == {}


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_folder_is_read_with_the_ignore_files_that_its_stages_bring(world: World, monkeypatch: pytest.MonkeyPatch, jobs: int) -> None:
    monkeypatch.setattr("dvc.pipeline.books._FREE", -1.0)  # as on a disk where a sync takes its time
    monkeypatch.setattr("dvc.pipeline.books._SHARE", 1e9)
    world.project()
    world.write(
        "dvc.yaml",
        "stages:\n"
        "  one: {cmd: 'mkdir -p res; echo 1 > res/one', outs: [res/one]}\n"
        "  two: {cmd: 'mkdir -p res/sub; echo 2 > res/sub/two', outs: [res/sub/two]}\n"
        "  all: {cmd: 'cat res/one res/sub/two > all', deps: [res], outs: [all]}\n",
    )
    assert world.dvc(f"repro -q -j {jobs}").ok
    assert world.dvc("status").out == "Data and pipelines are up to date.\n"


def test_templates_make_stages_that_run(world: World) -> None:
    world.project()
    world.write("params.yaml", "models: {us: {n: 3}, uk: {n: 4}}\n")
    world.write("dvc.yaml", "stages:\n  build:\n    foreach: ${models}\n    do: {cmd: 'echo ${item} > ${key}.txt', outs: ['${key}.txt']}\n")
    assert world.dvc("repro -q build@uk").ok
    assert world.read("uk.txt") == "--n 4\n"
    assert not world.exists("us.txt")
    assert world.dvc("stage list --name-only").out.split() == ["build@us", "build@uk"]
    assert world.dvc("dag --collapse-foreach-matrix --mermaid").out.count("build") == 1


def test_metrics_and_params_across_commits(world: World) -> None:
    pipeline(world)
    assert world.dvc("repro -q").ok
    world.write("table.csv", "epoch,acc\n0,0.1\n9,0.91\n")
    world.write("dvc.yaml", PIPELINE + "metrics: [table.csv]\n")
    world.commit("first")
    world.write("table.csv", "epoch,acc\n0,0.1\n9,0.95\n")
    world.write("params.yaml", "lr: 3\n")
    assert world.dvc("metrics show --json").json[""]["data"]["table.csv"] == {"data": {"epoch": 9, "acc": 0.95}}
    diff = world.dvc("metrics diff --json").json
    assert diff == {"table.csv": {"acc": {"old": 0.91, "new": 0.95, "diff": 0.95 - 0.91}}}
    assert world.dvc("params diff --md").out.splitlines()[2] == "| params.yaml | lr      | 1      | 3           |"
    assert world.dvc("metrics diff nosuch").code == 255


def test_a_stage_that_does_not_fit_in_is_refused(world: World) -> None:
    pipeline(world)
    before = world.read("dvc.yaml")
    for words in (
        "-n train echo",
        "-n bad@name echo",
        "-n loop -d model -o raw.txt echo",
        "-n inner -o model/x echo",
        "-n twice -o a -O a echo",
        "-n far -o ../x echo",
        "-n nowhere -w absent echo",
        "-n empty",
    ):
        refused = world.dvc(f"stage add {words}")
        assert refused.code == 255, words
        assert world.read("dvc.yaml") == before


def test_a_project_without_git(world: World) -> None:
    world.project(scm=False)
    world.write("x", "1")
    assert world.dvc(["stage", "add", "-n", "a", "-d", "x", "-o", "y", "cp x y"]).ok
    assert world.dvc("repro").ok
    assert world.dvc("status --json").json == {}
    assert not world.exists(".gitignore")


def test_what_has_finished_is_free_for_others_while_a_long_command_runs(world: World) -> None:
    world.project()
    wait = 'i=0; while grep -q "/first\\"" .dvc/tmp/rwlock && [ $i -lt 500 ]; do i=$((i+1)); sleep 0.02; done; cp .dvc/tmp/rwlock second'
    world.write("dvc.yaml", f"stages:\n  one: {{cmd: echo 1 > first, outs: [first]}}\n  two:\n    cmd: '{wait}'\n    outs: [second]\n")
    for command in ("repro", "repro -f -j 2"):
        assert world.dvc(command).ok
        held = json.loads(world.read("second"))
        assert [path.rpartition("/")[2] for path in held["write"]] == ["second"]
        assert world.read(".dvc/tmp/rwlock") == "{}"
