"""What a transfer costs and what it mends: requests counted on their way to a real S3 server, damage on a remote, the cache's own."""

import hashlib
import random
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.servers.meter import Meter, metered
from tests.servers.s3 import BUCKET, s3
from tests.servers.web import Web, web
from tests.world import World


@pytest.fixture
def far(world: World) -> Iterator[tuple[Path, Meter]]:
    """A project with a default remote in a bucket: the folder of its objects at the server, and what counts requests."""
    world.project()
    with s3(world.ext) as (url, options), metered(urlsplit(options["endpointurl"]).port or 0) as meter:
        assert world.dvc(["remote", "add", "-q", "-d", "cloud", f"{url}/store"]).ok
        for name, value in {**options, "endpointurl": f"http://127.0.0.1:{meter.port}"}.items():
            assert world.dvc(["remote", "modify", "-q", "--local", "cloud", name, value]).ok
        yield world.ext / BUCKET / "store/files/md5", meter


def crowd(objects: Path, count: int) -> None:
    """Objects of others."""
    for number in range(count):
        name = hashlib.md5(str(number).encode()).hexdigest()
        (objects / name[:2]).mkdir(parents=True, exist_ok=True)
        (objects / name[:2] / name[2:]).write_bytes(b"x")


def test_a_few_files_out_of_many_cost_a_few_requests(world: World, far: tuple[Path, Meter]) -> None:
    objects, meter = far
    for number in range(100):
        world.write(f"data/{number % 10}/{number}", f"file {number}")
    assert world.dvc("add -q data").ok
    assert world.dvc("push -q").ok
    crowd(objects, 2000)
    world.forget("data")
    meter.clear()
    assert world.dvc("pull data/1/1 data/1/11 data/1/21 data/1/31").ok
    assert len(meter.asked) <= 20, meter.asked
    assert len([path for _, path in meter.asked if "list-type" in path]) == 0
    assert [world.read(f"data/1/{number}") for number in (1, 11, 21, 31)] == ["file 1", "file 11", "file 21", "file 31"]


def test_pushing_nothing_new_costs_at_most_a_listing(world: World, far: tuple[Path, Meter]) -> None:
    objects, meter = far
    for number in range(1200):
        world.write(f"data/{number}", f"file {number}")
    assert world.dvc("add -q data").ok
    assert world.dvc("push -q").ok
    crowd(objects, 1000)
    meter.clear()
    assert world.dvc("push").out == "Everything is up to date.\n"
    listings = [path for _, path in meter.asked if "list-type=2" in path]
    # A look at one folder tells that listing is cheaper than asking, then the pages of one listing: three for 2,201 objects.
    assert len(listings) <= 4, listings
    assert len(meter.asked) - len(listings) <= 2, meter.asked


def test_push_repairs_an_object_of_a_wrong_size(world: World, far: tuple[Path, Meter]) -> None:
    objects, _ = far
    world.track("whole.txt", "all of it")
    assert world.dvc("push -q").ok
    name = hashlib.md5(b"all of it").hexdigest()
    (objects / name[:2] / name[2:]).write_bytes(b"all")
    assert world.dvc("push").out == "1 file pushed\n"
    assert (objects / name[:2] / name[2:]).read_bytes() == b"all of it"


def test_an_interrupted_push_and_pull_of_a_large_file_go_on(world: World, far: tuple[Path, Meter], monkeypatch: pytest.MonkeyPatch) -> None:
    _, meter = far
    data = random.Random(0).randbytes(60 << 20)
    world.track("large.bin", data)
    for direction, command in (("up", "push"), ("down", "fetch")):
        if command == "fetch":
            world.forget("large.bin")
        meter.clear()
        with monkeypatch.context() as patched:
            patched.setattr("dvc.transfer.tally.Tally.add", _interrupted(meter, direction, len(data) * 0.85))
            run = world.dvc(command)
            assert run.code == 130 or "interrupted" in run.err
        meter.clear()
        run = world.dvc(command)
        assert run.ok, run.err
        assert getattr(meter, direction) <= len(data) * 0.85  # of so small a file the parts on their way are a large share
    assert world.dvc("checkout").ok
    assert (world.path / "large.bin").read_bytes() == data


def _interrupted(meter: Meter, direction: str, most: float) -> object:
    """Ctrl-C once so many bytes went."""

    def add(self: object, files: int = 0, size: int = 0) -> None:
        if getattr(meter, direction) > most:
            raise KeyboardInterrupt

    return add


# --- looking at the content


@pytest.fixture
def damaged(world: World) -> Iterator[tuple[str, Path]]:
    """A remote behind HTTP that holds an object of the right size and with wrong bytes: its name, and its place."""
    world.project()
    with web(world.ext) as server:
        yield _spoiled(world, server)


def _spoiled(world: World, server: Web) -> tuple[str, Path]:
    assert world.dvc(["remote", "add", "-q", "-d", "cloud", server.url]).ok
    world.track("a.txt", "right")
    assert world.dvc("push -q").ok
    name = hashlib.md5(b"right").hexdigest()
    place = world.ext / "files/md5" / name[:2] / name[2:]
    place.write_bytes(b"wrong")
    return name, place


def test_verify_finds_wrong_bytes_on_a_remote_and_push_replaces_them(world: World, damaged: tuple[str, Path]) -> None:
    _, place = damaged
    assert world.dvc("status -c --json").json == {}
    assert world.dvc("status -c --verify --json").json == {"a.txt": "new"}
    assert world.dvc("push").out == "Everything is up to date.\n"
    assert world.dvc("push --verify").out == "1 file pushed\n"
    assert place.read_bytes() == b"right"
    assert world.dvc("status -c --verify --json").json == {}


def test_verify_replaces_what_is_wrong_in_folders(world: World) -> None:
    world.project()
    assert world.dvc(["remote", "add", "-q", "-d", "near", str(world.ext / "remote")]).ok
    world.track("a.txt", "right")
    assert world.dvc("push -q").ok
    name = hashlib.md5(b"right").hexdigest()
    for folder, command in ((world.ext / "remote", "push"), (world.path / ".dvc/cache", "fetch")):
        place = folder / "files/md5" / name[:2] / name[2:]
        place.chmod(0o644)
        place.write_bytes(b"wrong")
        place.chmod(0o444)
        assert world.dvc(command).out == "Everything is up to date.\n"
        assert world.dvc(f"{command} --verify").out == f"1 file {command}ed\n"
        assert place.read_bytes() == b"right"
