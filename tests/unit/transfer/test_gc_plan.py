"""Which objects go, and that they go in the right order."""

import os
from pathlib import Path

import pytest

from dvc import engine
from dvc.engine.contract import Counters, Digests, Moved
from dvc.store.objects import Store
from dvc.transfer import garbage as gc

A, B, C = (engine_hex * 32 for engine_hex in "abc")


def put(store: Store, text: str, algorithm: str = "md5", suffix: str = "") -> str:
    return engine.put(store.folder(algorithm), text.encode(), suffix) + suffix


def test_unused_objects_go_and_used_ones_stay() -> None:
    there = engine.digests([A, B, C])
    assert list(gc.decide(there, engine.digests([A]))) == [B, C]


def test_not_in_remote_also_frees_what_a_remote_holds() -> None:
    there = engine.digests([A, B, C])
    assert list(gc.decide(there, engine.digests([A, B]), engine.digests([B]))) == [B, C]


def test_both_layouts_are_collected_and_nothing_that_is_no_object(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    new, old, tree = put(store, "new"), put(store, "old", "md5-dos2unix"), put(store, "[]", suffix=".dir")
    kept = put(store, "kept")
    run = tmp_path / "runs" / "aa" / ("a" * 64) / ("b" * 64)
    run.parent.mkdir(parents=True)
    run.write_text("cmd: x\n")
    plan = gc.plan(store, {"md5": engine.digests([kept])})
    assert sorted(name for folder in plan.folders for name in folder.names) == sorted([new, old, tree])
    assert plan.size == 8
    result = gc.apply(plan)
    assert (result.count, result.problems) == (3, ())
    assert run.exists()
    assert list(engine.objects(store.folder("md5"))) == [kept]
    assert gc.plan(store, {"md5": engine.digests([kept])}).count == 0


def test_a_directory_object_goes_before_the_files_it_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(str(tmp_path))
    put(store, "file")
    put(store, "[]", suffix=".dir")
    removed: list[list[str]] = []
    real = engine.remove

    def remove(folder: str, names: Digests, *, counters: Counters | None = None) -> Moved:
        removed.append(list(names))
        return real(folder, names, counters=counters)

    monkeypatch.setattr(engine, "remove", remove)
    gc.apply(gc.plan(store, {}))
    assert [name.endswith(".dir") for names in removed for name in names] == [True, False]


def test_an_empty_cache_is_nothing_to_do(tmp_path: Path) -> None:
    store = Store(os.path.join(tmp_path, "none"))
    assert gc.plan(store, {}).count == 0
