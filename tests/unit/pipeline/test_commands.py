"""Several commands as processes at once."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from dvc.exceptions import DvcException
from dvc.pipeline import shell
from dvc.pipeline.commands import Commands, Ended

ENV = {"PATH": os.environ["PATH"], "SHELL": "/bin/sh"}


class Heard:
    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []
        self.lines: list[tuple[str, str, str]] = []

    def open(self) -> Commands:
        return Commands(lambda key, line: self.said.append((key, line)), lambda *line: self.lines.append(line))

    def run(self, folder: Path, **stages: list[str]) -> dict[str, DvcException | None]:
        ended: list[Ended] = []
        with self.open() as commands:
            for key, lines in stages.items():
                commands.start(key, lines, shell.Place(str(folder), ENV))
            while len(ended) < len(stages):
                ended += commands.wait(10)
        return {each.key: each.error for each in ended}


def test_lines_are_kept_apart_and_in_order(tmp_path: Path) -> None:
    heard = Heard()
    assert heard.run(
        tmp_path,
        one=["echo a; until [ -e two ]; do sleep 0.01; done; printf 'b'", "printf 'c\\nd'; echo e >&2"],
        two=["until [ -e ready ] || : > two; do :; done; echo x", "exit 0"],
    ) == {"one": None, "two": None}
    assert [line for line in heard.lines if line[0] == "one" and line[1] == "out"] == [("one", "out", text) for text in "abcd"]
    assert ("one", "err", "e") in heard.lines
    assert ("two", "out", "x") in heard.lines
    assert [key for key, _ in heard.said].count("one") == 2


def test_what_a_carriage_return_overwrites_is_left_out(tmp_path: Path) -> None:
    heard = Heard()
    heard.run(tmp_path, bar=[r"printf ' 10%%\r 50%%\r100%%\n'; printf 'dos\r\n'; printf '\377'"])
    assert [text for _, _, text in heard.lines] == ["100%", "dos", "\udcff"]


def test_the_first_failure_ends_a_stage_and_no_other(tmp_path: Path) -> None:
    ended = Heard().run(tmp_path, bad=["exit 3", "echo > never"], good=["sleep 0.05; echo > made"])
    assert str(ended["bad"]) == "`exit 3` exited with 3"
    assert ended["good"] is None
    assert os.listdir(tmp_path) == ["made"]


def test_much_output_blocks_nobody(tmp_path: Path) -> None:
    heard = Heard()
    assert heard.run(tmp_path, big=["head -c 3000000 /dev/zero | tr '\\0' x; echo"], small=["echo y"]) == {"big": None, "small": None}
    assert sum(len(text) for key, _, text in heard.lines if key == "big") == 3_000_000


def test_a_command_left_in_the_background_holds_nobody_up(tmp_path: Path) -> None:
    began = time.monotonic()
    assert Heard().run(tmp_path, server=["sleep 30 & echo $! > pid"]) == {"server": None}
    assert time.monotonic() - began < 20
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)


def gone(pid: int) -> bool:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
            os.kill(pid, 0)
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.01)
    return False


def test_ctrl_c_ends_all_and_what_they_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell, "_PATIENCE", 0.2)

    def interrupt() -> None:
        until = time.monotonic() + 20
        while (
            not all((tmp_path / f"{n}").exists() and (tmp_path / f"{n}").read_text().strip() for n in range(3)) and time.monotonic() < until
        ):
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # these tests may run as a background job
    try:
        thread = threading.Thread(target=interrupt)
        thread.start()
        with pytest.raises(KeyboardInterrupt):
            # A shell has its background jobs ignore Ctrl-C.
            Heard().run(tmp_path, **{f"s{n}": [f"sleep 60 & echo $! > {n}; wait"] for n in range(3)})
        thread.join()
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
    assert all(gone(int((tmp_path / f"{n}").read_text())) for n in range(3))
