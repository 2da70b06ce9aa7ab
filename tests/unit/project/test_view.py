"""The stages of the workspace and of commits."""

from unittest import mock

import pytest

from dvc.exceptions import DvcException, FormatProblem, GitProblem, OutputOverlap, TargetIgnored, TargetNotFound, TargetOutside
from dvc.model.hashes import MD5, Oid
from dvc.project import overlap
from dvc.project.targets import Target, select
from tests.unit.project.conftest import HEX, Place

PIPELINE = """\
stages:
  prepare:
    cmd: ./prepare
    deps:
    - raw.csv
    outs:
    - ./clean/
  train:
    cmd: ./train
    deps:
    - clean/a.csv
    params:
    - lr
    outs:
    - model
"""
LOCK = f"""\
schema: '2.0'
stages:
  prepare:
    cmd: ./old
    outs:
    - path: clean
      hash: md5
      md5: {HEX}.dir
  train:
    cmd: ./train
    params:
      params.yaml:
        lr: 1
"""


def addresses(targets: tuple[Target, ...]) -> list[str]:
    return [target.stage.address for target in targets]


def test_order_and_what_is_left_out(place: Place) -> None:
    for path in ("z", "a/y", "a/b/x", "ignored/x", "other/x", ".git/x"):
        place.data(path)
    place.write("a/dvc.yaml", "stages:\n  s:\n    cmd: c\n")
    place.write("other/.dvc/config", "")
    place.write(".dvcignore", "ignored\n")
    place.write("a/b/.dvcignore", "q.dvc\n")
    place.data("a/b/q")
    place.write("a/notes.dvc.txt", "")
    (place.path / "folder.dvc").mkdir()
    (place.path / "link").symlink_to("a")
    assert place.open().workspace().files() == ("z.dvc", "a/dvc.yaml", "a/y.dvc", "a/b/x.dvc")


def test_tracked_folders_are_not_looked_into(place: Place) -> None:
    place.data("data")
    place.data("data/inner")
    place.write("pipe/dvc.yaml", "stages:\n  s:\n    cmd: c\n    wdir: ..\n    outs:\n    - made\n")
    place.data("made/inner")
    view = place.open().workspace()
    assert view.files() == ("data.dvc", "pipe/dvc.yaml")
    assert view.stages_of("data/inner.dvc")[0].file == "data/inner.dvc"


def test_lock_is_merged(place: Place) -> None:
    place.write("dvc.yaml", PIPELINE)
    place.write("dvc.lock", LOCK)
    prepare, train = place.open().workspace().stages()
    assert prepare.recorded
    assert prepare.recorded_cmd == "./old"
    assert prepare.outs[0].content.oid is not None
    assert prepare.outs[0].content.oid.hex == HEX
    assert train.outs[0].content.oid is None
    assert train.params[0].values == {"lr": 1}


def test_without_a_lock(place: Place) -> None:
    place.write("dvc.yaml", PIPELINE)
    assert [stage.recorded for stage in place.open().workspace().stages()] == [False, False]


def test_templates(place: Place) -> None:
    place.write("params.yaml", "names: [a, b]\n")
    place.write("dvc.yaml", "stages:\n  g:\n    foreach: ${names}\n    do:\n      cmd: echo ${item}\n      outs:\n      - ${item}.txt\n")
    view = place.open().workspace()
    assert [stage.address for stage in view.stages()] == ["g@a", "g@b"]
    assert addresses(select(view, ["g"])) == ["g@a", "g@b"]
    assert addresses(select(view, ["b.txt"])) == ["g@b"]


def test_one_bad_stage_leaves_the_others(place: Place) -> None:
    place.write("dvc.yaml", "stages:\n  good:\n    cmd: c\n  bad:\n    cmd: ${nope}\n")
    view = place.open().workspace()
    assert addresses(select(view, ["good"])) == ["good"]
    with pytest.raises(DvcException, match="nope"):
        view.stages()


def test_one_broken_file_leaves_the_others(place: Place) -> None:
    place.data("good")
    place.write("sub/bad.dvc", "outs: [\n")
    view = place.open("sub").workspace()
    assert addresses(select(view, ["../good.dvc"])) == ["good.dvc"]
    assert view.files() == ("good.dvc", "sub/bad.dvc")
    with pytest.raises(FormatProblem, match=r"'bad.dvc', line"):
        view.stages()


def test_text_that_is_not_utf8(place: Place) -> None:
    place.write("bad.dvc", b"outs:\n- path: \xff\n")
    with pytest.raises(FormatProblem, match="UTF-8"):
        place.open().workspace().stages()


def test_owner_and_below(place: Place) -> None:
    place.data("a/b")
    place.data("a/c")
    view = place.open().workspace()
    owners = [view.owner(path) for path in ("a/b", "a/b/in/it", "a", "a/bc")]
    assert [owner and owner[0].file for owner in owners] == ["a/b.dvc", "a/b.dvc", None, None]
    assert list(view.outs_below("a")) == ["a/b", "a/c"]
    assert [stage.file for stage in view.producers("a")] == ["a/b.dvc", "a/c.dvc"]
    assert [stage.file for stage in view.producers("a/b/in")] == ["a/b.dvc"]


def test_the_workspace_needs_no_process(repo: Place) -> None:
    repo.data("a")
    with mock.patch("subprocess.Popen", side_effect=AssertionError):
        project = repo.open()
        assert len(project.workspace().stages()) == 1
        assert project.git is not None
        assert project.git.branch() == "main"


def test_an_output_that_is_ignored(place: Place) -> None:
    place.data("a/x")
    place.data("b")
    place.write("a/.dvcignore", "# no\nx\n")
    view = place.open().workspace()
    assert addresses(select(view, ["b.dvc"])) == ["b.dvc"]
    with pytest.raises(FormatProblem, match=r"'a/x.dvc': its output 'a/x' is ignored by 'a/.dvcignore:2:x'"):
        view.stages()


