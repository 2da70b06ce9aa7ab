"""Cloud-versioned remotes: a bucket that keeps versions holds the files under their own names."""

import hashlib
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from ruamel.yaml import YAML

from dvc.storage.contract import VersionedStorage, keeping_versions
from dvc.storage.remotes import open_storage
from tests.servers.s3 import s3
from tests.world import World


@pytest.fixture
def bucket(world: World) -> Iterator[VersionedStorage]:
    """A project with the default remote `store` in a versioned bucket; what is there."""
    world.project()
    with s3(world.ext, versioned=True) as (url, options):
        configure(world, "store", f"{url}/data", options)
        assert world.dvc("remote default store").ok
        assert world.dvc("remote modify -q store version_aware true").ok
        world.commit("a remote")
        opened = open_storage(f"{url}/data", options)
        assert opened is not None
        keeping = keeping_versions(opened)
        assert keeping is not None
        yield keeping
        keeping.close()


def configure(world: World, name: str, url: str, options: dict[str, str]) -> None:
    assert world.dvc(["remote", "add", "-q", name, url]).ok
    for option, value in options.items():
        assert world.dvc(["remote", "modify", "-q", "--local", name, option, value]).ok


@pytest.fixture
def tree(world: World, bucket: VersionedStorage) -> VersionedStorage:
    """The same as a worktree remote."""
    assert world.dvc("remote modify -q store worktree true").ok
    return bucket


def names(storage: VersionedStorage) -> list[str]:
    return sorted(found.path for found in storage.list(""))


def version(storage: VersionedStorage, path: str) -> str:
    found = storage.stat(path)
    assert found is not None
    return found.version


def entry(world: World, file: str) -> Any:
    return YAML(typ="safe").load(world.read(file))["outs"][0]


def rows(world: World, file: str) -> dict[str, str | None]:
    """The recorded version of each file of a folder."""
    listed = entry(world, file)["files"]
    return {row["relpath"]: row.get("cloud", {}).get("store", {}).get("version_id") for row in listed}


def forget(world: World, *paths: str) -> None:
    """As on another machine: no cache, no data."""
    shutil.rmtree(world.path / ".dvc/cache")
    for path in paths:
        full = world.path / path
        shutil.rmtree(full) if full.is_dir() else full.unlink(missing_ok=True)


def folder(world: World, **texts: str) -> None:
    for name, text in texts.items():
        world.write(f"d/{name}", text)
    assert world.dvc("add -q d").ok


# --- push and pull


def test_files_go_up_under_their_names_and_metadata_learns_their_versions(world: World, bucket: VersionedStorage) -> None:
    world.track("f.txt", "one")
    folder(world, a="a")
    world.write("d/sub/b", "b")
    assert world.dvc("add -q d").ok
    assert world.dvc("push").out == "3 files pushed\n"
    assert names(bucket) == ["d/a", "d/sub/b", "f.txt"]
    etag = hashlib.md5(b"one").hexdigest()
    assert world.read("f.txt.dvc") == (
        f"outs:\n- md5: {etag}\n  size: 3\n  hash: md5\n  path: f.txt\n"
        f"  cloud:\n    store:\n      etag: {etag}\n      version_id: {version(bucket, 'f.txt')}\n"
    )
    assert rows(world, "d.dvc") == {"a": version(bucket, "d/a"), "sub/b": version(bucket, "d/sub/b")}
    assert list(entry(world, "d.dvc")) == ["hash", "path", "files"]
    assert world.dvc("status").out == "Data and pipelines are up to date.\n"
    assert world.dvc("push").out == "Everything is up to date.\n"


