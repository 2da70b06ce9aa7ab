"""Imports from storages that keep versions: which version is recorded, followed and brought back; and registries in such a bucket."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from ruamel.yaml import YAML

from dvc.storage.contract import VersionedStorage, keeping_versions
from dvc.storage.remotes import open_storage
from tests.servers.s3 import BUCKET, s3
from tests.world import World


@pytest.fixture
def source(world: World) -> Iterator[VersionedStorage]:
    """A project that knows a versioned bucket as `s3`; what is there."""
    world.project()
    with s3(world.ext, versioned=True) as (url, options):
        assert world.dvc(["remote", "add", "-q", "s3", url]).ok
        for name, value in options.items():
            assert world.dvc(["remote", "modify", "-q", "s3", name, value]).ok
        opened = open_storage(url, options)
        assert opened is not None
        keeping = keeping_versions(opened)
        assert keeping is not None
        yield keeping
        keeping.close()


def version(storage: VersionedStorage, path: str) -> str:
    found = storage.stat(path)
    assert found is not None
    return found.version


def dep(world: World, file: str) -> Any:
    return YAML(typ="safe").load(world.read(file))["deps"][0]


def forget(world: World, *paths: str) -> None:
    shutil.rmtree(world.path / ".dvc/cache", ignore_errors=True)
    for path in paths:
        full = world.path / path
        shutil.rmtree(full) if full.is_dir() else full.unlink()


def changed(world: World) -> Any:
    return world.dvc("status --json").json


def test_the_version_of_a_file_is_recorded_and_followed(world: World, source: VersionedStorage) -> None:
    source.put("in/f", b"one")
    first = version(source, "in/f")
    assert world.dvc("import-url --version-aware remote://s3/in/f").ok
    assert dep(world, "f.dvc")["version_id"] == first
    assert "push: false" in world.read("f.dvc")
    assert changed(world) == {}
    source.put("in/f", b"two")
    assert changed(world) == {"f.dvc": [{"changed deps": {"remote://s3/in/f": "update available"}}]}
    forget(world, "f")
    assert world.dvc("pull").ok
    assert world.read("f") == "one"
    assert world.dvc("update f.dvc").ok
    assert (world.read("f"), dep(world, "f.dvc")["version_id"]) == ("two", version(source, "in/f"))
    assert changed(world) == {}
    assert world.dvc("update f.dvc").ok
    assert world.dvc(f"update --rev {first} f.dvc").ok
    assert world.read("f") == "one"
    assert world.dvc("update --rev never f.dvc").code == 1
    source.remove("in/f")
    assert changed(world) == {"f.dvc": [{"changed deps": {"remote://s3/in/f": "deleted"}}]}
    forget(world, "f")
    assert world.dvc("pull").ok
    assert world.read("f") == "one"


def test_the_files_of_a_folder_are_recorded_and_followed(world: World, source: VersionedStorage) -> None:
    for name in ("a", "s/b"):
        source.put(f"in/d/{name}", name.encode())
    assert world.dvc("import-url --version-aware remote://s3/in/d").ok
    assert [(row["relpath"], row["version_id"]) for row in dep(world, "d.dvc")["files"]] == [
        ("a", version(source, "in/d/a")),
        ("s/b", version(source, "in/d/s/b")),
    ]
    assert changed(world) == {}
    source.put("in/d/a", b"new")
    source.put("in/d/c", b"c")
    source.remove("in/d/s/b")
    assert changed(world) == {"d.dvc": [{"changed deps": {"remote://s3/in/d": "modified"}}]}
    forget(world, "d")
    assert world.dvc("pull").ok
    assert (world.read("d/a"), world.read("d/s/b")) == ("a", "s/b")
    assert world.dvc("update d.dvc").ok
    assert sorted(path.name for path in (world.path / "d").iterdir()) == ["a", "c"]
    assert world.read("d/a") == "new"
    assert changed(world) == {}


def test_what_was_not_downloaded_comes_in_the_version_that_was_recorded(world: World, source: VersionedStorage) -> None:
    source.put("in/f", b"one")
    source.put("in/d/a", b"a")
    assert world.dvc("import-url --no-download --version-aware remote://s3/in/f").ok
    assert world.dvc("import-url --no-download --version-aware remote://s3/in/d").ok
    source.put("in/f", b"two")
    source.put("in/d/a", b"b")
    assert world.dvc("pull").ok
    assert (world.read("f"), world.read("d/a")) == ("one", "a")


def test_a_url_may_name_a_version(world: World, source: VersionedStorage) -> None:
    source.put("in/f", b"one")
    first = version(source, "in/f")
    source.put("in/f", b"two")
    assert world.dvc(f"get-url remote://s3/in/f?versionId={first}").ok
    assert world.read("f") == "one"
    assert world.dvc(f"import-url remote://s3/in/f?versionId={first} g").ok
    assert (world.read("g"), dep(world, "g.dvc")["path"], dep(world, "g.dvc")["version_id"]) == ("one", "remote://s3/in/f", first)
    assert world.dvc("list-url remote://s3/in").out == "f\n"
    assert world.dvc("list-url remote://s3/in/f").out == f"{BUCKET}/in/f\n"
    assert world.dvc("get-url remote://s3/in/f?versionId=never h").code == 1
    assert not world.exists("h")


def test_versions_and_a_remote_of_our_own_exclude_each_other(world: World, source: VersionedStorage) -> None:
    source.put("in/f", b"one")
    assert world.dvc("import-url --version-aware --to-remote -r s3 remote://s3/in/f").code == 1
    assert world.dvc("import-url --version-aware remote://s3/in/nothing").code == 1
    assert not world.exists("nothing.dvc")


def test_an_import_that_follows_no_versions_is_pushed_as_ever(world: World, source: VersionedStorage) -> None:
    source.put("in/f", b"one")
    assert world.dvc(["remote", "add", "-q", "-d", "store", str(world.ext / "store")]).ok
    assert world.dvc("import-url remote://s3/in/f").ok
    assert world.dvc("push").out == "1 file pushed\n"
    source.remove("in/f")
    forget(world, "f")
    assert world.dvc("pull").ok
    assert world.read("f") == "one"


def test_a_bucket_without_versions_is_followed_by_its_etags(world: World) -> None:
    world.project()
    with s3(world.ext) as (url, options):
        opened = open_storage(url, options)
        assert opened is not None
        opened.put("f", b"one")
        config = [f"{name}={value}" for name, value in options.items()]
        assert world.dvc(["import-url", f"s3://{BUCKET}/f", "--version-aware", "--fs-config", *config]).ok
        assert "version_id" not in dep(world, "f.dvc")
        opened.put("f", b"two")
        assert world.dvc("update f.dvc").ok
        assert world.read("f") == "two"
        opened.close()


# --- a registry whose data is in a versioned bucket


def test_data_comes_out_of_a_registry_by_the_versions_that_it_records(world: World, source: VersionedStorage) -> None:
    assert world.dvc("remote add -q -d store remote://s3/data").ok
    assert world.dvc("remote modify -q store version_aware true").ok
    for name in ("d/a", "d/s/b", "f"):
        world.write(name, f"first {name}")
    assert world.dvc("add -q d f").ok
    assert world.dvc("push").ok
    world.commit("first")
    world.git("tag v1")
    world.track("f", "second")
    assert world.dvc("push").ok
    world.commit("second")
    assert world.dvc("get --show-url . d/a").out == f"s3://{BUCKET}/data/d/a?versionId={version(source, 'data/d/a')}\n"
    forget(world, "d", "f")
    other = world.base / "other"
    other.mkdir()
    for words in (f"get --rev v1 {world.path} f -o old", f"get {world.path} d/s", f"get {world.path} f"):
        assert world.dvc(words, cwd=other).ok
    assert [(other / name).read_text() for name in ("old", "s/b", "f")] == ["first f", "first d/s/b", "second"]
    rows = world.dvc(f"list -R --json {world.path} d", cwd=other).json
    assert [(row["path"], row["size"]) for row in rows] == [("a", 9), ("s/b", 11)]
    world.git("init -q .", cwd=other)
    assert world.dvc("init -q", cwd=other).ok
    assert world.dvc(f"import {world.path} d -o imported", cwd=other).ok
    assert (other / "imported/a").read_text() == "first d/a"
