"""Completion scripts: whole, up to date, and understood by the shells."""

import subprocess
from pathlib import Path

import pytest

from dvc.cli.completions import SHELLS, script
from tests.completing import generated
from tests.world import World

ASK = """
source dvc.bash
COMP_WORDS=({words} "") COMP_CWORD={at}
_shtab_dvc
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.mark.parametrize("shell", SHELLS)
def test_the_scripts_know_all_commands_and_options(shell: str) -> None:
    assert script(shell) == generated(shell), "run `make completions`"


def test_it_is_printed_for_the_shell_that_is_asked_for(world: World) -> None:
    assert world.dvc("completion").out == script("bash")  # outside of a project, too
    assert world.dvc("completion -s zsh").out == world.dvc("completion --shell=zsh").out == script("zsh")
    assert world.dvc("completion -s fish").code == 254


def test_bash_completes_commands_options_and_paths(world: World) -> None:
    world.write("dvc.bash", script("bash"))
    world.write("data.csv", "")

    def completed(*words: str) -> set[str]:
        asked = ASK.format(words=" ".join(words), at=len(words))
        done = subprocess.run(["bash", "-c", asked], cwd=world.path, capture_output=True, text=True, check=True)
        return set(done.stdout.split())

    assert {"add", "metrics", "plots", "ls"} <= completed("dvc")
    assert completed("dvc", "metrics") >= {"show", "diff"}
    assert "data.csv" in completed("dvc", "add")


def test_zsh_takes_its_script(tmp_path: Path) -> None:
    (tmp_path / "_dvc").write_text(script("zsh"))
    loaded = "fpath=($PWD $fpath); autoload -Uz compinit; compinit -u -d dump; print $_comps[dvc]; autoload +X _dvc"
    done = subprocess.run(["zsh", "-f", "-c", loaded], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("_dvc\n", "")
