"""Finding the project, and how its paths are spelled."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dvc.exceptions import ConfigProblem, GitProblem, NotInProject, TargetOutside, TargetProblem
from dvc.project.project import discover
from tests.unit.project.conftest import Place


def test_found_from_below_and_from_behind_a_link(place: Place) -> None:
    (place.path / "a/b").mkdir(parents=True)
    assert place.open("a/b").root == str(place.path)
    (place.path.parent / "link").symlink_to(place.path / "a")
    project = discover(str(place.path.parent / "link"), place.environ)
    assert (project.root, project.folder) == (str(place.path), "a")


def test_the_nearest_project_wins(place: Place) -> None:
    place.write("sub/.dvc/config", "")
    assert place.open("sub").root == str(place.path / "sub")


def test_no_project(tmp_path: Path) -> None:
    with pytest.raises(NotInProject, match="not inside of a DVC repository"):
        discover(str(tmp_path), {})


def test_a_file_called_dvc_is_no_project(tmp_path: Path) -> None:
    (tmp_path / ".dvc").write_text("")
    with pytest.raises(NotInProject):
        discover(str(tmp_path), {})


@pytest.mark.parametrize(
    ("cwd", "target", "path"),
    [
        (".", "x", "x"),
        (".", "./a//b/", "a/b"),
        ("a", "../x", "x"),
        ("a", "x", "a/x"),
        ("a", "..", ""),
        (".", ".", ""),
        (".", "-x", "-x"),
        (".", "new\nline", "new\nline"),
        (".", "a/../../work/x", "x"),
        (".", "..x", "..x"),
    ],
)
def test_path_of(place: Place, cwd: str, target: str, path: str) -> None:
    (place.path / "a").mkdir()
    project = place.open(cwd)
    assert project.path_of(target) == path
    assert project.path_of(os.path.join(project.cwd, target)) == path


@pytest.mark.parametrize("target", ["..", "../x", "/", "/etc/passwd", "../work2/x", "a/../../x"])
def test_outside(place: Place, target: str) -> None:
    with pytest.raises(TargetOutside, match="outside of the project"):
        place.open().path_of(target)


def test_an_empty_target(place: Place) -> None:
    with pytest.raises(TargetProblem, match="empty"):
        place.open().path_of("")


def test_absolute_by_another_name(place: Place) -> None:
    (place.path.parent / "link").symlink_to(place.path)
    assert place.open().path_of(str(place.path.parent / "link" / "x")) == "x"


def test_shown(place: Place) -> None:
    (place.path / "a/b").mkdir(parents=True)
    assert place.open().shown("a/x") == "a/x"
    assert place.open().shown("") == "."
    assert place.open().shown("../x") == str(place.path.parent / "x")
    below = place.open("a/b")
    assert below.shown("../x") == str(place.path.parent / "x")
    assert [below.shown(path) for path in ("x", "a/x", "a/b/x", "", "s3://b/x", "/abs")] == [
        "../../x",
        "../x",
        "x",
        "../..",
        "s3://b/x",
        "/abs",
    ]


def test_linked_parent(place: Place) -> None:
    (place.path / "real/deep").mkdir(parents=True)
    (place.path / "link").symlink_to("real")
    project = place.open()
    assert project.linked_parent("link/deep/x") == "link"
    assert project.linked_parent("real/deep/x") is None
    assert project.linked_parent("link") is None


def test_git_paths_of_a_project_in_a_sub_folder(repo: Place) -> None:
    repo.write("team/.dvc/config", "")
    project = repo.open("team")
    assert project.git is not None
    assert project.git.root == str(repo.path)
    assert project.git_path("a") == "team/a"
    assert project.git_path("") == "team"
    assert [project.from_git(path) for path in ("team/a", "team", "teams/a", "b")] == ["a", "", None, None]
    assert repo.open().git_path("a") == "a"
    assert repo.open().git_path("") == ""


def test_without_git(place: Place) -> None:
    assert place.open().git is None
    with pytest.raises(GitProblem, match="not in a Git repository"):
        place.open().at("HEAD")


def test_no_scm_leaves_git_alone(repo: Place) -> None:
    repo.write(".dvc/config", "[core]\n    no_scm = True\n")
    assert repo.open().git is None


def test_settings(place: Place) -> None:
    project = place.open()
    assert project.cache_dir == str(place.path / ".dvc/cache")
    assert project.config.link_types() == ("reflink", "copy")
    assert project.config.dir_mode == 0o777
    place.write("../system/config", "[cache]\n    type = copy\n    shared = group\n[core]\n    remote = a\n    autostage = true\n")
    place.write("../global/config", "[core]\n    remote = b\n")
    place.write(".dvc/config", "[cache]\n    dir = ../../c\n[core]\n    remote = c\n['remote \"c\"']\n    url = ../../r\n")
    place.write(
        ".dvc/config.local", "[cache]\n    type = hardlink,copy\n['remote \"c\"']\n    verify = true\n['remote \"s\"']\n    url = s3://b\n"
    )
    config = place.open().config
    assert config.get("core", "remote") == "c"
    assert config.cache_dir == str(place.path.parent / "c")
    assert config.link_types() == ("hardlink", "copy")
    assert config.dir_mode == 0o2775
    assert config.boolean("core", "autostage")
    assert config.remotes() == {"c": {"url": str(place.path.parent / "r"), "verify": "true"}, "s": {"url": "s3://b"}}


@pytest.mark.parametrize(
    "text", ["[core\n", "[core]\n    nope = 1\n", "[nope]\n    a = 1\n", "[core]\n    autostage = perhaps\n", b"\xff\n"]
)
def test_bad_settings_name_the_file(place: Place, text: str | bytes) -> None:
    place.write(".dvc/config", text)
    with pytest.raises(ConfigProblem, match=r"\.dvc/config"):
        place.open()


def test_finding_a_project_imports_little(repo: Place) -> None:
    code = "import os, sys; from dvc.project.project import discover; discover(os.getcwd(), os.environ); print(*sys.modules)"
    source = str(Path(__file__).parents[3] / "src")
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=repo.path, env=repo.environ | {"PYTHONPATH": source}, capture_output=True, text=True, check=True
    )
    assert not {"yaml", "ruamel", "subprocess", "threading", "secrets", "json"} & set(done.stdout.split())
