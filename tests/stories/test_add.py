"""Stories of `dvc add`."""

import os
import stat
from hashlib import md5

import pytest

from tests.world import World


def stored(world: World, content: str) -> bool:
    digest = md5(content.encode(), usedforsecurity=False).hexdigest()
    return (world.path / ".dvc/cache/files/md5" / digest[:2] / digest[2:]).read_text() == content


def test_a_file_is_stored_and_left_alone(world: World) -> None:
    world.project()
    file = world.write("a.csv", "1,2\n")
    file.chmod(0o755)
    before = file.stat()
    assert world.dvc("add a.csv").ok
    assert "  size: 4\n  isexec: true\n  hash: md5\n  path: a.csv\n" in world.read("a.csv.dvc")
    assert world.read(".gitignore") == "/a.csv\n"
    after = file.stat()
    assert (after.st_ino, after.st_mtime_ns, stat.S_IMODE(after.st_mode)) == (before.st_ino, before.st_mtime_ns, 0o755)
    assert stored(world, "1,2\n")


def test_a_folder_is_one_record(world: World) -> None:
    world.project()
    world.write("d/x", "x")
    world.write("d/s/y", "y")
    (world.path / "d/empty").mkdir()
    assert world.dvc("add d").ok
    assert "size: 2\n  nfiles: 2\n  hash: md5\n  path: d\n" in world.read("d.dvc")
    assert world.dvc("status --json").json == {}


def test_nothing_is_written_when_one_target_is_refused(world: World) -> None:
    world.project()
    world.write("good", "good")
    assert world.dvc("add good missing").code == 1
    assert not world.exists("good.dvc")
    assert not world.exists(".gitignore")
    assert not world.exists(".dvc/cache")


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("missing", "does not exist"),
        ("in-git", "tracked by Git"),
        ("ignored.tmp", ".dvcignore:1:*.tmp"),
        ("linked", "symbolic link to a folder"),
        ("linked/f", "behind the symbolic link 'linked'"),
        ("broken", "link to nothing"),
        ("pipe", "device, socket or pipe"),
        ("../outside", "outside of the project"),
        (".", "root folder"),
        (".dvc/config", "tool's own"),
        ("box", "box/f"),
        ("box/f.dvc", "DVC's own"),
        ("locked-out/f", "f.dvc"),
    ],
)
def test_what_cannot_be_tracked_is_refused_with_a_reason(world: World, target: str, says: str) -> None:
    world.project()
    world.write(".dvcignore", "*.tmp\n")
    world.write("in-git", "g")
    world.write("sub/.gitignore", "")
    world.commit("git has it")
    world.write("ignored.tmp", "t")
    world.write("locked-out/f", "f")
    world.write(".gitignore", "/locked-out\n")
    world.track("box/f", "f")
    os.symlink("box", world.path / "linked")
    os.symlink("nowhere", world.path / "broken")
    os.mkfifo(world.path / "pipe")
    (world.ext.parent / "outside").write_text("o")
    before = world.git("status --porcelain -uall")
    refused = world.dvc(["add", target])
    assert refused.code == 1
    assert says in refused.err
    assert world.git("status --porcelain -uall") == before


def test_a_pattern_tracks_many_files_with_one_gitignore(world: World) -> None:
    world.project()
    for n in range(20):
        world.write(f"many/{n}.bin", str(n))
    world.write("many/keep.txt", "git's")
    assert world.dvc(["add", "--glob", "many/*.bin"]).ok
    assert len(world.read("many/.gitignore").splitlines()) == 20
    assert world.dvc("status --json").json == {}
    assert world.dvc(["add", "--glob", "*.none"]).code == 1


def test_a_pattern_is_tracked_in_the_order_of_the_folder_as_dvc_does(world: World) -> None:
    world.project()
    for number in (7, 1, 10, 2, 0, 11):
        world.write(f"many/f{number}.bin", str(number))
    order = [f"/{entry.name}" for entry in os.scandir(world.path / "many")]
    assert world.dvc(["add", "--glob", "many/f*.bin"]).ok
    assert world.read("many/.gitignore").splitlines() == order


