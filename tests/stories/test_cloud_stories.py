"""Sharing data through Azure Blob Storage and Google Cloud Storage: real servers of theirs for tests, and what goes wrong."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import dvc
from dvc.storage.contract import Storage
from dvc.storage.remotes import open_storage
from tests.servers import azure as azurite
from tests.servers.azure import azure
from tests.servers.gcs import gcs
from tests.world import World

SERVERS = {"azure": azure, "gs": gcs}


class Cloud:
    """`url` is the bucket's or container's; `bucket` is it, past `dvc`."""

    def __init__(self, kind: str, url: str, options: dict[str, str]) -> None:
        self.kind = kind
        self.url = url
        self.options = options
        opened = open_storage(url, options)
        assert opened is not None
        self.bucket: Storage = opened

    def objects(self) -> list[str]:
        return sorted(found.path for found in self.bucket.list("team/store"))


@pytest.fixture(params=list(SERVERS))
def cloud(request: pytest.FixtureRequest, world: World) -> Iterator[Cloud]:
    """A project with a default remote in each kind of cloud."""
    yield from opened(request.param, world)


@pytest.fixture
def container(world: World) -> Iterator[Cloud]:
    yield from opened("azure", world)


@pytest.fixture
def bucket(world: World) -> Iterator[Cloud]:
    yield from opened("gs", world)


def opened(kind: str, world: World) -> Iterator[Cloud]:
    world.project()
    with SERVERS[kind](world.ext) as (url, options):
        assert world.dvc(["remote", "add", "-q", "-d", "cloud", f"{url}/team/store"]).ok
        configure(world, **options)
        made = Cloud(kind, url, options)
        yield made
        made.bucket.close()


def configure(world: World, **options: str) -> None:
    for name, value in options.items():
        assert world.dvc(["remote", "modify", "-q", "--local", "cloud", name, value]).ok


def environ() -> dict[str, str]:
    """For a process of its own that is this version of `dvc`."""
    return {**os.environ, "PYTHONPATH": os.path.dirname(os.path.dirname(dvc.__file__))}


def forget(world: World, *paths: str) -> None:
    """As on another machine: no cache, no data."""
    shutil.rmtree(world.path / ".dvc/cache")
    for path in paths:
        full = world.path / path
        shutil.rmtree(full) if full.is_dir() else full.unlink()


def test_what_is_pushed_comes_back_and_gc_removes_what_nobody_uses(world: World, cloud: Cloud) -> None:
    for n in range(80):
        world.write(f"many/{n}", f"file {n}")
    assert world.dvc("add -q many").ok
    world.track("one.txt", "one")
    assert world.dvc("status -c --json").json.keys() == {"many", "one.txt"} or world.dvc("status -c").out
    assert world.dvc("push").out == "82 files pushed\n"
    assert world.dvc("push").out == "Everything is up to date.\n"
    assert world.dvc("status -c --json").json == {}
    forget(world, "many", "one.txt")
    assert world.dvc("fetch one.txt").ok
    assert world.dvc("pull many/7").ok
    assert [p.name for p in (world.path / "many").iterdir()] == ["7"]
    assert world.dvc("pull").ok
    assert (world.read("many/79"), world.read("one.txt")) == ("file 79", "one")
    world.track("one.txt", "two")
    assert world.dvc("gc -w -c -f").ok
    assert len(cloud.objects()) == 81


def test_a_process_that_has_nothing_to_send_ends_well(world: World, cloud: Cloud) -> None:
    world.track("f", "1")
    assert world.dvc("push").ok
    for _ in range(10):
        done = subprocess.run([sys.executable, "-m", "dvc", "push"], cwd=world.path, env=environ(), capture_output=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, b"Everything is up to date.\n", b"")


@pytest.mark.parametrize("size", [8 << 20, (8 << 20) + 1, 40 << 20])
def test_a_large_file_goes_in_parts_and_comes_back_whole(world: World, cloud: Cloud, size: int) -> None:
    data = (bytes(range(256)) * (-(-size // 256)))[:size]
    world.track("large.bin", data)
    assert world.dvc("push").ok
    forget(world, "large.bin")
    assert world.dvc("pull").ok
    assert (world.path / "large.bin").read_bytes() == data


def test_a_bucket_that_is_not_there_is_said(world: World, cloud: Cloud) -> None:
    world.track("f", "1")
    assert world.dvc(f"remote modify -q cloud url {cloud.kind}://elsewhere/store").ok
    for command in ("push", "status -c"):
        failed = world.dvc(command)
        assert failed.code != 0
        assert "elsewhere" in failed.err
        assert "make the bucket" in failed.err
    forget(world, "f")
    failed = world.dvc("pull")
    assert failed.code != 0
    assert "make the bucket" in failed.err


def test_files_and_folders_are_imported_and_followed(world: World, cloud: Cloud) -> None:
    cloud.bucket.put("in/a", b"a")
    cloud.bucket.put("in/deep/b", b"bb")
    assert world.dvc(["remote", "modify", "-q", "cloud", "url", cloud.url]).ok
    assert world.dvc("list-url -R remote://cloud/in").out == "a\ndeep/b\n"
    assert world.dvc("import-url remote://cloud/in copy").ok
    assert world.dvc("import-url remote://cloud/in/a one").ok
    assert (world.read("copy/deep/b"), world.read("one")) == ("bb", "a")
    assert world.dvc("status").out.endswith("Data and pipelines are up to date.\n")
    cloud.bucket.put("in/a", b"another")
    assert world.dvc("update one.dvc").ok
    assert world.read("one") == "another"
    cloud.bucket.remove("in/a")
    assert world.dvc("update copy.dvc").ok
    assert not world.exists("copy/a")
    assert world.dvc("update one.dvc").code == 1
    assert world.read("one") == "another"
    assert world.dvc("get-url remote://cloud/in got").ok
    assert world.read("got/deep/b") == "bb"


def test_a_url_is_read_without_a_remote(world: World, cloud: Cloud) -> None:
    cloud.bucket.put("in/a", b"a")
    given = [part for name, value in cloud.options.items() for part in ("--fs-config", f"{name}={value}")]
    assert world.dvc(["get-url", f"{cloud.url}/in/a", "got", *given]).ok
    assert world.dvc(["list-url", f"{cloud.url}/in", *given]).out == "a\n"
    assert world.read("got") == "a"


def test_odd_names_are_names(world: World, cloud: Cloud) -> None:
    names = ["a b", "ä#b?c", "100%", "+&=;", "x%2Fy"]
    for name in names:
        cloud.bucket.put(f"odd #?%/{name}", name.encode())
    assert world.dvc(["remote", "modify", "-q", "cloud", "url", cloud.url]).ok
    assert world.dvc(["list-url", "-R", "remote://cloud/odd #?%"]).out.splitlines() == sorted(names)
    assert world.dvc(["get-url", "remote://cloud/odd #?%", "got"]).ok
    assert all(world.read(f"got/{name}") == name for name in names)


# --- what a dependency records


def test_azure_names_what_a_blob_holds_in_quotes(world: World, container: Cloud) -> None:
    container.bucket.put("in/a", b"a")
    assert world.dvc(["remote", "modify", "-q", "cloud", "url", container.url]).ok
    assert world.dvc("import-url remote://cloud/in/a one").ok
    assert "deps:\n- etag: '\"0x" in world.read("one.dvc")


def test_google_names_what_an_object_holds_in_hexadecimal(world: World, bucket: Cloud) -> None:
    bucket.bucket.put("in/a", b"a")
    bucket.bucket.put("in/b", b"")
    assert world.dvc(["remote", "modify", "-q", "cloud", "url", bucket.url]).ok
    assert world.dvc("import-url remote://cloud/in/a one").ok
    assert "deps:\n- etag: 0cc175b9c0f1b6a831c399e269772661\n" in world.read("one.dvc")  # this server takes the MD5 for it
    assert world.dvc("import-url remote://cloud/in all").ok
    assert "deps:\n- md5: 98f54f6638c31a9fa618f278f5987b98.dir\n" in world.read("all.dvc")


# --- who we are


def test_a_wrong_key_is_said_and_nothing_is_taken_for_missing(world: World, container: Cloud) -> None:
    world.track("f", "1")
    world.track("large", b"0" * (9 << 20))
    assert world.dvc("push f").ok
    wrong = azurite.KEY[:20] + "wrong" + azurite.KEY[25:]
    configure(world, connection_string=container.options["connection_string"].replace(azurite.KEY, wrong))
    for command in ("push f", "push large", "status -c", "gc -w -c -f"):
        failed = world.dvc(command)
        assert failed.code != 0
        assert "denied" in failed.err
        assert "wrong" not in failed.err
    forget(world, "f", "large")
    failed = world.dvc("pull")
    assert failed.code != 0
    assert "denied" in failed.err


def test_the_account_comes_from_where_azure_users_have_it(world: World, container: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    (world.path / ".dvc/config.local").unlink()
    world.track("f", "1")
    failed = world.dvc("push")
    assert failed.code != 0
    assert "no storage account" in failed.err
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", container.options["connection_string"])
    assert world.dvc("push").out == "1 file pushed\n"
    monkeypatch.delenv("AZURE_STORAGE_CONNECTION_STRING")
    (world.home / ".azure").mkdir()
    (world.home / ".azure/config").write_text(f"[storage]\nconnection_string = {container.options['connection_string']}\n")
    assert world.dvc("push").out == "Everything is up to date.\n"


@pytest.mark.parametrize(("option", "value"), [("connection_timeout", "3")])
def test_an_option_that_cannot_be_honoured_is_refused(world: World, container: Cloud, option: str, value: str) -> None:
    world.track("f", "1")
    configure(world, **{option: value})
    failed = world.dvc("push")
    assert failed.code != 0
    assert f"'{option}'" in failed.err
    assert not container.objects()


@pytest.mark.parametrize("content", [None, "no JSON", "[]", "{}"])
def test_a_file_that_is_no_credentials_is_said(world: World, bucket: Cloud, tmp_path: Path, content: str | None) -> None:
    world.track("f", "1")
    path = tmp_path / "key.json"
    if content is not None:
        path.write_text(content)
    configure(world, credentialpath=str(path))
    failed = world.dvc("push")
    assert failed.code != 0
    assert str(path) in failed.err
    assert "`credentialpath`" in failed.err
    assert not bucket.objects()
