"""What `diff`, `data status` and `cache migrate` tell."""

import shutil

from tests.world import World


def test_data_status_tells_committed_from_uncommitted(world: World) -> None:
    world.project()
    world.write("d/a", "1")
    world.write("d/b", "2")
    world.track("f", "1")
    assert world.dvc("add -q d").ok
    world.commit("data")
    assert world.dvc("data status --json --unchanged").json == {"unchanged": ["d/", "f"]}
    world.track("f", "2")
    world.write("d/a", "changed")
    world.write("loose", "")
    assert world.dvc("data status --json --granular --untracked-files").json == {
        "committed": {"modified": ["f"]},
        "uncommitted": {"modified": ["d/", "d/a"]},
        "untracked": ["loose"],
    }


def test_data_status_without_git(world: World) -> None:
    world.project(scm=False)
    world.track("f", "1")
    assert world.dvc("data status --json").json == {}, "there is no commit to compare with"


def test_data_status_tells_what_has_no_object(world: World) -> None:
    world.project()
    world.write("d/a", "1")
    assert world.dvc("add -q d").ok
    world.commit("data")
    shutil.rmtree(world.path / ".dvc/cache/files/md5/c4")  # of "1"
    assert world.dvc("data status --json").json == {}
    assert world.dvc("data status --json --granular").json == {"not_in_cache": ["d/a"]}


def test_diff_sees_a_rename_inside_a_folder(world: World) -> None:
    world.project()
    world.write("d/a", "1")
    assert world.dvc("add -q d").ok
    world.commit("data")
    (world.path / "d/a").rename(world.path / "d/b")
    found = world.dvc("diff --json").json
    assert found["renamed"] == [{"path": {"old": "d/a", "new": "d/b"}}]
    assert found["modified"] == [{"path": "d/"}]
    assert world.dvc("diff --json HEAD HEAD").json == {}


def test_diff_of_an_unknown_revision_fails(world: World) -> None:
    world.project()
    assert world.dvc("diff nothing").code == 1


def test_migration_carries_objects_and_records_over(world: World) -> None:
    world.project()
    cache = world.path / ".dvc/cache"
    for name, text in {"dd/8c6a395b5dd36c56d23275028f526c": "a\r\nb\r\n", "57/1d80b3b484413a539a40fea0823350.dir": ""}.items():
        (cache / name).parent.mkdir(parents=True)
        body = text or '[{"md5": "dd8c6a395b5dd36c56d23275028f526c", "relpath": "x"}]'
        (cache / name).write_bytes(body.encode())
        (cache / name).chmod(0o444)
    world.write("dos.txt.dvc", "outs:\n- md5: dd8c6a395b5dd36c56d23275028f526c\n  size: 6\n  path: dos.txt\n")
    assert world.dvc("checkout -q").ok
    assert world.dvc("cache migrate --dry").out.startswith("1 object would be")
    assert world.dvc("cache migrate --dvc-files").out.startswith("1 object migrated")
    assert "hash: md5" in world.read("dos.txt.dvc")
    assert world.dvc("cache migrate").out.startswith("0 objects migrated")
    assert world.dvc("status --json").json == {}
    shutil.rmtree(cache / "dd")
    (world.path / "dos.txt").unlink()
    assert world.dvc("checkout -q").ok
    assert (world.path / "dos.txt").read_bytes() == b"a\r\nb\r\n"
