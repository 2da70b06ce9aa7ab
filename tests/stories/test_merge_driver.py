"""Stories of merging branches that both changed a tracked folder."""

import subprocess
import sys
from pathlib import Path

import pytest

import dvc
from dvc.store.objects import Store
from tests.world import World


@pytest.fixture
def folder(world: World, monkeypatch: pytest.MonkeyPatch, dvc_on_path: Path) -> World:
    """A project that merges `.dvc` files; `data` holds the files a and b, committed on `main`."""
    monkeypatch.setenv("PATH", str(dvc_on_path), prepend=":")
    world.project()
    world.write(".gitattributes", "*.dvc merge=dvc\n")
    world.write("data/a", "a\n")
    world.write("data/b", "b\n")
    record(world, "base")
    assert world.dvc("install").ok
    return world


@pytest.fixture
def dvc_on_path(tmp_path: Path) -> Path:
    """A folder with the `dvc` that Git's hooks and drivers call: this tree's."""
    made = tmp_path / "bin"
    made.mkdir()
    source = Path(dvc.__file__).parents[1]
    (made / "dvc").write_text(f'#!/bin/sh\nPYTHONPATH={source} exec {sys.executable} -m dvc "$@"\n')
    (made / "dvc").chmod(0o755)
    return made


def record(world: World, message: str) -> None:
    assert world.dvc("add -q data").ok
    world.commit(message)


def merge(world: World, branch: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", "merge", "-q", "-m", "joined", branch], cwd=world.path, capture_output=True, text=True, check=False)


def test_git_joins_what_two_branches_added_to_one_folder(folder: World) -> None:
    folder.git("checkout -q -b one")
    folder.write("data/sub/one", "from one\n")
    record(folder, "one")
    folder.git("checkout -q main")
    assert not folder.exists("data/sub/one")
    folder.write("data/two", "from two\n")
    record(folder, "two")
    done = merge(folder, "one")
    assert done.returncode == 0, done.stderr
    assert "  size: 22\n  nfiles: 4\n" in folder.read("data.dvc")
    assert folder.dvc("checkout -q").ok
    assert (folder.read("data/sub/one"), folder.read("data/two")) == ("from one\n", "from two\n")
    assert folder.dvc("status --json").json == {}


def test_a_file_that_both_changed_is_left_to_the_user(folder: World) -> None:
    folder.git("checkout -q -b one")
    folder.write("data/a", "one\n")
    record(folder, "one")
    folder.git("checkout -q main")
    folder.write("data/a", "two\n")
    record(folder, "two")
    ours = folder.read("data.dvc")
    done = merge(folder, "one")
    assert done.returncode == 1
    assert "both versions of 'data' changed 'a'" in done.stderr
    assert folder.git("status --porcelain data.dvc") == "UU data.dvc\n"
    assert folder.read("data.dvc") == ours


@pytest.fixture
def sides(world: World) -> World:
    """The files base, ours (c added) and theirs (d added) as Git gives them to its driver."""
    world.project()
    for name, added in (("base", ()), ("ours", ("c",)), ("theirs", ("d",))):
        for file in ("a", "b", *added):
            world.write(f"{name}.work/{file}", file)
        assert world.dvc(f"add -q {name}.work").ok
        world.write(name, world.read(f"{name}.work.dvc").replace(f"{name}.work", "data"))
    return world


DRIVER = "git-hook merge-driver --ancestor base --our ours --their theirs"


def test_our_options_comments_and_mode_stay(sides: World) -> None:
    for name in ("base", "ours", "theirs"):
        sides.write(name, sides.read(name).replace("path: data\n", "path: data\n  desc: pictures\n"))
    sides.write("ours", "# whose?\n" + sides.read("ours") + "meta: {by: us}\n")
    (sides.path / "ours").chmod(0o640)
    assert sides.dvc(DRIVER).ok
    text = sides.read("ours")
    assert text.startswith("# whose?\nouts:\n- md5: ")
    assert text.endswith(".dir\n  size: 4\n  nfiles: 4\n  hash: md5\n  path: data\n  desc: pictures\nmeta: {by: us}\n")
    assert (sides.path / "ours").stat().st_mode & 0o777 == 0o640


def test_two_branches_that_began_to_track_the_same_folder_are_joined(sides: World) -> None:
    sides.write("base", "")
    assert sides.dvc(DRIVER).ok
    assert "nfiles: 4\n" in sides.read("ours")


def test_the_size_is_left_out_where_the_cache_lacks_a_file(sides: World) -> None:
    cached = sides.path / ".dvc/cache/files/md5/82/77e0910d750195b448797616e091ad"  # of the file d
    assert cached.read_text() == "d"
    cached.unlink()
    assert sides.dvc(DRIVER).ok
    assert ".dir\n  nfiles: 4\n" in sides.read("ours")


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("theirs", "path: data\n", "path: data\n  desc: other\n", "differ in their options"),
        ("theirs", "path: data\n", "path: data\n- path: more\n", "several outputs"),
        ("theirs", ".dir\n", "\n", "no folder in all versions"),
        ("ours", "outs:", "deps:\n- path: x\nouts:", "import"),
        ("base", "md5: ", "md5: 0123456789abcdef0123456789abcdef.dir\n  # ", "is not in the cache"),
        ("theirs", "outs:\n", "<<<<<<< one\n", "theirs"),
    ],
)
def test_what_cannot_be_joined_is_refused_and_ours_left_alone(sides: World, file: str, old: str, new: str, told: str) -> None:
    changed = sides.read(file).replace(old, new, 1)
    assert changed != sides.read(file)
    sides.write(file, changed)
    before = sides.read("ours")
    done = sides.dvc(DRIVER)
    assert (done.code, sides.read("ours")) == (255, before)
    assert told in done.err


def test_outside_of_a_project_the_driver_never_reports_success(sides: World) -> None:
    (sides.path / ".dvc").rename(sides.path / "moved")
    assert sides.dvc(DRIVER).code == 253


def test_a_write_that_fails_leaves_ours_alone(sides: World, monkeypatch: pytest.MonkeyPatch) -> None:
    before = sides.read("ours")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "cache")

    monkeypatch.setattr(Store, "put_tree", full)
    done = sides.dvc(DRIVER)
    assert done.code != 0
    assert sides.read("ours") == before