# --- revisions


def test_a_commit(repo: Place) -> None:
    repo.data("d/a")
    repo.write(".dvcignore", "/ignored\n")
    repo.data("ignored/x")
    repo.data("data")
    repo.data("data/inner")
    repo.write("dvc.yaml", PIPELINE)
    repo.write("dvc.lock", LOCK)
    repo.write("d/note", "text")
    repo.commit()
    (repo.path / "d/a.dvc").unlink()
    repo.write("dvc.yaml", "broken: [")
    repo.write(".dvcignore", "d\n")
    with mock.patch("subprocess.run", side_effect=AssertionError):
        view = repo.open("d").at("HEAD")
        assert view.files() == ("data.dvc", "dvc.yaml", "d/a.dvc")
        assert [stage.address for stage in view.stages()] == ["data.dvc", "prepare", "train", "d/a.dvc"]
    assert view.stages()[0].outs[0].content.oid == Oid(MD5, HEX)
    assert view.read("d/note") == b"text"
    assert view.read("none") is None
    assert view.kind("d") == "folder"
    assert [item.name for item in view.items("d") or ()] == ["a.dvc", "note"]
    assert view.name == "HEAD"


def test_a_commit_of_a_project_in_a_sub_folder(repo: Place) -> None:
    repo.write("team/.dvc/config", "")
    repo.data("team/a")
    repo.data("outer")
    repo.commit()
    view = repo.open("team").at("main")
    assert view.files() == ("a.dvc",)
    assert repo.open().at("main").files() == ("outer.dvc",)


def test_errors_of_a_commit(repo: Place) -> None:
    repo.write("bad.dvc", "outs: [\n")
    repo.commit()
    with pytest.raises(GitProblem, match="'nope'"):
        repo.open().at("nope")
    with pytest.raises(FormatProblem, match="HEAD"):
        repo.open().at("HEAD").stages()


# --- targets


def test_select(place: Place) -> None:
    place.data("raw.csv")
    place.data("sub/x")
    place.write("dvc.yaml", PIPELINE)
    place.write("sub/dvc.yaml", "stages:\n  s:\n    cmd: c\n")
    view = place.open().workspace()
    assert addresses(select(view, [])) == ["prepare", "train", "raw.csv.dvc", "sub/dvc.yaml:s", "sub/x.dvc"]
    assert addresses(select(view, ["train", "raw.csv.dvc", "train"])) == ["train", "raw.csv.dvc"]
    assert addresses(select(view, ["sub/dvc.yaml:s", "dvc.yaml:train", ":train"])) == ["sub/dvc.yaml:s", "train"]
    assert addresses(select(view, ["dvc.yaml"])) == ["prepare", "train"]
    assert addresses(select(view, ["train"], with_deps=True)) == ["raw.csv.dvc", "prepare", "train"]
    assert addresses(select(view, ["sub"], recursive=True)) == ["sub/dvc.yaml:s", "sub/x.dvc"]
    (inner,) = select(view, ["clean/deep/a.csv"])
    assert (inner.stage.address, inner.out and inner.out.path, inner.inner) == ("prepare", "./clean/", "deep/a.csv")
    (whole,) = select(view, ["clean"])
    assert (whole.out and whole.out.path, whole.inner) == ("./clean/", None)
    below = place.open("sub").workspace()
    assert addresses(select(below, ["s", "x", "../model"])) == ["sub/dvc.yaml:s", "sub/x.dvc", "train"]


def test_select_refusals(place: Place) -> None:
    place.data("a/x")
    place.data("gone/x")
    place.write(".dvcignore", "gone\n")
    place.write("dvc.yaml", PIPELINE)
    view = place.open().workspace()
    for text in ("nope", "nope.dvc", "dvc.yaml:nope", "a", "clean/x:y"):
        if text == "clean/x:y":
            assert select(view, [text])[0].inner == "x:y"
            continue
        with pytest.raises(TargetNotFound, match=r"nope|'a'"):
            select(view, [text])
    with pytest.raises(TargetNotFound):
        select(view, ["clean/inner"], granular=False)
    with pytest.raises(TargetIgnored):
        select(view, ["gone/x.dvc"])
    with pytest.raises(TargetOutside):
        select(view, ["../x"])


# --- overlaps


def stages(place: Place, text: str) -> list[str]:
    place.write("dvc.yaml", text)
    project = place.open()
    with pytest.raises(OutputOverlap) as error:
        overlap.check(project.workspace().stages(), project.shown)
    return error.value.message.split("'")[1::2]


def test_overlaps_name_both_owners(place: Place) -> None:
    place.write("q.dvc", f"outs:\n- md5: {HEX}\n  path: a/b\n")
    assert stages(place, "stages:\n  s:\n    cmd: c\n    outs: [a/b]\n") == ["a/b", "s", "dvc.yaml", "q.dvc"]
    assert stages(place, "stages:\n  s:\n    cmd: c\n    outs: [a]\n") == ["a/b", "q.dvc", "a", "s", "dvc.yaml"]
    assert stages(place, "stages:\n  s:\n    cmd: c\n    outs: [a/b/c/d]\n") == ["a/b/c/d", "s", "dvc.yaml", "a/b", "q.dvc"]
    assert stages(place, "stages:\n  s:\n    cmd: c\n    outs: [x, ./x]\n") == ["x", "s", "dvc.yaml"]


def test_neighbours_do_not_overlap(place: Place) -> None:
    for path in ("a", "ab", "a.b", "b/a"):
        place.data(path)
    project = place.open()
    overlap.check(project.workspace().stages(), project.shown)