def test_older_commits_get_the_versions_that_they_record(world: World, bucket: VersionedStorage) -> None:
    for text in ("first", "second"):
        world.track("f.txt", text)
        folder(world, a=text, same="same")
        assert world.dvc("push").ok
        world.commit(text)
    forget(world, "f.txt", "d")
    assert world.dvc("pull").ok
    assert (world.read("f.txt"), world.read("d/a")) == ("second", "second")
    world.git("checkout -q HEAD~1")
    assert world.dvc("pull").ok
    assert (world.read("f.txt"), world.read("d/a"), world.read("d/same")) == ("first", "first", "same")
    forget(world, "f.txt", "d")
    assert world.dvc("fetch --all-commits").ok
    world.git("checkout -q main")
    assert world.dvc("checkout").ok
    assert world.read("d/a") == "second"


def test_a_changed_folder_keeps_the_versions_of_what_stayed(world: World, bucket: VersionedStorage) -> None:
    folder(world, a="a", b="b", c="c")
    assert world.dvc("push").ok
    before = rows(world, "d.dvc")
    (world.path / "d/c").unlink()
    folder(world, b="new b", n="n")
    assert rows(world, "d.dvc") == {"a": before["a"], "b": None, "n": None}
    assert world.dvc("data status --not-in-remote --granular --json").json["not_in_remote"] == ["d/", "d/b", "d/n"]
    assert world.dvc("push").out == "2 files pushed\n"
    assert rows(world, "d.dvc") == {"a": before["a"], "b": version(bucket, "d/b"), "n": version(bucket, "d/n")}
    assert names(bucket) == ["d/a", "d/b", "d/c", "d/n"]
    assert "not_in_remote" not in world.dvc("data status --not-in-remote --json").json


def test_one_file_of_a_folder_goes_up_and_comes_back_alone(world: World, bucket: VersionedStorage) -> None:
    folder(world, a="a", b="b")
    assert world.dvc("push d/a").out == "1 file pushed\n"
    assert rows(world, "d.dvc") == {"a": version(bucket, "d/a"), "b": None}
    assert world.dvc("push").out == "1 file pushed\n"
    forget(world, "d")
    assert world.dvc("pull d/b").ok
    assert [path.name for path in (world.path / "d").iterdir()] == ["b"]
    assert world.dvc("pull").ok
    assert world.read("d/a") == "a"


def test_a_part_is_added_to_a_folder_that_is_not_here(world: World, bucket: VersionedStorage) -> None:
    folder(world, a="a", b="b")
    assert world.dvc("push").ok
    before = rows(world, "d.dvc")
    forget(world, "d")
    world.write("d/new", "new")
    assert world.dvc("add d/new").ok
    assert rows(world, "d.dvc") == {**before, "new": None}


def test_outputs_of_a_pipeline_are_recorded_in_the_lock(world: World, bucket: VersionedStorage) -> None:
    assert world.dvc(["stage", "add", "-q", "-n", "s", "-o", "out", "-o", "one", "mkdir -p out; echo a > out/a; echo 1 > one"]).ok
    assert world.dvc("repro -q").ok
    assert world.dvc("push").out == "2 files pushed\n"
    lock = YAML(typ="safe").load(world.read("dvc.lock"))["stages"]["s"]["outs"]
    assert lock[0]["cloud"]["store"]["version_id"] == version(bucket, "one")
    assert lock[1]["files"][0]["cloud"]["store"]["version_id"] == version(bucket, "out/a")
    text = world.read("dvc.lock")
    assert world.dvc("status --json").json == {}
    assert world.dvc("repro").ok
    assert world.read("dvc.lock") == text
    forget(world, "out", "one")
    assert world.dvc("pull").ok
    assert world.read("out/a") == "a\n"
    # Run again: a folder is recorded by its hash, a file that is the same keeps its version.
    assert world.dvc("repro -f").ok
    lock = YAML(typ="safe").load(world.read("dvc.lock"))["stages"]["s"]["outs"]
    assert lock[0]["cloud"]["store"]["version_id"] == version(bucket, "one")
    assert "files" not in lock[1]
    before = version(bucket, "out/a")
    assert world.dvc("push").out == "Everything is up to date.\n"  # it is there, as its name there says
    assert version(bucket, "out/a") == before


