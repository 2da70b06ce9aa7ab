"""Changes to metadata files: all or none, in order, and nothing of the user's text lost."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from dvc.exceptions import EngineProblem, FormatProblem
from dvc.formats.lock import LockEntry, Recorded
from dvc.model.stage import Content, Out, PathDep, Stage
from dvc.project import files
from dvc.project.edits import Edits, stage_in_git
from dvc.values import replace
from tests.unit.project.conftest import HEX, Place


def test_new_data(repo: Place) -> None:
    edits = Edits(repo.open())
    edits.put_data(Stage(file="a/b.dvc", outs=(Out("b"),)))
    (repo.path / "a").mkdir()
    edits.ignore("a/b")
    assert edits.commit() == ("a/.gitignore", "a/b.dvc")
    assert repo.read("a/.gitignore") == "/b\n"
    assert repo.read("a/b.dvc") == "outs:\n- hash: md5\n  path: b\n"
    again = Edits(repo.open())
    again.put_data(Stage(file="a/b.dvc", outs=(Out("b"),)))
    again.ignore("a/b")
    assert again.commit() == ()


def test_comments_stay(place: Place) -> None:
    place.write("x.dvc", f"# mine\nouts:\n- md5: {HEX}\n  hash: md5\n  path: x\n")
    project = place.open()
    (stage,) = project.workspace().stages()
    edits = Edits(project)
    edits.put_data(replace(stage, outs=(replace(stage.outs[0], content=replace(stage.outs[0].content, size=7)),)))
    assert edits.commit() == ("x.dvc",)
    assert place.read("x.dvc").startswith("# mine\nouts:\n")
    assert "size: 7" in place.read("x.dvc")


def test_move_takes_the_text_along(place: Place) -> None:
    place.write("x.dvc", f"# mine\nouts:\n- md5: {HEX}\n  hash: md5\n  path: x\n")
    project = place.open()
    (stage,) = project.workspace().stages()
    edits = Edits(project)
    edits.put_data(replace(stage, file="sub/y.dvc", outs=(replace(stage.outs[0], path="y"),)), instead_of="x.dvc")
    assert edits.commit() == ("sub/y.dvc", "x.dvc")
    assert place.read("sub/y.dvc").startswith("# mine\n")
    assert not (place.path / "x.dvc").exists()


def test_rules_of_the_user_are_enough(repo: Place) -> None:
    repo.write(".gitignore", "*.bin\n/old")
    repo.write("sub/x", "")
    edits = Edits(repo.open())
    for path in ("a.bin", "b", "old", "sub/c", "sub/d.bin", "none/e"):
        edits.ignore(path)
    assert edits.commit() == (".gitignore", "sub/.gitignore")
    assert repo.read(".gitignore") == "*.bin\n/old\n/b\n"
    assert repo.read("sub/.gitignore") == "/c\n"


def test_unignore(repo: Place) -> None:
    repo.write(".gitignore", "/a\n# keep\n")
    repo.write("sub/.gitignore", "/b\n")
    edits = Edits(repo.open())
    for path in ("a", "sub/b", "c"):
        edits.unignore(path)
    assert edits.commit() == (".gitignore", "sub/.gitignore")
    assert repo.read(".gitignore") == "# keep\n"
    assert not (repo.path / "sub/.gitignore").exists()


def test_one_folder_takes_and_gives_entries(repo: Place) -> None:
    repo.write(".gitignore", "/old\n")
    edits = Edits(repo.open())
    edits.unignore("old")
    edits.ignore("new")
    assert edits.commit() == (".gitignore",)
    assert repo.read(".gitignore") == "/new\n"


def test_without_git_nothing_is_ignored(place: Place) -> None:
    edits = Edits(place.open())
    edits.ignore("a")
    edits.unignore("b")
    assert edits.commit() == ()


def test_pipeline_and_lock(place: Place) -> None:
    stage = Stage(file="dvc.yaml", name="s", cmd="c", deps=(PathDep("d"),), outs=(Out("o"),))
    edits = Edits(place.open())
    edits.put_pipeline_stage(stage)
    edits.put_lock(stage, LockEntry(cmd="c", outs=(Recorded("o", Content()),)))
    edits.put_pipeline_stage(replace(stage, name="t", outs=()))
    edits.put_lock(replace(stage, name="t"), LockEntry(cmd="c"))
    assert edits.commit() == ("dvc.yaml", "dvc.lock")
    assert [each.address for each in place.open().workspace().stages()] == ["s", "t"]
    edits = Edits(place.open())
    edits.set_frozen(stage, True)
    assert edits.commit() == ("dvc.yaml",)
    assert [each.frozen for each in place.open().workspace().stages()] == [True, False]
    edits = Edits(place.open())
    edits.remove_pipeline_stage("dvc.yaml", "s")
    assert edits.commit() == ("dvc.yaml", "dvc.lock")
    edits = Edits(place.open())
    edits.remove_pipeline_stage("dvc.yaml", "t")
    assert edits.commit() == ("dvc.lock", "dvc.yaml")
    assert not (place.path / "dvc.lock").exists()
    assert not (place.path / "dvc.yaml").exists()


def test_nothing_is_written_if_one_edit_fails(repo: Place) -> None:
    repo.write("bad.dvc", "outs: [\n")
    before = sorted(os.listdir(repo.path))
    edits = Edits(repo.open())
    edits.put_data(Stage(file="a.dvc", outs=(Out("a"),)))
    edits.ignore("a")
    edits.put_data(Stage(file="bad.dvc", outs=(Out("bad"),)))
    with pytest.raises(FormatProblem, match=r"bad\.dvc"):
        edits.commit()
    assert sorted(os.listdir(repo.path)) == before


@pytest.mark.parametrize("fails_at", range(1, 6))
def test_a_write_that_fails_leaves_whole_files(repo: Place, monkeypatch: pytest.MonkeyPatch, fails_at: int) -> None:
    repo.write(".gitignore", "/gone\n")
    repo.data("gone")
    repo.data("kept")
    kept = repo.read("kept.dvc")
    edits = Edits(repo.open())
    edits.put_data(Stage(file="kept.dvc", outs=(Out("kept"),)))
    edits.ignore("kept")
    edits.remove_data("gone.dvc")
    edits.unignore("gone")
    calls = 0

    def counted(real: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **options: object) -> object:
            nonlocal calls
            calls += 1
            if calls == fails_at:
                raise OSError(28, os.strerror(28))
            return real(*arguments, **options)

        return call

    monkeypatch.setattr(os, "replace", counted(os.replace))
    monkeypatch.setattr(os, "unlink", counted(os.unlink))
    if fails_at <= 4:
        with pytest.raises(EngineProblem, match="space"):
            edits.commit()
    else:
        edits.commit()
    monkeypatch.undo()
    assert repo.read("kept.dvc") in (kept, "outs:\n- hash: md5\n  path: kept\n")
    assert repo.read(".gitignore") in ("/gone\n", "/gone\n/kept\n", "/kept\n")
    if not (repo.path / "gone.dvc").exists():
        assert "/kept" in repo.read(".gitignore")
    if "/gone" not in repo.read(".gitignore"):
        assert not (repo.path / "gone.dvc").exists()


def test_autostage(repo: Place) -> None:
    repo.write("a", "x")
    assert not stage_in_git(repo.open(), ["a"])
    repo.write(".dvc/config", "[core]\n    autostage = true\n")
    assert stage_in_git(repo.open(), ["a"])
    assert repo.git("status", "--porcelain", "a") == "A  a\n"
    assert not stage_in_git(repo.open(), [])


# --- single files


def test_atomic_write_keeps_mode_and_link(tmp_path: Path) -> None:
    target = tmp_path / "real"
    target.write_text("old")
    target.chmod(0o640)
    link = tmp_path / "link"
    link.symlink_to("real")
    files.atomic_write(str(link), "new")
    assert link.is_symlink()
    assert target.read_text() == "new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert sorted(os.listdir(tmp_path)) == ["link", "real"]


def test_atomic_write_takes_any_name(tmp_path: Path) -> None:
    path = str(tmp_path / ("x" * 255))
    files.atomic_write(path, b"1")
    files.atomic_write(path, b"2")
    assert files.read(path) == b"2"


def test_atomic_write_into_nowhere(tmp_path: Path) -> None:
    with pytest.raises(EngineProblem, match="shown") as error:
        files.atomic_write(str(tmp_path / "none" / "x"), "1", shown="shown")
    assert error.value.kind == "missing"


def test_remove(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    assert files.remove(str(tmp_path / "a"))
    assert not files.remove(str(tmp_path / "a"))
    with pytest.raises(EngineProblem):
        files.remove(str(tmp_path))
