"""The survey: kinds, contents, what the index saves, paths outside of the project."""

import os
from dataclasses import dataclass
from hashlib import md5
from pathlib import Path

import pytest

from dvc import engine
from dvc.engine.contract import Rule
from dvc.model.hashes import MD5, MD5_DOS2UNIX, Oid, TreeId
from dvc.workspace import memory
from dvc.workspace.survey import Place, survey

OLD = 1_600_000_000_000_000_000


@dataclass(frozen=True)
class Here:
    """A stand-in for a project: a folder."""

    root: str

    @property
    def tmp_dir(self) -> str:
        return os.path.join(self.root, ".dvc/tmp")

    @property
    def index_path(self) -> str:
        return os.path.join(self.tmp_dir, "index")

    @property
    def temp(self) -> str:
        return os.path.join(self.tmp_dir, "place")

    def rules(self, base: str) -> tuple[Rule, ...]:
        return (Rule("", "(?:.*/)?[^/]*\\.tmp", False, False),)


@pytest.fixture
def here(tmp_path: Path) -> Here:
    root = tmp_path / "work"
    (root / "d/sub").mkdir(parents=True)
    for name, text in {"f": "file", "d/a": "a", "d/sub/b": "b", "d/c.tmp": "ignored"}.items():
        (root / name).write_text(text)
        os.utime(root / name, ns=(OLD, OLD))
    os.symlink("nowhere", root / "dangling")
    (tmp_path / "outside").write_text("far")
    os.utime(tmp_path / "outside", ns=(OLD, OLD))
    return Here(str(root))


def digest(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()


def test_kinds_and_contents(here: Here) -> None:
    found = survey(here, [Place("f"), Place("d"), Place("gone"), Place("dangling"), Place("../outside")])
    assert {path: seen.kind for path, seen in found.items()} == {
        "f": "file",
        "d": "folder",
        "gone": "missing",
        "dangling": "other",
        "../outside": "file",
    }
    file, folder = found["f"].content, found["d"].content
    assert file is not None
    assert folder is not None
    assert (file.oid, file.size, file.isexec) == (Oid(MD5, digest("file")), 4, False)
    assert (folder.size, folder.nfiles) == (2, 2)
    assert found["d"].manifest is not None
    assert folder.oid == TreeId(MD5, found["d"].manifest.hex())
    assert found["d"].manifest.paths() == ["a", "sub/b"]


def test_the_index_saves_the_reading(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    places = [Place("f"), Place("d"), Place("../outside")]
    first = survey(here, places)
    monkeypatch.setattr(engine, "hash", lambda *_, **__: pytest.fail("nothing is to be read again"))
    again = survey(here, places)
    assert {path: again[path].content for path in again} == {path: first[path].content for path in first}


def test_without_hashing_nothing_is_read_or_written(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "hash", lambda *_, **__: pytest.fail("nothing is to be read"))
    found = survey(here, [Place("f"), Place("d")], hash=False)
    assert found["f"].content is None
    assert found["d"].kind == "folder"
    assert not os.path.exists(here.tmp_dir)


def test_one_path_under_two_hashes(here: Here) -> None:
    Path(here.root, "f").write_bytes(b"a\r\nb\r\n")
    found = survey(here, [Place("f"), Place("f", MD5_DOS2UNIX)])
    plain, old = found.at(Place("f")).content, found.at(Place("f", MD5_DOS2UNIX)).content
    assert plain is not None
    assert old is not None
    assert plain.oid == Oid(MD5, digest("a\r\nb\r\n"))
    assert old.oid == Oid(MD5_DOS2UNIX, digest("a\nb\n"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_folder_that_cannot_be_read_whole_has_no_content(here: Here) -> None:
    Path(here.root, "d/a").chmod(0)
    seen = survey(here, [Place("d")])["d"]
    assert seen.content is None
    assert seen.problems


def test_a_project_that_cannot_be_written_is_surveyed_all_the_same(here: Here) -> None:
    Path(here.root, ".dvc").write_text("a file where the folder should be")
    found = survey(here, [Place("f")])
    assert found["f"].content is not None


def test_memory_keeps_odd_names_and_forgets(tmp_path: Path) -> None:
    odd = os.fsdecode(b"n\xff\nl")
    memory.remember(str(tmp_path), ["a", odd])
    memory.remember(str(tmp_path), ["b"])
    assert memory.recall(str(tmp_path)) == {"a", odd, "b"}
    memory.forget(str(tmp_path), [odd])
    assert memory.recall(str(tmp_path)) == {"a", "b"}
    memory.remember(str(tmp_path), ["c"], only=True)
    assert memory.recall(str(tmp_path)) == {"c"}
    assert memory.recall(str(tmp_path / "none")) == frozenset()