def test_an_executable_stays_one(world: World, bucket: VersionedStorage) -> None:
    world.write("run", "#!/bin/sh\n").chmod(0o755)
    assert world.dvc("add -q run").ok
    assert world.dvc("push").ok
    assert entry(world, "run.dvc")["isexec"] is True
    forget(world, "run")
    assert world.dvc("pull").ok
    assert (world.path / "run").stat().st_mode & 0o100


def test_a_moved_file_gets_a_version_of_its_own(world: World, bucket: VersionedStorage) -> None:
    world.track("a", "text")
    assert world.dvc("push").ok
    assert world.dvc("move a b").ok
    assert world.dvc("push").ok
    assert entry(world, "b.dvc")["cloud"]["store"]["version_id"] == version(bucket, "b")
    forget(world, "b")
    assert world.dvc("pull").ok
    assert world.read("b") == "text"


def test_a_large_file_is_versioned_too(world: World, bucket: VersionedStorage) -> None:
    data = bytes(range(256)) * (20 * 4096)  # 20 MiB: sent in parts
    world.track("large", data)
    assert world.dvc("push").ok
    forget(world, "large")
    assert world.dvc("pull").ok
    assert (world.path / "large").read_bytes() == data


def test_many_files_go_up_and_come_back(world: World, bucket: VersionedStorage) -> None:
    folder(world, **{f"n{at}": f"text {at}" for at in range(150)})
    assert world.dvc("push").out == "150 files pushed\n"
    forget(world, "d")
    assert world.dvc("pull").ok
    assert world.read("d/n149") == "text 149"


def test_a_folder_that_is_listed_needs_no_directory_object(world: World, bucket: VersionedStorage) -> None:
    folder(world, a="a", b="b")
    assert world.dvc("push").ok
    world.commit("pushed")
    for path in (world.path / ".dvc/cache").rglob("*.dir"):
        path.unlink()
    (world.path / "d/a").unlink()
    assert world.dvc("diff --json").json["deleted"] == [{"path": "d/a"}]
    assert world.dvc("checkout").ok
    assert world.read("d/a") == "a"
    assert world.dvc("status").out == "Data and pipelines are up to date.\n"


# --- what is refused, and what is missing


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("status -c", 1),
        ("gc -w -c -f", 251),
        ("gc -w --not-in-remote -f", 251),
        ("add --to-remote ../ext/x", 1),
        ("import-url --to-remote ../ext/x", 1),
    ],
)
def test_what_goes_by_objects_is_refused(world: World, bucket: VersionedStorage, command: str, code: int) -> None:
    (world.ext / "x").write_text("x")
    refused = world.dvc(command)
    assert refused.code == code
    assert "cloud-versioned" in refused.err


def test_a_bucket_without_versions_is_left_as_it_is(world: World) -> None:
    world.project()
    with s3(world.ext) as (url, options):
        configure(world, "plain", f"{url}/data", {**options, "version_aware": "true"})
        opened = open_storage(f"{url}/data", options)
        assert opened is not None
        opened.put("f.txt", b"somebody's")
        world.track("f.txt", "mine")
        refused = world.dvc("push -r plain")
        assert refused.code == 255
        assert "keeps no versions" in refused.err
        assert opened.read("f.txt") == b"somebody's"
        assert "cloud" not in world.read("f.txt.dvc")
        opened.close()


def test_data_that_nobody_pushed_is_said_to_be_missing(world: World, bucket: VersionedStorage) -> None:
    world.track("f", "1")
    folder(world, a="a")
    forget(world, "f", "d")
    assert world.dvc("push").ok
    assert "neither in the cache nor on the remote" in world.dvc("push").err
    assert world.dvc("pull").code == 1


