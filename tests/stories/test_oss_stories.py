"""What is special to OSS: keys and where they come from, endpoints, buckets."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.servers.oss import BUCKET, DOMAIN, KEY, SECRET, oss
from tests.world import World


@pytest.fixture
def options(world: World) -> Iterator[dict[str, str]]:
    """A project with one tracked file; what a remote in the bucket needs."""
    world.project()
    world.track("f", "1")
    with oss(world.ext) as (_, options):
        yield options


def forget_for(world: World, command: str) -> None:
    """What a command that sends needs is here, and what one that fetches needs is not."""
    shutil.rmtree(world.path / ".dvc/cache", ignore_errors=True)
    if command != "fetch":
        world.track("f", "1")


def remote(world: World, url: str, **options: str) -> None:
    assert world.dvc(["remote", "add", "-q", "-f", "-d", "far", url]).ok
    for name, value in options.items():
        assert world.dvc(["remote", "modify", "-q", "far", name, value]).ok


def objects(root: Path) -> list[str]:
    return sorted(unquote(path.name) for path in (root / BUCKET).iterdir())


def test_wrong_keys_are_said_and_nothing_is_taken_for_missing(world: World, options: dict[str, str]) -> None:
    for name in ("oss_key_id", "oss_key_secret"):
        remote(world, f"oss://{BUCKET}/x", **{**options, name: "wrong-one"})
        for command in ("push", "status -c", "fetch"):
            forget_for(world, command)
            failed = world.dvc(command)
            assert failed.code != 0
            assert "denied" in failed.err
            assert "OSS_ACCESS_KEY_ID" in failed.err
            assert "wrong-one" not in failed.err


def test_keys_and_endpoint_come_from_the_environment(world: World, options: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    remote(world, f"oss://{BUCKET}/x")
    failed = world.dvc("push")
    assert failed.code != 0
    assert "oss_endpoint" in failed.err
    monkeypatch.setenv("OSS_ENDPOINT", options["oss_endpoint"])
    monkeypatch.setenv("OSS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("OSS_ACCESS_KEY_SECRET", SECRET)
    assert world.dvc("push").ok
    assert objects(world.ext) == ["x/files/md5/c4/ca4238a0b923820dcc509a6f75849b"]


def test_a_bucket_that_is_not_there_is_said(world: World, options: dict[str, str]) -> None:
    remote(world, "oss://nobodys/x", **options)
    for command in ("push", "status -c"):
        failed = world.dvc(command)
        assert failed.code != 0
        assert "bucket" in failed.err
    remote(world, "oss:///x", **options)
    assert "names no bucket" in world.dvc("push").err


def test_where_the_endpoint_has_a_name_the_bucket_is_a_part_of_it(world: World, options: dict[str, str]) -> None:
    remote(world, f"oss://{BUCKET}", **{**options, "oss_endpoint": f"http://{DOMAIN[1:]}"})
    # In a process of its own: what goes through a proxy is settled once for each.
    environ = {**os.environ, "http_proxy": options["oss_endpoint"], "PYTHONPATH": os.pathsep.join(sys.path)}
    for command in ("push", "status -c --json"):
        done = subprocess.run(
            [sys.executable, "-m", "dvc", *command.split()], cwd=world.path, env=environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    assert done.stdout == "{}\n"
    assert objects(world.ext) == ["files/md5/c4/ca4238a0b923820dcc509a6f75849b"]
