"""Commands as processes: shells, lines, failures."""

import os
import resource
from collections.abc import Callable
from pathlib import Path

import pytest

from dvc.exceptions import DvcException
from dvc.pipeline import shell

ENV = {"PATH": os.environ["PATH"], "SHELL": "/bin/sh"}


def run(commands: list[str], folder: Path, environ: dict[str, str] = ENV, announce: Callable[[str], None] = lambda _: None) -> None:
    shell.run(commands, shell.Place(str(folder), environ), announce, lambda: None)


def test_lines_run_one_by_one_unless_they_need_each_other() -> None:
    assert shell.lines("echo a\n\necho b\n", ENV) == ["echo a", "echo b"]
    assert shell.lines(("a", "b\nc"), ENV) == ["a", "b", "c"]
    for script in ("if true\nthen echo\nfi", "cat <<EOF\nx\nEOF", "echo a \\\n b", "echo 'a\nb'"):
        assert shell.lines(script, ENV) == [script]


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, ["/bin/sh", "-c", "x"]),
        ({"SHELL": "/usr/bin/bash"}, ["/usr/bin/bash", "--noprofile", "--norc", "-c", "x"]),
        ({"SHELL": "/bin/zsh"}, ["/bin/zsh", "--no-rcs", "-c", "x"]),
    ],
)
def test_the_shell_is_the_users_without_its_start_files(environ: dict[str, str], expected: list[str]) -> None:
    assert shell.arguments("x", environ) == expected


def test_the_first_failure_ends_it(tmp_path: Path) -> None:
    said: list[str] = []
    with pytest.raises(shell.CommandFailed, match="exited with 3"):
        run(["echo a > a", "exit 3", "echo b > b"], tmp_path, announce=said.append)
    assert said == ["echo a > a", "exit 3"]
    assert sorted(os.listdir(tmp_path)) == ["a"]


def test_a_script_ends_at_its_first_failure(tmp_path: Path) -> None:
    with pytest.raises(shell.CommandFailed):
        run(["if true\nthen false\nfi\necho on > on"], tmp_path)
    assert not os.listdir(tmp_path)


def test_a_signal_is_named(tmp_path: Path) -> None:
    with pytest.raises(shell.CommandFailed, match=r"exited with -9 \(SIGKILL\)"):
        run(["kill -9 $$"], tmp_path)


def test_a_folder_or_shell_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DvcException, match="nowhere"):
        run(["x"], tmp_path / "nowhere")
    with pytest.raises(DvcException, match="no-shell"):
        run(["x"], tmp_path, {"SHELL": "/no-shell"})


def test_a_process_that_has_many_files_open_can_wait_for_a_command(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 4096)), hard))
    held = [os.open(os.devnull, os.O_RDONLY) for _ in range(1100)]
    try:
        shell.run(["echo done > done"], shell.Place(str(tmp_path), ENV), lambda _: None, lambda: 0.5)
    finally:
        for descriptor in held:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert (tmp_path / "done").read_text() == "done\n"