def test_a_part_of_a_tracked_folder_updates_it_without_the_rest(world: World) -> None:
    world.project()
    world.write("d/old", "old")
    world.track("d/keep", "keep")
    assert world.dvc("remove d/keep.dvc").ok
    assert world.dvc("add d").ok
    for name in ("old", "keep"):
        (world.path / "d" / name).unlink()
    world.write("d/new", "new!")
    assert world.dvc("add d/new").ok
    assert "size: 11\n  nfiles: 3\n" in world.read("d.dvc")
    assert world.dvc("checkout d").ok
    assert world.read("d/old") + world.read("d/keep") + world.read("d/new") == "oldkeepnew!"
    (world.path / "d/old").unlink()
    assert world.dvc("add d/old").ok  # gone from the workspace: taken out of the record
    assert "  nfiles: 2\n" in world.read("d.dvc")
    assert world.dvc("add d/never").code == 1


@pytest.mark.parametrize("link", ["hardlink", "symlink"])
def test_links_replace_the_files_once_they_are_stored(world: World, link: str) -> None:
    world.project()
    world.dvc(["config", "cache.type", link])
    world.write("a", "a")
    world.write("d/b", "b")
    assert world.dvc("add --no-relink a").ok
    assert not os.path.islink(world.path / "a")
    assert os.stat(world.path / "a").st_nlink == 1
    assert world.dvc("add a d").ok
    for name in ("a", "d/b"):
        file = world.path / name
        assert os.path.islink(file) if link == "symlink" else file.stat().st_nlink == 2
        assert not file.stat().st_mode & 0o222
    assert world.dvc("status --json").json == {}


def test_no_commit_records_without_storing(world: World) -> None:
    world.project()
    world.write("a", "a")
    assert world.dvc("add --no-commit a").ok
    assert not world.exists(".dvc/cache")
    assert world.dvc("status --json").json == {"a.dvc": [{"changed outs": {"a": "not in cache"}}]}
    assert world.dvc("commit a").ok
    assert world.dvc("status --json").json == {}


def test_what_a_person_wrote_in_the_file_stays(world: World) -> None:
    world.project()
    world.track("a", "1")
    text = world.read("a.dvc").replace("  path: a\n", "  path: a  # mine\n  desc: about a\n")
    world.write("a.dvc", "# head\n" + text)
    world.write("a", "22")
    assert world.dvc("add a").ok
    assert world.read("a.dvc").startswith("# head\nouts:\n")
    assert "  size: 2\n" in world.read("a.dvc")
    assert "# mine\n  desc: about a\n" in world.read("a.dvc")


def test_out_brings_a_copy_and_to_remote_none(world: World) -> None:
    world.project()
    (world.ext / "f").write_text("from elsewhere")
    assert world.dvc(["add", str(world.ext / "f"), "-o", "here"]).ok
    assert world.read("here") == "from elsewhere"
    refused = world.dvc(["add", str(world.ext / "f"), "-o", "here"])
    assert refused.code == 1
    assert "--force" in refused.err
    assert world.dvc(["remote", "add", "-d", "r", str(world.ext / "store")]).ok
    (world.ext / "folder").mkdir()
    (world.ext / "folder/x").write_text("x")
    assert world.dvc(["add", str(world.ext / "folder"), "--to-remote"]).ok
    assert not world.exists("folder")
    assert world.dvc("pull folder").ok
    assert world.read("folder/x") == "x"


@pytest.mark.parametrize(
    "options",
    [
        "a b --out c",
        "a b --to-remote",
        "a --remote r",
        "a --to-remote --no-commit",
        "a --out c --no-commit",
        "--glob a* --out c",
        "a -o n/c",
    ],
)
def test_options_that_cannot_be_meant_together(world: World, options: str) -> None:
    world.project()
    for name in "ab":
        world.write(name, name)
    assert world.dvc(f"add {options}").code == 1
    assert world.git("status --porcelain") == "?? a\n?? b\n"


def test_a_dvcignore_file_inside_of_data_is_refused(world: World) -> None:
    world.project()
    world.write("d/.dvcignore", "x\n")
    refused = world.dvc("add d")
    assert refused.code == 255
    assert "d/.dvcignore" in refused.err


def test_data_of_dvc_2_keeps_its_record_until_it_changes(world: World) -> None:
    world.project()
    world.write("t", "a\r\nb\r\n")
    world.write("t.dvc", "outs:\n- md5: dd8c6a395b5dd36c56d23275028f526c\n  path: t\n")
    assert world.dvc("add t").ok
    assert world.read("t.dvc") == "outs:\n- md5: dd8c6a395b5dd36c56d23275028f526c\n  path: t\n  size: 6\n"
    world.write("t", "c\r\n")
    assert world.dvc("add t").ok
    assert world.read("t.dvc").endswith("  path: t\n  size: 3\n  hash: md5\n")
