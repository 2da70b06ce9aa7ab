"""Kill -9 in the midst of a push and a fetch over S3: the next run completes, with the right bytes, and without what had gone already."""

import hashlib
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import dvc
from tests.servers.meter import Meter, metered
from tests.servers.s3 import BUCKET, s3
from tests.world import World

SMALL = 120
LARGE = 24 << 20


def start(world: World, *words: str) -> "subprocess.Popen[bytes]":
    environ = {**os.environ, "PYTHONPATH": str(Path(dvc.__file__).parent.parent)}
    return subprocess.Popen([sys.executable, "-m", "dvc", *words, "-q"], cwd=world.path, env=environ, stderr=subprocess.DEVNULL)


def killed(world: World, meter: Meter, command: str, share: float) -> None:
    """`command`, killed when `share` of all bytes went one way or the other."""
    meter.clear()
    with start(world, command) as running:
        while running.poll() is None and meter.up + meter.down < share * LARGE:
            time.sleep(0.002)
        running.kill()


def see_objects(folder: Path) -> None:
    """Whatever has an object's name is whole."""
    for path in folder.glob("files/md5/??/*"):
        if path.is_file():
            with path.open("rb") as file:
                name = hashlib.file_digest(file, "md5").hexdigest()
            assert path.parent.name + path.name.removesuffix(".dir") == name, path


@pytest.mark.parametrize("seed", range(2))
def test_what_was_killed_is_completed(world: World, seed: int) -> None:
    chance = random.Random(seed)
    world.project()
    for number in range(SMALL):
        world.write(f"data/{number}", f"file {number}")
    world.track("data/large.bin", chance.randbytes(LARGE))
    assert world.dvc("remove data/large.bin.dvc").ok
    assert world.dvc("add -q data").ok
    with s3(world.ext) as (url, options), metered(urlsplit(options["endpointurl"]).port or 0) as meter:
        assert world.dvc(["remote", "add", "-q", "-d", "cloud", f"{url}/store"]).ok
        for name, value in {**options, "endpointurl": f"http://127.0.0.1:{meter.port}"}.items():
            assert world.dvc(["remote", "modify", "-q", "--local", "cloud", name, value]).ok
        before = (world.path / "data/large.bin").read_bytes()
        for command in ("push", "fetch"):
            for share in sorted(chance.uniform(0, 0.95) for _ in range(2)):
                killed(world, meter, command, share)
                see_objects(world.ext / BUCKET / "store")
                see_objects(world.path / ".dvc/cache")
            assert world.dvc(command).ok
            assert world.dvc("status -c --json").json == {}
            if command == "push":
                shutil.rmtree(world.path / ".dvc/cache")
        shutil.rmtree(world.path / "data")
        assert world.dvc("checkout").ok
        assert (world.path / "data/large.bin").read_bytes() == before
        assert world.read("data/7") == "file 7"
    assert not list((world.path / ".dvc/cache").rglob("*.tmp"))
