"""The contract of storages that keep versions, against a real server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dvc.storage.contract import NotThere, StorageProblem, VersionedStorage, keeping_versions
from dvc.storage.remotes import open_storage
from tests.servers.s3 import s3


@pytest.fixture(params=["s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[VersionedStorage]:
    (tmp_path / "root").mkdir()
    with s3(tmp_path / "root", versioned=True) as (url, options):
        opened = open_storage(f"{url}/some/where", options)
        assert opened is not None
        keeping = keeping_versions(opened)
        assert keeping is not None
        yield keeping
        keeping.close()


def version(storage: VersionedStorage, path: str) -> str:
    found = storage.stat(path)
    assert found is not None
    return found.version


def test_each_state_of_a_file_has_a_version_that_stays(storage: VersionedStorage) -> None:
    storage.put("d/a", b"one")
    first = version(storage, "d/a")
    storage.put("d/a", b"second")
    second = version(storage, "d/a")
    assert first
    assert first != second
    assert [b"".join(storage.chunks_of("d/a", each)) for each in (first, second)] == [b"one", b"second"]
    found = storage.stat_version("d/a", first)
    assert found is not None
    assert (found.size, found.version) == (3, first)
    assert [each.version for each in storage.history("d/a")] == [second, first]
    storage.remove("d/a")
    assert storage.stat("d/a") is None
    assert b"".join(storage.chunks_of("d/a", second)) == b"second"


def test_the_newest_of_a_folder_are_told_with_their_versions(storage: VersionedStorage) -> None:
    for path, texts in {"d/a": (b"1", b"2", b"1"), "d/s/b": (b"x",), "d/gone": (b"y",), "da": (b"z",)}.items():
        for text in texts:
            storage.put(path, text)
    storage.remove("d/gone")
    found = {each.path: each for each in storage.newest("d")}
    assert sorted(found) == ["d/a", "d/s/b"]
    assert {path: each.version for path, each in found.items()} == {path: version(storage, path) for path in found}
    assert sorted(each.path for each in storage.newest("")) == ["d/a", "d/s/b", "da"]
    assert list(storage.newest("nothing")) == []


def test_a_version_that_is_not_there_is_told_from_a_storage_that_fails(storage: VersionedStorage) -> None:
    storage.put("a", b"one")
    other = version(storage, "a")
    assert storage.stat_version("a", "never-given") is None
    assert storage.stat_version("b", other) is None
    for path, wanted in (("a", "never-given"), ("b", other)):
        with pytest.raises(NotThere):
            list(storage.chunks_of(path, wanted))


def test_a_bucket_without_versions_is_seen_by_its_files(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    with s3(tmp_path / "root") as (url, options):
        opened = open_storage(url, options)
        assert opened is not None
        opened.put("a", b"one")
        found = opened.stat("a")
        assert found is not None
        assert found.version == ""
        opened.close()


def test_a_storage_that_cannot_be_reached_is_no_missing_version() -> None:
    options = {"endpointurl": "http://127.0.0.1:9", "access_key_id": "k", "secret_access_key": "s", "region": "us-east-1"}
    opened = open_storage("s3://bucket", options)
    assert opened is not None
    keeping = keeping_versions(opened)
    assert keeping is not None
    with pytest.raises(StorageProblem):
        keeping.stat_version("a", "v")
    keeping.close()