def test_a_version_that_was_deleted_is_said_and_the_rest_comes(world: World, bucket: VersionedStorage) -> None:
    world.track("f", "1")
    world.track("g", "2")
    assert world.dvc("push").ok
    (world.path / "f.dvc").write_text(world.read("f.dvc").replace(version(bucket, "f"), version(bucket, "g")))
    forget(world, "f", "g")
    failed = world.dvc("pull")
    assert failed.code == 1
    assert "f (" in failed.err
    assert world.read("g") == "2"


def test_bytes_that_are_not_what_was_recorded_do_not_come(world: World, bucket: VersionedStorage) -> None:
    world.track("f", "1")
    assert world.dvc("push").ok
    old = version(bucket, "f")
    bucket.put("f", b"other")
    (world.path / "f.dvc").write_text(world.read("f.dvc").replace(old, version(bucket, "f")))
    forget(world, "f")
    assert world.dvc("pull").code == 1
    assert not world.exists("f")


def test_another_remote_gets_versions_of_its_own(world: World, bucket: VersionedStorage) -> None:
    url, options = bucket.url.rsplit("/", 1)[0], {}
    for line in world.read(".dvc/config.local").splitlines()[1:]:
        name, _, value = line.strip().partition(" = ")
        options[name] = value
    configure(world, "second", f"{url}/second", {**options, "version_aware": "true"})
    folder(world, a="a")
    assert world.dvc("push").ok
    assert world.dvc("push -r second").out == "1 file pushed\n"
    assert list(entry(world, "d.dvc")["files"][0]["cloud"]) == ["second"]
    forget(world, "d")
    assert world.dvc("pull -r second").ok
    assert world.read("d/a") == "a"


def test_a_remote_that_was_renamed_still_serves(world: World, bucket: VersionedStorage) -> None:
    world.track("f", "1")
    assert world.dvc("push").ok
    for file in (".dvc/config", ".dvc/config.local"):
        world.write(file, world.read(file).replace("store", "new"))
    forget(world, "f")
    assert world.dvc("pull").ok
    assert world.read("f") == "1"


# --- interrupted, and others at work


def test_what_was_sent_but_not_recorded_is_not_sent_again(world: World, bucket: VersionedStorage) -> None:
    folder(world, a="a", b="b")
    before = world.read("d.dvc")
    assert world.dvc("push").ok
    recorded = world.read("d.dvc")
    world.write("d.dvc", before)  # as if the push had been killed before it wrote
    assert world.dvc("push").out == "Everything is up to date.\n"
    assert world.read("d.dvc") == recorded


def test_somebody_elses_state_stays_as_an_older_version(world: World, tree: VersionedStorage) -> None:
    world.track("f", "mine")
    assert world.dvc("push").ok
    tree.put("f", b"theirs")
    theirs = version(tree, "f")
    pushed = world.dvc("push")
    assert pushed.out == "1 file pushed\n"
    assert "'f' in the remote had been changed by somebody else" in pushed.err
    assert tree.read("f") == b"mine"
    assert b"".join(tree.chunks_of("f", theirs)) == b"theirs"
    assert entry(world, "f.dvc")["cloud"]["store"]["version_id"] == version(tree, "f")


def test_a_change_of_ours_over_one_of_theirs_is_said(world: World, tree: VersionedStorage) -> None:
    world.track("f", "first")
    assert world.dvc("push").ok
    world.track("f", "second")
    assert world.dvc("push").err == ""  # over our own state
    shutil.rmtree(world.path / ".dvc/tmp")  # as in another clone
    world.commit("second")
    world.track("f", "third")
    assert world.dvc("push").err == ""
    tree.put("f", b"theirs")
    world.track("f", "fourth")
    assert "'f' in the remote had been changed by somebody else" in world.dvc("push").err
    assert tree.read("f") == b"fourth"


# --- worktree remotes


