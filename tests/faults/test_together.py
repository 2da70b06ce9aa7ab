"""Several processes at work in one project at once: nobody's work is lost, and the project is whole afterwards."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.harness import Box, look, started, tracked, two_versions

ROUNDS = 3


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


def together(box: Box, *commands: tuple[str, ...], allowed: tuple[int, ...] = (0,)) -> list[tuple[int, str]]:
    """Start all the commands at once; each must end with an allowed code, and none with a traceback."""
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "dvc", *arguments],
            cwd=box.work,
            env=box.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for arguments in commands
    ]
    ended = []
    for process, arguments in zip(running, commands, strict=True):
        out, _ = process.communicate(timeout=120)
        assert process.returncode in allowed, f"{arguments}: {process.returncode} {out}"
        assert "Traceback" not in out
        assert "unexpected error" not in out
        ended.append((process.returncode, out))
    return ended


def assert_whole(box: Box) -> None:
    state = look(box)
    assert all(state.objects.values())
    status = box.run(sys.executable, "-m", "dvc", "status")
    assert status.returncode == 0
    assert "up to date" in status.stdout + status.stderr
    assert list(box.work.rglob(".cairn-*")) == []


def test_adding_different_files_in_one_folder(box):
    started(box)
    names = [f"file{n}.csv" for n in range(4)]
    for name in names:
        box.write(name, name)
    together(box, *(("--wait-for-lock", "add", "-q", name) for name in names))
    entries = (box.work / ".gitignore").read_text().splitlines()
    assert sorted(entries) == sorted(f"/{name}" for name in names)
    assert_whole(box)


def test_adding_the_same_folder(box):
    tracked(box)
    for number in range(ROUNDS):
        box.write("data/a.txt", f"round {number}")
        together(box, *[("--wait-for-lock", "add", "-q", "data")] * 3)
        assert_whole(box)
    assert (box.work / ".gitignore").read_text().splitlines().count("/data") == 1


def test_checking_out_the_same_folder(box):
    tracked(box)
    for _ in range(ROUNDS):
        for name in ("a.txt", "c.txt", "sub/b.bin"):
            (box.work / "data" / name).unlink()
        # One may find that the other was quicker with a file; it must not harm it.
        together(box, *[("checkout", "-q")] * 3, allowed=(0, 1))
        box.dvc("checkout", "-q")
        assert_whole(box)


def test_collecting_while_others_add(box):
    tracked(box)
    for number in range(ROUNDS):
        for name in ("x", "y"):
            box.write(f"{name}.csv", f"{name} {number}")
        box.write("data/a.txt", f"round {number}")
        together(
            box,
            ("--wait-for-lock", "add", "-q", "x.csv"),
            ("--wait-for-lock", "gc", "-q", "-w", "-f"),
            ("--wait-for-lock", "add", "-q", "data"),
            ("--wait-for-lock", "gc", "-q", "-w", "-f"),
            ("--wait-for-lock", "add", "-q", "y.csv"),
        )
        assert_whole(box)


def test_collecting_while_another_checks_out(box):
    two_versions(box)
    for _ in range(ROUNDS):
        (box.work / "data" / "a.txt").unlink()
        together(box, ("--wait-for-lock", "gc", "-q", "-w", "-f"), ("--wait-for-lock", "checkout", "-q"), ("status", "-q"), allowed=(0, 1))
        assert_whole(box)


def test_looking_while_others_write(box):
    tracked(box)
    for number in range(ROUNDS):
        box.write("data/a.txt", f"round {number}")
        together(box, ("--wait-for-lock", "add", "-q", "data"), ("status",), ("status",), ("data", "status"), ("diff",), allowed=(0,))
        assert_whole(box)


def test_two_projects_with_one_cache(box, tmp_path):
    """The same bytes are added by both, and one collects while the other adds."""
    tracked(box)
    other = box.copy(tmp_path / "other")
    for each in (box, other):
        each.dvc("config", "cache.dir", str(tmp_path / "shared"))
        each.write("big.bin", b"same" * 50000)
    running = [
        subprocess.Popen([sys.executable, "-m", "dvc", "add", "-q", "big.bin", "data", "one.csv"], cwd=each.work, env=each.environment())
        for each in (box, other)
    ]
    assert [process.wait(timeout=120) for process in running] == [0, 0]
    for each in (box, other):
        (each.work / "big.bin").unlink()
        each.dvc("checkout", "-q")
        assert (each.work / "big.bin").read_bytes() == b"same" * 50000
