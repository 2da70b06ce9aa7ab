"""One system call fails, or the process dies there: nothing is lost, nothing is torn, and the next run puts it right.

A sample of the matrix runs by default, another one with each engine. CAIRN_FAULTS=kill kills the process at
every count of every call; CAIRN_FAULTS=all lets every one of them fail in every way, too.
"""

import shutil
import tempfile
import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from dvc import engine
from tests.faults.harness import CALLS, ERRORS, EXTENT, SCENARIOS, Box, Ended, Scenario, State, look
from tests.faults.judge import but_for_ignored, difference, harm, same

pytestmark = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")

FOLDERS: list[str] = []


@pytest.fixture(scope="module", autouse=True)
def _no_folder_stays() -> Iterator[None]:
    yield
    prepared.cache_clear()
    for folder in FOLDERS:
        shutil.rmtree(folder, ignore_errors=True)


@cache
def prepared(scenario: Scenario) -> tuple[Box, State, State, Ended]:
    """The project, how it looks before and after the command, and the calls that the command makes."""
    folder = tempfile.mkdtemp(prefix="cairn-faults-")
    FOLDERS.append(folder)
    box = Box(Path(folder) / "project")
    box.folder.mkdir()
    scenario.prepare(box)
    after = box.copy(Path(folder) / "after")
    ended = after.traced(scenario.command)
    assert ended.code == 0, ended.err
    return box, look(box), look(after), ended


def points(scenario: Scenario, call: str, count: int) -> list[tuple[str, int]]:
    """(what to inject, at which count)"""
    kinds = ["signal=KILL", "signal=INT", *(f"error={error}" for error in ERRORS)]
    number = zlib.crc32(f"{scenario.name} {call} {engine.name}".encode())
    if EXTENT == "sample" and number % 5 < 2:
        return []
    if EXTENT == "sample" or call == "ioctl":  # Python itself makes most of these: asks whether a file is a terminal
        return [(kinds[number % len(kinds)], 1 + number // 7 % count)]
    return [(kind, at) for at in range(1, count + 1) for kind in (kinds if EXTENT == "all" else kinds[:1])]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.name)
def test_nothing_is_lost(scenario, tmp_path):
    box, before, after, counted = prepared(scenario)
    failures = []
    for call in CALLS:
        for kind, at in points(scenario, call, counted.calls[call]) if call in counted.calls else ():
            trial = box.copy(tmp_path / "trial")
            ended = trial.traced(scenario.command, f"{call}:{kind}:when={at}")
            if not ended.injected:
                continue
            failures += [f"{call}:{kind}:when={at}: {found}" for found in damage(scenario, trial, ended, kind, before, after)]
    assert failures == []


def damage(scenario: Scenario, box: Box, ended: Ended, kind: str, before: State, after: State) -> Iterator[str]:
    now = look(box)
    yield from harm(scenario, now, before, after)
    if kind != "signal=KILL":
        if "Traceback" in ended.err:
            yield f"a traceback: {ended.err}"
        if ended.code == 0 and not same(now, after):
            yield f"exit code 0 for what was not done: {difference(now, after)} {ended.err}"
    repeated = box.traced(scenario.command)
    if repeated.code != 0 and not (scenario.again and scenario.again(box)):
        yield f"the second run failed ({ended.code} before): {repeated.err}"
        return
    final = look(box)
    if repeated.code != 0:  # the first run had come so far that there was nothing left to run again
        final = but_for_ignored(final, after)
    yield from harm(scenario, final, before, after)
    if not same(final, after):
        yield f"the second run left another state: {difference(final, after)}"
    elif scenario.clean:
        status = box.traced(("status",))
        if status.code != 0 or "up to date" not in status.err:
            yield f"status is not clean: {status.err}"
