"""The versioning tutorial as one story, with a small trainer instead of a real one (`make demo` has the real one)."""

import json
import sys
import zipfile
from pathlib import Path

from tests.world import World

TRAINER = """
import pathlib, hashlib
train = sorted(p for p in pathlib.Path("data/train").rglob("*.png"))
size = len(train)
digest = hashlib.sha256(b"".join(p.read_bytes() for p in train)).digest()
pathlib.Path("model.h5").write_bytes(digest * 100)
pathlib.Path("train.npy").write_bytes(digest)
pathlib.Path("validation.npy").write_bytes(digest[::-1])
pathlib.Path("metrics.csv").write_text(f"epoch,accuracy\\n0,0.5\\n9,{1 - 1 / (size + 1):.4f}\\n")
"""


def archive(path: Path, names: list[str]) -> None:
    with zipfile.ZipFile(path, "w") as packed:
        for name in names:
            packed.writestr(name, f"picture {name}")


def make_registry(world: World) -> None:
    """A git repository whose data lies in a local-folder remote alone."""
    registry = world.path.parent / "registry"
    registry.mkdir()
    world.git("init -q .", cwd=registry)
    assert world.dvc("init -q", cwd=registry).ok
    assert world.dvc("remote add -d storage ../storage", cwd=registry).ok
    folder = registry / "tutorials" / "versioning"
    folder.mkdir(parents=True)
    first = [f"data/{part}/{label}/{n}.png" for part in ("train", "validation") for label in ("cats", "dogs") for n in range(20)]
    archive(folder / "data.zip", first)
    archive(folder / "new-labels.zip", [f"data/train/{label}/new-{n}.png" for label in ("cats", "dogs") for n in range(20)])
    assert world.dvc("add -q tutorials/versioning/data.zip tutorials/versioning/new-labels.zip", cwd=registry).ok
    world.git("add -A", cwd=registry)
    world.git("commit -q -m archives", cwd=registry)
    assert world.dvc("push -q", cwd=registry).ok
    for path in folder.glob("*.zip"):
        path.unlink()
    for path in sorted((registry / ".dvc" / "cache").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()


def unpack(world: World, name: str) -> None:
    done = world.dvc(f"get ../registry tutorials/versioning/{name}")
    assert done.ok, done.err
    with zipfile.ZipFile(world.path / name) as packed:
        packed.extractall(world.path)
    (world.path / name).unlink()


def train(world: World) -> None:
    import subprocess

    subprocess.run([sys.executable, "train.py"], cwd=world.path, check=True)


def images(world: World) -> int:
    return len(list((world.path / "data" / "train").rglob("*.png")))


def model(world: World) -> bytes:
    return (world.path / "model.h5").read_bytes()


def test_the_versioning_tutorial(world: World) -> None:
    make_registry(world)
    world.project()
    world.write("train.py", TRAINER)
    world.write(".gitignore", "*.npy\n")
    world.commit("code")

    # the first version
    unpack(world, "data.zip")
    assert world.dvc("add data").ok
    train(world)
    assert world.dvc("add model.h5").ok
    first = model(world)
    world.commit("first model")
    world.git("tag v1.0")
    assert world.dvc("status --json").json == {}

    # the second has twice as many images
    unpack(world, "new-labels.zip")
    assert world.dvc("status --json").json == {"data.dvc": [{"changed outs": {"data": "modified"}}]}
    assert world.dvc("add data").ok
    train(world)
    assert world.dvc("add model.h5").ok
    second = model(world)
    world.commit("second model")
    world.git("tag v2.0")
    assert images(world) == 80

    # both come back
    world.git("checkout -q v1.0")
    assert world.dvc("checkout").ok
    assert (images(world), model(world)) == (40, first)
    assert world.dvc("status --json").json == {}
    world.git("checkout -q main")
    assert world.dvc("checkout").ok
    assert (images(world), model(world)) == (80, second)

    # the data alone
    world.git("checkout v1.0 data.dvc")
    assert world.dvc("checkout data.dvc").ok
    assert (images(world), model(world)) == (40, second)
    world.git("checkout -q -f main")
    assert world.dvc("checkout").ok
    assert images(world) == 80

    # a stage instead of steps by hand
    assert world.dvc("remove model.h5.dvc").ok
    stage = "stage add -n train -d train.py -d data -o model.h5 -o train.npy -o validation.npy -M metrics.csv"
    added = world.dvc(f"{stage} '{sys.executable} train.py'")
    assert added.ok, added.err
    ran = world.dvc("repro")
    assert ran.ok, ran.err
    world.commit("a pipeline")
    again = world.dvc("repro")
    assert again.ok
    assert "up to date" in again.out

    # less data: the stage runs again
    for picture in (world.path / "data/train/cats").glob("new-*.png"):
        picture.unlink()
    assert world.dvc("repro").ok
    assert model(world) not in (first, second)
    assert "train" in world.dvc("dag").out
    compared = world.dvc("metrics diff --json v1.0").json["metrics.csv"]
    assert compared["accuracy"]["old"] == 0.9756
    assert compared["accuracy"]["new"] == 0.9836
    assert json.loads(world.dvc("metrics show --json").out)[""]["data"]["metrics.csv"]["data"]["epoch"] == 9
