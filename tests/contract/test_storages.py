"""The contract of a kind of storage (`dvc.storage.contract`): each call, whatever serves it. Places with objects are in test_shelves.py."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dvc.storage.contract import Found, Head, NotThere, Sending, Storage, StorageProblem
from dvc.storage.remotes import open_storage
from tests.servers.azure import azure
from tests.servers.dav import webdav
from tests.servers.gcs import gcs
from tests.servers.gdrive import gdrive
from tests.servers.hdfs import hdfs, webhdfs
from tests.servers.oss import oss
from tests.servers.s3 import s3
from tests.servers.sshd import ssh
from tests.servers.web import http

SERVERS = {
    "azure": azure,
    "gs": gcs,
    "hdfs": hdfs,
    "http": http,
    "oss": oss,
    "gdrive": gdrive,
    "s3": s3,
    "ssh": ssh,
    "webdav": webdav,
    "webhdfs": webhdfs,
}
TEXT = bytes(range(256)) * 40_000  # more than one piece of any kind


@pytest.fixture(params=list(SERVERS))
def storage(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Storage]:
    (tmp_path / "served").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    with SERVERS[request.param](tmp_path / "served") as (url, options):
        made = open_storage(f"{url}/a/b", options)
        assert made is not None
        yield made
        made.close()


class Taken(dict[Any, Any]):
    """The answers of a call on many files, by what was asked."""

    def __call__(self, asked: object, answer: object) -> None:
        assert asked not in self
        self[asked] = answer


def test_a_small_file_is_made_and_looked_at(storage: Storage) -> None:
    assert storage.stat("x/one") is None
    assert storage.read("x/one") is None
    storage.put("x/one", b"text")
    found = storage.stat("x/one")
    assert found is not None
    assert found[:2] == ("x/one", 4)
    assert storage.read("x/one") == b"text"
    storage.put("x/one", b"another")
    assert storage.read("x/one") == b"another"


@pytest.mark.parametrize("data", [b"", b"text", TEXT])
def test_a_file_comes_back_from_any_place_in_it(storage: Storage, tmp_path: Path, data: bytes) -> None:
    source = tmp_path / "source"
    source.write_bytes(data)
    assert storage.upload(str(source), "x/file") == len(data)
    assert b"".join(storage.chunks("x/file")) == data
    for start in {len(data) // 3, max(len(data) - 1, 0)}:
        assert b"".join(storage.chunks("x/file", start)) == data[start:]
        size = min(70_000, len(data) - start)
        if size:
            assert storage.part("x/file", start, size) == data[start : start + size]


def test_what_is_not_there_cannot_be_read(storage: Storage) -> None:
    with pytest.raises(NotThere):
        list(storage.chunks("gone"))
    with pytest.raises(StorageProblem):
        storage.part("gone", 0, 1)


def test_many_files_at_a_time(storage: Storage, tmp_path: Path) -> None:
    files = []
    for number in range(40):
        (tmp_path / f"f{number}").write_bytes(b"." * number)
        files.append((str(tmp_path / f"f{number}"), f"d{number % 3}/f{number}"))
    sent = Taken()
    storage.upload_all([*files, (str(tmp_path / "gone"), "d0/gone")], 8, sent)
    assert isinstance(sent.pop((str(tmp_path / "gone"), "d0/gone")), OSError)
    assert sent == {file: number for number, file in enumerate(files)}

    paths = [path for _, path in files]
    there = Taken()
    storage.stat_all([*paths, "d0/gone"], 8, there)
    assert there.pop("d0/gone") is None
    assert {path: found.size for path, found in there.items()} == dict(zip(paths, range(40), strict=True))

    wholes = Taken()
    storage.read_all([*paths, "d0/gone"], 8, wholes)
    assert isinstance(wholes.pop("d0/gone"), NotThere)
    assert wholes == {path: b"." * number for number, path in enumerate(paths)}

    heads = Taken()
    storage.head_all([*paths, "d0/gone"], 20, 8, heads)
    assert isinstance(heads.pop("d0/gone"), NotThere)
    assert heads == {path: Head(b"." * min(number, 20), whole=number <= 20) for number, path in enumerate(paths)}

    if storage.capabilities.lists:
        assert sorted(found[:2] for found in storage.list("d1")) == sorted((p, n) for n, p in enumerate(paths) if p.startswith("d1/"))
    if storage.capabilities.removes:
        storage.remove_all(paths[:5], 8, Taken())
        storage.remove_all(paths[:5], 8, Taken())
        left = Taken()
        storage.stat_all(paths[:6], 8, left)
        assert [isinstance(left[path], Found) for path in paths[:6]] == [False] * 5 + [True]


def test_what_the_caller_raises_ends_it(storage: Storage, tmp_path: Path) -> None:
    for number in range(20):
        storage.put(f"f{number}", b"x")
    seen = []

    def take(path: str, answer: object) -> None:
        seen.append(path)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        storage.stat_all([f"f{number}" for number in range(20)], 4, take)
    assert len(seen) <= 4


@pytest.mark.parametrize("storage", ["azure", "gdrive", "gs", "s3", "ssh"], indirect=True)
def test_a_large_upload_that_was_cut_off_goes_on(storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut off near its end, it sends little again; what it makes is whole, and is there under its name at the very end only."""
    assert storage.capabilities.resumes
    for what in (
        "through_opendal._WHOLE",
        "kinds.azure_blocks._BLOCK",
        "kinds.gdrive._WHOLE",
        "kinds.google_session._PIECE",
        "kinds.ssh._WHOLE",
        "kinds.ssh._PIECE",
    ):
        monkeypatch.setattr(f"dvc.storage.{what}", 1 << 20)
    source = tmp_path / "source"
    of_s3 = storage.url.startswith("s3:")
    monkeypatch.setattr("dvc.storage.kinds.s3_parts._PART", 5 << 20)  # it takes no smaller ones
    data = random.Random(0).randbytes(((45 if of_s3 else 12) << 20) + 5)
    source.write_bytes(data)
    gone = 0

    def cut(size: int) -> None:
        nonlocal gone
        gone += size
        if gone > len(data) * 0.9:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        storage.upload(str(source), "x/large", Sending("content", str(tmp_path / "notes"), cut))
    assert storage.stat("x/large") is None
    sent: list[int] = []
    assert storage.upload(str(source), "x/large", Sending("content", str(tmp_path / "notes"), sent.append)) == len(data)
    assert sum(sent) <= len(data) / 4
    assert b"".join(storage.chunks("x/large")) == data
    # Another content for the same name is another upload, and so is the same content for another.
    source.write_bytes(data[::-1])
    storage.upload(str(source), "x/large", Sending("another", str(tmp_path / "notes"), sent.append))
    assert b"".join(storage.chunks("x/large")) == data[::-1]
    source.write_bytes(data)
    storage.upload(str(source), "x/second", Sending("content", str(tmp_path / "notes"), sent.append))
    assert b"".join(storage.chunks("x/second")) == data
    assert not [path for path in tmp_path.rglob("notes/*") if path.is_file()]
