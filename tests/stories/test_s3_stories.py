"""Sharing data through S3: a real server, right and wrong keys, and what lies in a bucket besides."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.proxy import Answer, proxy
from tests.servers.s3 import BUCKET, s3
from tests.world import World


@pytest.fixture
def bucket(world: World) -> Iterator[Path]:
    """A project with a default remote in a bucket; the folder that the server keeps it in."""
    world.project()
    with s3(world.ext) as (url, options):
        assert world.dvc(["remote", "add", "-q", "-d", "cloud", f"{url}/team/store"]).ok
        for name, value in options.items():
            assert world.dvc(["remote", "modify", "-q", "--local", "cloud", name, value]).ok
        yield world.ext / BUCKET


def objects(bucket: Path) -> list[Path]:
    return sorted(p for p in (bucket / "team/store").rglob("*") if p.is_file())


def test_what_is_pushed_comes_back_and_gc_removes_what_nobody_uses(world: World, bucket: Path) -> None:
    for n in range(80):
        world.write(f"many/{n}", f"file {n}")
    assert world.dvc("add -q many").ok
    world.track("one.txt", "one")
    assert world.dvc("push").out == "82 files pushed\n"
    assert world.dvc("push").out == "Everything is up to date.\n"
    assert world.dvc("status -c --json").json == {}
    world.forget("many", "one.txt")
    assert world.dvc("pull many/7").ok
    assert [p.name for p in (world.path / "many").iterdir()] == ["7"]
    assert world.dvc("pull").ok
    assert (world.read("many/79"), world.read("one.txt")) == ("file 79", "one")
    world.track("one.txt", "two")
    assert world.dvc("gc -w -c -f").ok
    assert len(objects(bucket)) == 81


def test_a_large_file_goes_in_parts_and_comes_back_whole(world: World, bucket: Path) -> None:
    data = bytes(range(256)) * (40 * 4096)  # 40 MiB: more than is sent in one piece
    world.track("large.bin", data)
    assert world.dvc("push").ok
    world.forget("large.bin")
    assert world.dvc("pull").ok
    assert (world.path / "large.bin").read_bytes() == data


def test_wrong_keys_are_said_and_nothing_is_taken_for_missing(world: World, bucket: Path) -> None:
    world.track("f", "1")
    assert world.dvc("push").ok
    world.forget("f")
    for name, value in (("secret_access_key", "wrong"), ("access_key_id", "nobody")):
        assert world.dvc(["remote", "modify", "-q", "--local", "cloud", name, value]).ok
        for command in ("pull", "push", "status -c"):
            failed = world.dvc(command)
            assert failed.code != 0
            assert "denied" in failed.err
            assert "wrong" not in failed.err


def test_keys_come_from_a_profile(world: World, bucket: Path) -> None:
    (world.home / ".aws").mkdir()
    (world.home / ".aws/credentials").write_text("[team]\naws_access_key_id = test-key\naws_secret_access_key = test-secret\n")
    for name in ("access_key_id", "secret_access_key"):
        assert world.dvc(["remote", "modify", "-q", "--local", "--unset", "cloud", name]).ok
    assert world.dvc("remote modify -q cloud profile team").ok
    world.track("f", "1")
    assert world.dvc("push").ok
    assert world.dvc("remote modify -q cloud profile nobody").ok
    failed = world.dvc("push")
    assert "no AWS profile 'nobody'" in failed.err


@pytest.mark.parametrize(("option", "value"), [("grant_read", "id=me"), ("grant_full_control", "id=me")])
def test_an_option_that_cannot_be_honoured_is_refused(world: World, bucket: Path, option: str, value: str) -> None:
    world.track("f", "1")
    assert world.dvc(["remote", "modify", "-q", "cloud", option, value]).ok
    failed = world.dvc("push")
    assert failed.code == 1
    assert f"'{option}'" in failed.err
    assert not objects(bucket)


def test_a_bucket_that_is_not_there_is_said(world: World, bucket: Path) -> None:
    assert world.dvc("remote modify -q cloud url s3://elsewhere/store").ok
    world.track("f", "1")
    failed = world.dvc("push")
    assert failed.code == 1
    assert "bucket" in failed.err


def test_files_and_folders_of_a_bucket_are_imported_and_followed(world: World, bucket: Path) -> None:
    (bucket / "in/deep").mkdir(parents=True)
    (bucket / "in/a").write_text("a")
    (bucket / "in/deep/b").write_text("bb")
    assert world.dvc(["remote", "modify", "-q", "cloud", "url", "s3://bucket"]).ok
    assert world.dvc("list-url -R remote://cloud/in").out == "a\ndeep/b\n"
    assert world.dvc("import-url remote://cloud/in copy").ok
    assert world.dvc("import-url remote://cloud/in/a one").ok
    assert (world.read("copy/deep/b"), world.read("one")) == ("bb", "a")
    (bucket / "in/a").unlink()
    assert world.dvc("update copy.dvc").ok
    assert not world.exists("copy/a")
    assert world.dvc("update one.dvc").code == 1
    assert world.read("one") == "a"
    assert world.dvc("get-url remote://cloud/in got").ok
    assert world.read("got/deep/b") == "bb"


def test_what_is_pushed_gets_the_access_list_that_is_asked_for(world: World, bucket: Path) -> None:
    world.track("f", "1")
    url = world.dvc("config remote.cloud.endpointurl").out.strip()
    with proxy(int(url.rpartition(":")[2])) as between:
        assert world.dvc(f"remote modify -q --local cloud endpointurl http://127.0.0.1:{between.port}").ok
        assert world.dvc("remote modify -q cloud acl bucket-owner-full-control").ok
        with between.doing(Answer(status=403, method=r"PUT [\s\S]*x-amz-acl: bucket-owner-full-control[\s\S]*")) as seen:
            assert world.dvc("push").code == 1
        assert seen is not None
        assert seen.struck
        assert not objects(bucket)
        assert world.dvc("push").ok
