"""The object store: layouts, trees, what is missing and what is corrupt."""

import os
from hashlib import md5
from pathlib import Path

import pytest

from dvc import engine
from dvc.model.hashes import MD5, MD5_DOS2UNIX, Oid, TreeId
from dvc.store.objects import Store, object_name


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "cache"), quarantine=str(tmp_path / "quarantine"))


def put(store: Store, text: str) -> Oid:
    return Oid(MD5, engine.put(store.folder(MD5), text.encode()))


def test_each_layout_has_its_folder(store: Store) -> None:
    assert store.folder(MD5) == os.path.join(store.cache_dir, "files", "md5")
    assert store.folder(MD5_DOS2UNIX) == store.cache_dir
    assert object_name(TreeId(MD5, "ab")) == "ab.dir"
    assert object_name(Oid(MD5, "ab")) == "ab"


def test_a_tree_comes_back_as_it_was_put(store: Store) -> None:
    manifest = engine.manifest([("b/c", "0" * 32), ("a", "1" * 32)])
    tree = store.put_tree(manifest)
    assert store.tree(tree) == manifest
    assert store.holds(tree)
    assert store.tree(TreeId(MD5, "0" * 32)) is None


def test_a_tree_object_that_is_not_what_its_name_says_is_none(store: Store) -> None:
    tree = store.put_tree(engine.manifest([("a", "1" * 32)]))
    path = Path(store.folder(MD5), tree.hex[:2], tree.hex[2:] + ".dir")
    path.chmod(0o644)
    path.write_text("[]")
    path.chmod(0o444)
    assert store.tree(tree) is None


def test_distrust_moves_corrupt_objects_away(store: Store) -> None:
    good, bad = put(store, "good"), put(store, "bad")
    path = Path(store.folder(MD5), bad.hex[:2], bad.hex[2:])
    path.chmod(0o644)
    path.write_text("rot")
    path.chmod(0o444)
    names = engine.digests([good.hex, bad.hex])
    assert not store.presence(MD5, names).missing  # the mode says that it can be trusted
    assert list(store.distrust(MD5, names)) == [bad.hex]
    assert list(store.presence(MD5, names).missing) == [bad.hex]
    assert md5(b"good", usedforsecurity=False).hexdigest() == good.hex
    assert store.holds(good)
