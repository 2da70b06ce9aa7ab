"""Data of other repositories and from elsewhere, tracked together with where it came from."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from dvc.git import process
from tests.servers.web import web
from tests.world import World


class Source:
    """A repository to import from; a `world` that works in there while it is entered."""

    def __init__(self, world: World, path: Path) -> None:
        self.world = world
        self.path = path

    def __enter__(self) -> World:
        self._before, self.world.path = self.world.path, self.path
        return self.world

    def __exit__(self, *_: object) -> None:
        self.world.path = self._before


@pytest.fixture
def source(world: World) -> Source:
    path = world.base / "source"
    path.mkdir()
    made = Source(world, path)
    with made:
        world.project()
        world.write("run.sh", "echo\n")
        world.write("data/a", "a")
        world.write("data/deep/b", "bb")
        world.track("f.txt", "one")
        assert world.dvc("add -q data").ok
        world.commit("one")
        world.git("tag v1")
    world.project()
    return made


def head(world: World, source: Source) -> str:
    return world.git("rev-parse HEAD", cwd=source.path).strip()


def change(source: Source, text: str) -> None:
    with source as world:
        world.track("f.txt", text)
        world.commit(text)


def test_an_import_is_recorded_with_its_commit_and_kept_out_of_git(world: World, source: Source) -> None:
    assert world.dvc("import ../source f.txt").ok
    assert world.read("f.txt") == "one"
    assert f"rev_lock: {head(world, source)}\n" in world.read("f.txt.dvc")
    assert "rev:" not in world.read("f.txt.dvc")
    assert world.read(".gitignore") == "/f.txt\n"
    assert world.dvc("status --json").json == {}


@pytest.mark.parametrize(("path", "files"), [("data", ["a", "deep/b"]), ("data/deep", ["b"])])
def test_folders_and_parts_of_them_come_as_directories(world: World, source: Source, path: str, files: list[str]) -> None:
    assert world.dvc(f"import ../source {path} -o got").ok
    assert sorted(str(p.relative_to(world.path / "got")) for p in (world.path / "got").rglob("*") if p.is_file()) == files
    assert f"nfiles: {len(files)}\n" in world.read("got.dvc")


def test_files_of_git_can_be_imported_alone_and_mixed_with_tracked_ones(world: World, source: Source) -> None:
    with source:
        world.write("mix/plain.txt", "plain")
        world.track("mix/tracked.bin", "tracked")
        world.commit("mix")
    assert world.dvc("import ../source run.sh").ok
    assert world.dvc("import ../source mix").ok
    assert world.read("run.sh") == "echo\n"
    assert (world.read("mix/plain.txt"), world.read("mix/tracked.bin")) == ("plain", "tracked")
    assert not world.exists("mix/tracked.bin.dvc")


def test_a_project_in_a_folder_of_the_source_serves_its_own_data(world: World, source: Source) -> None:
    with source:
        (source.path / "sub").mkdir()
        assert world.dvc("init -q --subdir", cwd="sub").ok
        world.write("sub/s.txt", "sub data")
        assert world.dvc("add -q s.txt", cwd="sub").ok
        world.commit("sub")
        shutil.rmtree(source.path / "sub/.dvc/tmp", ignore_errors=True)
    assert world.dvc("import ../source sub/s.txt").ok
    assert world.read("s.txt") == "sub data"
    assert world.dvc("import ../source sub/s.txt --rev main -o again.txt").ok
    assert world.read("again.txt") == "sub data"


def test_status_tells_that_the_source_moved_on_and_update_follows(world: World, source: Source) -> None:
    assert world.dvc("import ../source f.txt").ok
    assert world.dvc("import ../source f.txt --rev v1 -o pinned.txt").ok
    change(source, "two")
    assert world.dvc("status --json").json == {"f.txt.dvc": [{"changed deps": {"f.txt (../source)": "update available"}}]}
    assert world.dvc("update f.txt.dvc pinned.txt.dvc").ok
    assert (world.read("f.txt"), world.read("pinned.txt")) == ("two", "one")
    assert world.dvc("status --json").json == {}


def test_update_to_another_revision_keeps_it(world: World, source: Source) -> None:
    change(source, "two")
    assert world.dvc("import ../source f.txt").ok
    assert world.dvc("update --rev v1 f.txt.dvc").ok
    assert world.read("f.txt") == "one"
    assert "    rev: v1\n" in world.read("f.txt.dvc")
    assert world.dvc("update --rev nothing f.txt.dvc").code == 1
    assert world.read("f.txt") == "one"


def test_update_moves_an_edited_file_aside(world: World, source: Source) -> None:
    assert world.dvc("import ../source f.txt").ok
    change(source, "two")
    world.write("f.txt", "my own work")
    assert world.dvc("update f.txt.dvc").ok
    assert world.read("f.txt") == "two"
    assert [p.read_text() for p in (world.path / ".dvc/tmp/kept").rglob("f.txt")] == ["my own work"]


def test_pull_brings_imports_from_their_source_and_push_leaves_them_out(world: World, source: Source) -> None:
    assert world.dvc(f"remote add -q -d store {world.ext}/store").ok
    assert world.dvc("import ../source data").ok
    world.track("own.txt", "own")
    assert world.dvc("push -q").ok
    assert len([p for p in (world.ext / "store").rglob("*") if p.is_file()]) == 1
    shutil.rmtree(world.path / ".dvc/cache")
    shutil.rmtree(world.path / "data")
    assert world.dvc("pull").ok
    assert world.read("data/deep/b") == "bb"


def test_pull_from_a_sub_folder_finds_a_source_that_was_typed_at_the_root(world: World, source: Source) -> None:
    (world.path / "sub").mkdir()
    assert world.dvc("import ../../source f.txt", cwd="sub").ok
    assert world.dvc("import ../source f.txt -o sub/other.txt").ok
    shutil.rmtree(world.path / ".dvc/cache")
    for cwd in ("sub", ""):
        for name in ("f.txt", "other.txt"):
            (world.path / "sub" / name).unlink()
        assert world.dvc("pull", cwd=cwd).ok
        assert (world.read("sub/f.txt"), world.read("sub/other.txt")) == ("one", "one")


def test_a_lost_source_fails_its_imports_and_nothing_else(world: World, source: Source) -> None:
    assert world.dvc(f"remote add -q -d store {world.ext}/store").ok
    assert world.dvc("import ../source f.txt").ok
    world.track("own.txt", "own")
    assert world.dvc("push -q").ok
    shutil.rmtree(source.path)
    shutil.rmtree(world.path / ".dvc/cache")
    (world.path / "own.txt").unlink()
    failed = world.dvc("pull")
    assert failed.code == 1
    assert "f.txt" in failed.err
    assert world.read("own.txt") == "own"
    assert world.dvc("status").code == 1
    assert world.dvc("update f.txt.dvc").code == 1


def test_an_import_of_an_import_is_fetched_from_where_it_began(world: World, source: Source) -> None:
    middle = world.base / "middle"
    shutil.copytree(world.path, middle)
    here, world.path = world.path, middle
    assert world.dvc("import ../source data -o d").ok
    world.commit("import")
    shutil.rmtree(middle / ".dvc/cache")
    world.path = here
    assert world.dvc("import ../middle d").ok
    assert world.read("d/deep/b") == "bb"
    assert world.dvc("get ../middle d/a -o one").ok
    assert world.read("one") == "a"


def test_without_download_the_data_comes_with_pull(world: World, source: Source) -> None:
    assert world.dvc("import ../source data --no-download").ok
    assert "md5: " not in world.read("data.dvc").partition("outs:")[2].replace("hash: md5", "")
    assert not world.exists("data")
    before = world.read("data.dvc")
    assert world.dvc("pull data").ok
    assert world.read("data/deep/b") == "bb"
    assert world.read("data.dvc") == before
    assert world.dvc("update data.dvc").ok
    assert "nfiles: 2\n" in world.read("data.dvc")


def test_without_execution_only_the_file_is_written(world: World, source: Source) -> None:
    assert world.dvc("import ../source f.txt --no-exec").ok
    assert "rev_lock" not in world.read("f.txt.dvc")
    assert world.dvc("status --json").json == {"f.txt.dvc": [{"changed outs": {"f.txt": "deleted"}}, "changed checksum"]}
    assert world.dvc("update f.txt.dvc").ok
    assert world.read("f.txt") == "one"
    assert world.dvc("status --json").json == {}


def test_nothing_is_replaced_or_written_unless_told(world: World, source: Source) -> None:
    world.write("f.txt", "mine")
    assert world.dvc("import ../source f.txt").code == 1
    assert world.dvc("import ../source nothing").code == 255
    assert world.dvc("import ../source f.txt -o ../out.txt").code == 1
    assert world.dvc("import ../source f.txt -o no/such/f.txt").code == 1
    assert world.dvc("import ../source ../secret -o s").code == 1
    assert world.read("f.txt") == "mine"
    assert not list(world.path.glob("?*.dvc"))
    assert world.dvc("import -f ../source f.txt").ok
    assert world.read("f.txt") == "one"


# --- clones


def test_a_clone_is_kept_and_serves_a_known_commit_when_its_origin_is_gone(world: World, source: Source) -> None:
    url = f"file://{source.path}"
    assert world.dvc(["import", url, "run.sh"]).ok
    clones = [p for p in (world.base / "site/cairn/clones").iterdir() if p.is_dir()]
    assert len(clones) == 1
    shutil.rmtree(source.path)
    shutil.rmtree(world.path / ".dvc/cache")
    (world.path / "run.sh").unlink()
    assert world.dvc("pull").ok
    assert world.read("run.sh") == "echo\n"
    assert world.dvc(["get", url, "run.sh", "--rev", "v1", "-o", "tagged.sh"]).ok
    assert world.dvc(["get", url, "run.sh", "-o", "newest.sh"]).code == 1


def test_a_kept_clone_follows_its_origin(world: World, source: Source) -> None:
    url = f"file://{source.path}"
    assert world.dvc(["import", url, "f.txt"]).ok
    change(source, "two")
    assert world.dvc("status --json").json == {"f.txt.dvc": [{"changed deps": {f"f.txt ({url})": "update available"}}]}
    assert world.dvc("update f.txt.dvc").ok
    assert world.read("f.txt") == "two"
    shutil.rmtree(world.base / "site/cairn/clones")  # it may go at any time
    assert world.dvc("status --json").json == {}


# --- import-url, get-url, list-url


def test_import_url_follows_a_file_on_update_only(world: World) -> None:
    world.project()
    (world.ext / "in.csv").write_text("v1")
    assert world.dvc("import-url ../ext/in.csv").ok
    (world.ext / "in.csv").write_text("v2")
    assert world.dvc("status --json").json == {}
    assert world.dvc("update in.csv.dvc").ok
    assert world.read("in.csv") == "v2"


def test_import_url_into_a_folder_names_the_source_from_there(world: World) -> None:
    world.project()
    (world.path / "sub").mkdir()
    (world.ext / "in.csv").write_text("v1")
    assert world.dvc("import-url ../ext/in.csv sub/x.csv").ok
    assert "  path: ../../ext/in.csv\n" in world.read("sub/x.csv.dvc")
    (world.ext / "in.csv").write_text("v2")
    assert world.dvc("update sub/x.csv.dvc").ok
    assert world.read("sub/x.csv") == "v2"


def test_a_source_that_changed_is_not_taken_for_what_was_imported(world: World) -> None:
    world.project()
    (world.ext / "in.csv").write_text("version 1")
    assert world.dvc("import-url --no-download ../ext/in.csv").ok
    (world.ext / "in.csv").write_text("version two")
    failed = world.dvc("pull in.csv")
    assert failed.code == 1
    assert "changed since" in failed.err
    assert not world.exists("in.csv")
    assert world.dvc("update --no-download in.csv.dvc").ok
    assert world.dvc("pull in.csv").ok
    assert world.read("in.csv") == "version two"


def test_import_url_to_a_remote_leaves_neither_file_nor_object_here(world: World) -> None:
    world.project()
    assert world.dvc(f"remote add -q store {world.ext}/store").ok
    (world.ext / "in.csv").write_text("v1")
    assert world.dvc("import-url --to-remote -r store ../ext/in.csv").ok
    assert not world.exists("in.csv")
    assert not world.exists(".dvc/cache")
    assert world.dvc("pull -r store").ok
    assert world.read("in.csv") == "v1"


def test_list_url_and_get_url_need_no_project(world: World) -> None:
    (world.ext / "in/deep").mkdir(parents=True)
    (world.ext / "in/a").write_text("a")
    (world.ext / "in/deep/b").write_text("bb")
    assert world.dvc("list-url ../ext/in").out == "a\ndeep\n"
    assert world.dvc("ls-url -R ../ext/in").out == "a\ndeep/b\n"
    assert world.dvc("list-url --tree ../ext/in").out == "../ext/in\n├── a\n└── deep\n    └── b\n"
    assert world.dvc("get-url ../ext/in copy").ok
    assert world.read("copy/deep/b") == "bb"
    assert world.dvc("get-url ../ext/in/a copy").code == 1
    assert world.dvc("get-url -f ../ext/in/a copy").ok
    assert world.dvc("get-url ../ext/nothing").code == 1
    assert world.dvc("list-url ../ext/nothing").code == 255


@pytest.mark.parametrize("command", ["get-url", "import-url"])
def test_a_kind_of_url_that_is_not_served_is_said(world: World, command: str) -> None:
    world.project()
    failed = world.dvc([command, "gopher://host/file"])
    assert failed.code == 1
    assert "gopher://" in failed.err
    assert not world.exists("file.dvc")


# --- over HTTP


def test_import_url_over_http_follows_what_the_server_calls_the_file(world: World) -> None:
    world.project()
    with web(world.ext) as server:
        (world.ext / "in.csv").write_text("v1")
        assert world.dvc(["import-url", f"{server.url}/in.csv"]).ok
        assert world.read("in.csv") == "v1"
        assert "- checksum: '\"" in world.read("in.csv.dvc")
        assert world.dvc("update in.csv.dvc").ok
        (world.ext / "in.csv").write_text("version 2")
        assert world.dvc("status --json").json == {}
        assert world.dvc("update in.csv.dvc").ok
        assert world.read("in.csv") == "version 2"
        assert world.dvc(["import-url", f"{server.url}/nothing"]).code == 1
        assert world.dvc(["import-url", "--no-download", f"{server.url}/in.csv", "later.csv"]).ok
        assert world.dvc("pull later.csv").ok
        assert world.read("later.csv") == "version 2"


def test_get_url_over_http_leaves_nothing_when_the_file_ends_early(world: World) -> None:
    with web(world.ext) as server:
        (world.ext / "in.csv").write_text("some text")
        server.faults = [200, 200, "cut"]
        assert world.dvc(["get-url", f"{server.url}/in.csv"]).code == 1
        assert list(world.path.iterdir()) == []
        assert world.dvc(["get-url", f"{server.url}/in.csv"]).ok
        assert world.read("in.csv") == "some text"


def test_a_source_on_another_project_serves_its_http_remote(world: World, source: Source) -> None:
    with web(world.ext) as server:
        with source:
            assert world.dvc(["remote", "add", "-q", "-d", "web", f"{server.url}/store"]).ok
            assert world.dvc("push -q").ok
            world.commit("remote")
        shutil.rmtree(source.path / ".dvc/cache")
        (source.path / "f.txt").unlink()
        assert world.dvc("import ../source f.txt").ok
        assert world.dvc("get ../source data -o d").ok
        assert world.dvc(["get", f"file://{source.path}", "data/a", "-o", "one"]).ok
    assert (world.read("f.txt"), world.read("d/deep/b"), world.read("one")) == ("one", "bb", "a")


# --- data sets


def test_a_stage_depends_on_a_data_set_at_the_commit_that_is_pinned(world: World, source: Source) -> None:
    assert world.dvc("dataset add things --dvc ../source --path f.txt").ok
    assert f"  rev_lock: {head(world, source)}\n" in world.read("dvc.lock")
    assert world.dvc(["stage", "add", "-q", "-n", "use", "-d", "ds://things", "-o", "out", "echo used >out"]).ok
    assert world.dvc("repro -q").ok
    change(source, "two")
    assert world.dvc("status --json").json == {}
    assert world.dvc("dataset update things").ok
    assert world.dvc("status --json").json == {"use": [{"changed deps": {"ds://things": "modified"}}]}
    assert world.dvc("repro -q").ok
    assert world.dvc("dataset update things").out == "Nothing to update\n"


def test_data_sets_are_unique_known_and_checked(world: World, source: Source) -> None:
    assert world.dvc("ds add things --dvc ../source --rev v1").ok
    assert world.dvc("dataset add things --dvc ../source").code == 255
    assert world.dvc("dataset add --force things --dvc ../source").ok
    assert "rev:" not in world.read("dvc.yaml")
    assert world.dvc("dataset update nothing").code == 1
    assert world.dvc("dataset update things --rev nothing").code == 255
    assert world.dvc("dataset add other").code == 254
    (world.ext / "in").mkdir()
    (world.ext / "in/a").write_text("a")
    assert world.dvc("dataset add folder --url ../ext/in").ok
    assert "    isdir: true\n    size: 1\n    nfiles: 1\n" in world.read("dvc.lock")
    assert world.dvc(["stage", "add", "-q", "-n", "use", "-d", "ds://nowhere", "-o", "out", "echo >out"]).ok
    failed = world.dvc("status")
    assert failed.code == 1
    assert "nowhere" in failed.err


def test_a_source_is_asked_once_however_many_imports_come_from_it(world: World, source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    url = source.path.as_uri()
    for path in ("f.txt", "data/a", "data/deep"):
        assert world.dvc(f"import {url} {path} -o {path.replace('/', '_')}").ok
    change(source, "two")
    asked: list[str] = []
    fetch_bare = process.fetch_bare

    def counted(path: str, *rest: Any) -> None:
        asked.append(path)
        fetch_bare(path, *rest)

    monkeypatch.setattr(process, "fetch_bare", counted)
    assert set(world.dvc("status --json").json) == {"f.txt.dvc", "data_a.dvc", "data_deep.dvc"}
    assert len(asked) == 1
    assert world.dvc("update f.txt.dvc data_a.dvc data_deep.dvc").ok
    assert len(asked) == 2
    assert world.read("f.txt") == "two"
    assert world.dvc("status --json").json == {}


def test_which_remote_the_data_comes_from_is_recorded_behind_the_commit(world: World, source: Source) -> None:
    store = world.base / "store"
    with source:
        assert world.dvc(["push", "-q", "-r", "store"]).code == 1  # nobody configured it
        assert world.dvc(["remote", "add", "-q", "-d", "store", str(store)]).ok
        assert world.dvc("push -q").ok
        world.commit("remote")
    url, lock = source.path.as_uri(), head(world, source)
    shutil.rmtree(source.path / ".dvc" / "cache")
    assert world.dvc(f"import {url} f.txt --remote store").ok
    assert f"    rev_lock: {lock}\n    remote: store\n" in world.read("f.txt.dvc")
    assert world.dvc(f"import -f {url} f.txt --remote-config url={store}").ok
    assert f"    rev_lock: {lock}\n    remote:\n      url: {store}\n" in world.read("f.txt.dvc")
    shutil.rmtree(world.path / ".dvc" / "cache")
    (world.path / "f.txt").unlink()
    assert world.dvc("pull -q").ok
    assert world.read("f.txt") == "one"
    for words in (f"import -f {url} f.txt --remote nowhere", f"get {url} f.txt -o x --remote nowhere", f"list {url} --remote nowhere"):
        refused = world.dvc(words)
        assert (refused.code, "remote 'nowhere' is not configured" in refused.err) == (1, True)


def test_an_import_can_be_noted_down_before_its_source_is_there(world: World) -> None:
    world.project()
    later = world.ext / "later.txt"
    assert world.dvc(f"import-url {later} --no-exec").ok
    assert not world.exists("later.txt")
    later.write_text("here")
    assert world.dvc("update -q later.txt.dvc").ok
    assert world.read("later.txt") == "here"
    refused = world.dvc(f"import-url {later} other.txt --fs-config user=me")
    assert (refused.code, "no option `user`" in refused.err) == (1, True)


@pytest.mark.parametrize("command", ["update", "status", "checkout", "commit", "fetch", "pull"])
def test_a_folder_with_nothing_tracked_in_it_is_no_mistake(world: World, command: str) -> None:
    world.project()
    world.write("empty/.gitkeep", "")
    assert world.dvc(["remote", "add", "-q", "-d", "store", str(world.base / "store")]).ok
    assert world.dvc(f"{command} -R empty").ok
    assert world.dvc(f"{command} -R .").ok
    assert not world.dvc(f"{command} -R nowhere").ok
