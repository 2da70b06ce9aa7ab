"""The command line's frame: version, help, usage errors, exit codes."""

import importlib
import subprocess
import sys

import pytest

from dvc import exceptions
from dvc.cli.context import UsageProblem
from dvc.cli.main import exit_code
from dvc.cli.progress import human, line
from dvc.cli.table import ALIASES, COMMANDS, GROUPS, HIDDEN
from tests.world import World


def test_version_is_bare(world: World) -> None:
    for words in ("--version", "-V", "-q -V"):
        assert world.dvc(words).out.startswith("3.")


def test_help_names_every_command(world: World) -> None:
    text = world.dvc("--help").out
    for name in COMMANDS:
        if name not in HIDDEN:
            assert f"  {name.split()[0]} " in text


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_help_and_a_summary(world: World, name: str) -> None:
    done = world.dvc(f"{name} --help")
    assert done.ok
    assert f"usage: dvc {name}" in done.out
    assert importlib.import_module(f"dvc.cli.commands.{COMMANDS[name][0]}").__doc__


@pytest.mark.parametrize(
    "words", ["", "frobnicate", "remote", "remote frobnicate", "--frob", "--cd", "root --frob", "root extra", "--cdx=1 root"]
)
def test_usage_errors(world: World, words: str) -> None:
    done = world.dvc(words)
    assert done.code == 254
    assert done.out == ""
    assert done.err.startswith("ERROR: ")
    assert "Traceback" not in done.err


def test_a_slip_is_understood(world: World) -> None:
    assert "`status`" in world.dvc("statsu").err
    assert "`add`" in world.dvc("remote ad").err


def test_groups_and_aliases_lead_somewhere() -> None:
    assert {name.split()[0] for name in COMMANDS if " " in name} == set(GROUPS)
    assert set(ALIASES.values()) <= {*COMMANDS, *GROUPS}


def test_exit_codes() -> None:
    assert exit_code("add", exceptions.TargetNotFound) == 1
    assert exit_code("repro", exceptions.StageFailed) == 255
    assert exit_code("checkout", exceptions.UnsavedChanges) == 255
    assert exit_code("push", exceptions.RemoteNotFound) == 1
    assert exit_code("remote modify", exceptions.RemoteNotFound) == 251
    assert exit_code("add", exceptions.NotInProject) == 253
    assert exit_code("add", UsageProblem) == 254


def test_root_outside_a_project(world: World) -> None:
    done = world.dvc("root")
    assert done.code == 253
    assert "not inside of a DVC repository" in done.err


def test_a_reader_that_left() -> None:
    script = "import os, sys\nr, w = os.pipe(); os.close(r); os.dup2(w, 1)\nfrom dvc.cli import main\nsys.exit(main(['--help']))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert done.returncode == 141
    assert b"Traceback" not in done.stderr


def test_progress_line() -> None:
    assert line("Adding", 10, 40, 1024, 4096, 1.0) == "Adding  10 of 40 files  1.0k of 4.0k  1.0k/s  0:03 left"
    assert human(0) == "0B"
    assert human(3 * 1024**4) == "3.0T"