def test_a_worktree_remote_shows_what_the_workspace_has(world: World, tree: VersionedStorage) -> None:
    world.track("f", "1")
    folder(world, a="a", b="b")
    assert world.dvc("push").ok
    gone = version(tree, "d/b")
    (world.path / "d/b").unlink()
    folder(world, n="n")
    pushed = world.dvc("push")
    assert pushed.out == "1 file pushed\n"
    assert "'d/b' in the remote is no part of the workspace any more" in pushed.err
    assert names(tree) == ["d/a", "d/n", "f"]
    assert b"".join(tree.chunks_of("d/b", gone)) == b"b"
    tree.remove("f")
    assert world.dvc("push").out == "1 file pushed\n"
    assert names(tree) == ["d/a", "d/n", "f"]


def test_what_others_put_into_a_worktree_remote_is_left_alone(world: World, tree: VersionedStorage) -> None:
    folder(world, a="a")
    assert world.dvc("push").ok
    world.commit("pushed")
    tree.put("d/theirs", b"theirs")
    folder(world, n="n")
    pushed = world.dvc("push")
    assert pushed.out == "1 file pushed\n"
    assert "'d/theirs' in the remote is unknown here" in pushed.err
    assert names(tree) == ["d/a", "d/n", "d/theirs"]
    assert world.dvc("update d").ok
    assert world.read("d/theirs") == "theirs"


def test_update_takes_what_is_newest(world: World, tree: VersionedStorage) -> None:
    world.track("f", "1")
    folder(world, a="a", b="b", c="c")
    world.write("d/sub/x", "x")
    assert world.dvc("add -q d").ok
    assert world.dvc("push").ok
    tree.put("f", b"2")
    tree.put("d/a", b"new a")
    tree.put("d/sub/y", b"y")
    tree.remove("d/sub/x")
    tree.remove("d/c")
    assert world.dvc("update f.dvc d").ok
    assert world.read("f") == "2"
    assert {str(p.relative_to(world.path)): p.read_text() for p in (world.path / "d").rglob("*") if p.is_file()} == {
        "d/a": "new a",
        "d/b": "b",
        "d/sub/y": "y",
    }
    assert entry(world, "f.dvc")["cloud"]["store"]["version_id"] == version(tree, "f")
    assert rows(world, "d.dvc") == {name: version(tree, f"d/{name}") for name in ("a", "b", "sub/y")}
    assert world.dvc("push").out == "Everything is up to date.\n"
    assert world.dvc("fetch").ok
    assert world.dvc("status").out == "Data and pipelines are up to date.\n"
    assert world.dvc("update f.dvc d").ok


def test_update_moves_an_edited_file_aside(world: World, tree: VersionedStorage) -> None:
    folder(world, a="a")
    assert world.dvc("push").ok
    world.write("d/a", "edited")
    tree.put("d/a", b"theirs")
    assert world.dvc("update d").ok
    assert world.read("d/a") == "theirs"
    (kept,) = (world.path / ".dvc/tmp/kept").rglob("a")
    assert kept.read_text() == "edited"


def test_update_tells_what_it_cannot_do(world: World, tree: VersionedStorage) -> None:
    world.track("f", "1")
    told = world.dvc("update f")
    assert (told.code, "never pushed" in told.err) == (0, True)
    assert world.dvc("push").ok
    tree.remove("f")
    told = world.dvc("update f")
    assert (told.code, "does not exist in 'store'" in told.err) == (0, True)
    for option in ("--rev x", "--no-download", "--to-remote"):
        assert world.dvc(f"update f {option}").code == 1
    assert world.dvc("remote modify -q store worktree false").ok
    assert world.dvc("update f").code == 1
    assert world.read("f") == "1"


def test_a_name_in_the_bucket_that_leads_elsewhere_is_refused(world: World, tree: VersionedStorage) -> None:
    folder(world, a="a")
    assert world.dvc("push").ok
    (world.path / "d.dvc").write_text(world.read("d.dvc").replace("relpath: a", "relpath: ../a"))
    assert world.dvc("pull").code != 0
    assert not world.exists("a")
