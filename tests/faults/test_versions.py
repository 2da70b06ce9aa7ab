"""Cloud-versioned remotes, killed at each of their calls: run again, the command completes, and no state of any file is lost."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dvc.project import files
from dvc.storage.contract import StorageProblem, VersionedStorage, keeping_versions
from dvc.storage.remotes import open_storage
from dvc.storage.through_opendal import OpendalStorage
from tests.failing import Killed
from tests.servers.s3 import s3
from tests.world import World

CALLS = ("upload", "upload_all", "stat", "stat_all", "chunks_of", "remove_all", "newest")


class Faults:
    """Makes the k-th call of a storage, or write of a metadata file, the last one."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at = 0
        self.how: Callable[[], BaseException] = Killed
        self._count = 0
        for name in CALLS:
            monkeypatch.setattr(OpendalStorage, name, self._wrapped(getattr(OpendalStorage, name)))
        monkeypatch.setattr(files, "atomic_write", self._wrapped(files.atomic_write))

    def arm(self, at: int, how: Callable[[], BaseException]) -> None:
        self._count, self.at, self.how = 0, at, how

    @property
    def met(self) -> bool:
        return 0 < self.at <= self._count

    def _wrapped(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            self._count += 1
            if self._count == self.at:
                raise self.how()
            return real(*arguments, **options)

        return call


@pytest.fixture
def bucket(world: World) -> Iterator[VersionedStorage]:
    world.project()
    with s3(world.ext, versioned=True) as (url, options):
        assert world.dvc(["remote", "add", "-q", "-d", "store", f"{url}/data"]).ok
        for name, value in {**options, "worktree": "true"}.items():
            assert world.dvc(["remote", "modify", "-q", "store", name, value]).ok
        opened = open_storage(f"{url}/data", options)
        assert opened is not None
        keeping = keeping_versions(opened)
        assert keeping is not None
        yield keeping
        keeping.close()


def run(world: World, words: str) -> int:
    try:
        return world.dvc(words).code
    except Killed:
        return -9


@pytest.mark.parametrize("how", [Killed, lambda: StorageProblem("made to fail")], ids=["killed", "refused"])
def test_a_push_that_is_stopped_anywhere_is_completed_by_the_next(
    world: World, bucket: VersionedStorage, monkeypatch: pytest.MonkeyPatch, how: Callable[[], BaseException]
) -> None:
    faults = Faults(monkeypatch)
    for at in range(1, 30):
        for name in ("d/a", "d/b", "f"):
            world.write(name, f"{name} {at}")
        (world.path / f"d/only-{at}").write_text("x")
        (world.path / f"d/only-{at - 1}").unlink(missing_ok=True)
        assert world.dvc("add -q d f").ok
        faults.arm(at, how)
        code = run(world, "push")
        met = faults.met
        faults.arm(0, how)
        assert (code != 0) == met
        assert world.dvc("push").ok
        world.commit(f"{at}")
        assert sorted(found.path for found in bucket.list("")) == ["d/a", "d/b", f"d/only-{at}", "f"]
        assert bucket.read("d/a") == f"d/a {at}".encode()
        assert world.dvc("status").out == "Data and pipelines are up to date.\n"
        assert world.dvc("push").out == "Everything is up to date.\n"
        if not met:
            return
    raise AssertionError("the push never ended")


def test_an_update_that_is_stopped_anywhere_loses_nothing(world: World, bucket: VersionedStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    faults = Faults(monkeypatch)
    world.write("d/a", "0")
    world.write("d/same", "same")
    assert world.dvc("add -q d").ok
    assert world.dvc("push").ok
    for at in range(1, 20):
        bucket.put("d/a", f"theirs {at}".encode())
        world.write("d/a", f"mine {at}")
        faults.arm(at, Killed)
        run(world, "update d")
        met = faults.met
        faults.arm(0, Killed)
        assert f"mine {at}".encode() in everything(world.path)
        assert world.dvc("update d").ok
        assert world.read("d/a") == f"theirs {at}"
        assert f"mine {at}".encode() in everything(world.path)
        if not met:
            return
    raise AssertionError("the update never ended")


def everything(folder: Path) -> set[bytes]:
    return {path.read_bytes() for path in folder.rglob("*") if path.is_file() and ".git/" not in str(path) and path.stat().st_size < 100}
