"""Plans and copying between two places with objects."""

import hashlib
from pathlib import Path

import pytest

from dvc import engine
from dvc.engine.contract import Digests
from dvc.exceptions import EngineProblem
from dvc.storage.remotes import LocalRemote
from dvc.store.objects import Store
from dvc.transfer import runs
from dvc.transfer.execute import apply, prepare, read_tree
from dvc.transfer.plan import Wanted, plan_step
from dvc.transfer.shelf import Shelf


def hexed(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


@pytest.fixture
def cache(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "cache"))


@pytest.fixture
def remote(tmp_path: Path) -> LocalRemote:
    (tmp_path / "remote").mkdir()
    return LocalRemote("r", str(tmp_path / "remote"), "remote")


def stored(place: Store | LocalRemote, *texts: str) -> list[str]:
    return [engine.put(place.folder("md5"), text.encode()) for text in texts]


def directory(place: Store | LocalRemote, **files: str) -> tuple[str, Digests]:
    manifest = engine.manifest([(path, hexed(text)) for path, text in files.items()])
    return engine.put(place.folder("md5"), manifest.dump(), ".dir") + ".dir", manifest.digests()


FROM, TO = Shelf("from", "md5"), Shelf("to", "md5")


def test_a_plan_moves_what_the_target_lacks_and_the_source_has() -> None:
    a, b, c = (hexed(x) for x in "abc")
    names = engine.digests([a, b, c])
    step = plan_step(Wanted("md5", names), names, FROM, TO, source_lacks=engine.digests([c]), target_lacks=engine.digests([b, c]))
    assert list(step.files) == [b]
    assert list(step.lacking) == [c]


def test_a_directory_object_stays_behind_while_a_file_of_it_is_lacking() -> None:
    a, b = hexed("a"), hexed("b")
    whole, broken = hexed("1") + ".dir", hexed("2") + ".dir"
    trees = {whole: engine.digests([a]), broken: engine.digests([a, b])}
    names = engine.digests([a, b, whole, broken])
    step = plan_step(Wanted("md5", engine.digests([a, b]), trees), names, FROM, TO, source_lacks=engine.digests([b]), target_lacks=names)
    assert list(step.trees) == [whole]
    assert list(step.withheld) == [broken]


def test_push_copies_once_and_then_nothing(cache: Store, remote: LocalRemote) -> None:
    stored(cache, "x", "y")
    tree, files = directory(cache, one="x", two="y")
    wanted = [Wanted("md5", files, {tree: files})]
    first = apply(prepare(wanted, cache, remote, verify=False, quarantine=None))
    again = prepare(wanted, cache, remote, verify=False, quarantine=None)
    assert (first.count, first.failed, again.count) == (3, (), 0)
    assert read_tree([remote], "md5", tree) is not None


def test_a_wrong_object_of_the_remote_is_not_taken(cache: Store, remote: LocalRemote) -> None:
    (good,) = stored(remote, "good")
    (bad,) = stored(remote, "truth")
    path = Path(remote.folder("md5")) / bad[:2] / bad[2:]
    path.chmod(0o644)
    path.write_text("lies!")
    path.chmod(0o444)
    result = apply(prepare([Wanted("md5", engine.digests([good, bad]))], remote, cache, verify=True, quarantine=None))
    assert result.count == 1
    assert [list(names) for _, names in result.failed] == [[bad]]
    assert engine.read(cache.folder("md5"), bad) is None


def test_what_a_directory_object_vouches_for_is_not_looked_for_but_missed_when_it_is_gone(cache: Store, remote: LocalRemote) -> None:
    stored(remote, "x")
    tree, files = directory(remote, one="x", two="y")
    plan = prepare([Wanted("md5", files, {tree: files})], remote, cache, verify=True, vouching=True, quarantine=None)
    assert len(plan.steps[0].files) == 2
    result = apply(plan)
    assert [sorted(names) for _, names in result.failed] == [sorted([hexed("y"), tree])]
    assert engine.read(cache.folder("md5"), tree) is None


def test_a_directory_object_that_is_no_json_is_an_error(cache: Store) -> None:
    name = engine.put(cache.folder("md5"), b"{}", ".dir") + ".dir"
    with pytest.raises(EngineProblem, match=name[2:]):
        read_tree([cache], "md5", name)


def test_the_run_cache_is_copied_verbatim_and_nothing_else(tmp_path: Path) -> None:
    key, value = "a" * 64, "b" * 64
    entry = tmp_path / "from/runs/aa" / key / value
    entry.parent.mkdir(parents=True)
    entry.write_text("cmd: x\n")
    (entry.parent / ".tmp123").write_text("half")
    assert runs.copy(Store(str(tmp_path / "from")), Store(str(tmp_path / "to"))) == 1
    assert runs.copy(Store(str(tmp_path / "from")), Store(str(tmp_path / "to"))) == 0
    assert [str(p.relative_to(tmp_path / "to/runs")) for p in (tmp_path / "to/runs").rglob("*") if p.is_file()] == [f"aa/{key}/{value}"]
