"""Locks: against another process that uses plain `flock`, and the shared book of leases."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from dvc.exceptions import EngineProblem, LockHeld
from dvc.project import leases, locks
from tests.unit.project.conftest import Place

HOLD = "import fcntl, sys; f = open(sys.argv[1], 'a+'); fcntl.flock(f, int(sys.argv[2])); print('held', flush=True); sys.stdin.read()"
SHARED, EXCLUSIVE = "1", "2"


@contextmanager
def held(path: Path, kind: str = EXCLUSIVE) -> Iterator["subprocess.Popen[bytes]"]:
    path.parent.mkdir(parents=True, exist_ok=True)
    other = subprocess.Popen([sys.executable, "-c", HOLD, str(path), kind], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert other.stdout is not None
    assert other.stdin is not None
    assert other.stdout.readline() == b"held\n"
    try:
        yield other
    finally:
        other.stdin.close()
        other.stdout.close()
        other.wait()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "PATIENCE", 0.1)


def test_metadata(place: Place) -> None:
    project = place.open()
    with locks.metadata(project):
        assert place.read(".dvc/tmp/lock") == f" {os.getpid()}\n"
    with locks.metadata(project):
        pass


def test_metadata_held_by_another(place: Place) -> None:
    project = place.open()
    with held(place.path / ".dvc/tmp/lock"), pytest.raises(LockHeld, match="Unable to acquire lock"), locks.metadata(project):
        pass
    with locks.metadata(project):
        pass


def test_metadata_waits(place: Place) -> None:
    project = place.open()
    with held(place.path / ".dvc/tmp/lock") as other:
        assert other.stdin is not None
        timer = threading.Timer(0.3, other.stdin.close)
        timer.start()
        with locks.metadata(project, wait=True):
            assert place.read(".dvc/tmp/lock") == f" {os.getpid()}\n"
        timer.join()


def test_a_left_over_lock_file_is_nothing(place: Place) -> None:
    place.write(".dvc/tmp/lock", "999999\n")
    with locks.metadata(place.open()):
        pass


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written(place: Place) -> None:
    (place.path / ".dvc").chmod(0o500)
    try:
        with pytest.raises(EngineProblem), locks.metadata(place.open()):
            pass
    finally:
        (place.path / ".dvc").chmod(0o700)


# --- leases


def book(place: Place) -> dict[str, object]:
    found = json.loads(place.read(".dvc/tmp/rwlock"))
    assert isinstance(found, dict)
    return found


def test_lease(place: Place) -> None:
    project = place.open()
    me = {"pid": os.getpid(), "cmd": " ".join(sys.argv)}
    with leases.lease(project, ["in"], ["out"]):
        assert book(place) == {"read": {f"{place.path}/in": [me]}, "write": {f"{place.path}/out": me}}
        with leases.lease(project, ["in"], ["other"]):
            pass
        assert book(place)["write"] == {f"{place.path}/out": me}
    assert book(place) == {}


OTHER = {"pid": os.getppid(), "cmd": "dvc repro"}


@pytest.mark.parametrize(
    ("entry", "reads", "writes", "free"),
    [
        ({"write": {"a": OTHER}}, [], ["a"], False),
        ({"write": {"a": OTHER}}, ["a"], [], False),
        ({"write": {"a": OTHER}}, [], ["a/b"], False),
        ({"write": {"a/b": OTHER}}, ["a"], [], False),
        ({"write": {"a": OTHER}}, [], ["ab", "b"], True),
        ({"read": {"a": [OTHER]}}, [], ["a"], False),
        ({"read": {"a": [OTHER]}}, [], ["a/b/c"], False),
        ({"read": {"a/b": [OTHER]}}, [], ["a"], False),
        ({"read": {"a": [OTHER]}}, ["a"], [], True),
    ],
)
def test_conflicts(place: Place, entry: dict[str, dict[str, object]], reads: list[str], writes: list[str], free: bool) -> None:
    absolute = {kind: {f"{place.path}/{path}": owner for path, owner in paths.items()} for kind, paths in entry.items()}
    place.write(".dvc/tmp/rwlock", json.dumps(absolute))
    with ExitStack() as stack:
        if not free:
            stack.enter_context(pytest.raises(LockHeld, match=f"process {OTHER['pid']} .*`dvc repro`"))
        stack.enter_context(leases.lease(place.open(), reads, writes))
    assert book(place) == absolute


def test_entries_of_the_dead_are_dropped(place: Place) -> None:
    dead = {"pid": 4194305, "cmd": "dvc repro"}
    place.write(".dvc/tmp/rwlock", json.dumps({"write": {f"{place.path}/a": dead}, "read": {f"{place.path}/b": [dead, dead]}}))
    with leases.lease(place.open(), [], ["a", "b"]):
        pass
    assert book(place) == {}


@pytest.mark.parametrize("text", ["", "torn {", "[]", '{"write": 3, "read": {"a": 1}}', '{"write": {"a": {"pid": "x"}}}', "\udcff"])
def test_a_torn_book_says_nothing(place: Place, text: str) -> None:
    place.write(".dvc/tmp/rwlock", text.encode("utf-8", "surrogateescape"))
    with leases.lease(place.open(), ["b"], ["a"]):
        pass
    assert book(place) == {}


# --- objects


def test_adders_share_and_the_file_goes(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    with locks.objects(str(cache)), locks.objects(str(cache)):
        assert os.listdir(cache) == ["cairn.lock"]
    assert os.listdir(tmp_path) == []


def test_no_folder_is_left_for_the_lock_alone(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    with locks.objects(str(cache)):
        pass
    assert not cache.exists()
    with locks.objects(str(cache)):
        (cache / "files").mkdir()
    assert cache.exists()


def test_collecting_is_alone(tmp_path: Path) -> None:
    with held(tmp_path / "cairn.lock", SHARED):
        with pytest.raises(LockHeld, match="Unable to acquire lock"), locks.objects(str(tmp_path), exclusive=True):
            pass
        with locks.objects(str(tmp_path)):
            pass
    with held(tmp_path / "cairn.lock"), pytest.raises(LockHeld, match="dvc gc"), locks.objects(str(tmp_path)):
        pass


def test_collecting_a_cache_that_is_not_there(tmp_path: Path) -> None:
    with locks.objects(str(tmp_path / "none"), exclusive=True):
        pass
    assert os.listdir(tmp_path) == []


def test_many_at_once_never_meet(tmp_path: Path) -> None:
    inside: list[str] = []
    wrong: list[tuple[str, ...]] = []

    def work(exclusive: bool) -> None:
        for _ in range(20):
            with locks.objects(str(tmp_path), exclusive=exclusive, wait=True):
                inside.append("x" if exclusive else "s")
                if "x" in inside and len(inside) > 1:
                    wrong.append(tuple(inside))
                inside.remove("x" if exclusive else "s")

    threads = [threading.Thread(target=work, args=(number % 2 == 0,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert os.listdir(tmp_path) == []
