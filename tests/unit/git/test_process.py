"""The git adaptor against the real `git`."""

import os
import subprocess
from pathlib import Path

import pytest

from dvc.exceptions import GitProblem
from dvc.git import process
from dvc.git.port import Git


class Repo:
    """A repository in a folder, and `run` for plain git."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        self.environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(path.parent),
            "GIT_CONFIG_NOSYSTEM": "1",
            **{f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in (("NAME", "n"), ("EMAIL", "e@x"))},
            "GIT_AUTHOR_DATE": "2024-01-01T00:00:00Z",
            "GIT_COMMITTER_DATE": "2024-01-01T00:00:00Z",
        }

    def run(self, *arguments: str, date: str | None = None) -> str:
        environ = self.environ | ({"GIT_COMMITTER_DATE": date} if date else {})
        done = subprocess.run(["git", *arguments], cwd=self.path, env=environ, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def write(self, path: str, text: str) -> None:
        target = self.path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def commit(self, *, date: str | None = None) -> str:
        self.run("add", "-A")
        self.run("commit", "-q", "--allow-empty", "-m", "c", date=date)
        return self.run("rev-parse", "HEAD")

    def open(self) -> Git:
        git = process.find(str(self.path), self.environ)
        assert git is not None
        return git


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = Repo(tmp_path / "repo")
    made.run("init", "-q", "-b", "main")
    return made


def test_no_repository(tmp_path: Path) -> None:
    assert process.find(str(tmp_path), {}) is None


def test_an_empty_git_folder_is_no_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert process.find(str(tmp_path), {}) is None


def test_before_the_first_commit(repo: Repo) -> None:
    git = repo.open()
    assert git.head() is None
    assert git.branch() == "main"
    assert git.branches() == []
    assert git.all_commits() == []
    with pytest.raises(GitProblem, match="unknown Git revision 'HEAD'"):
        git.resolve("HEAD")
    git.close()


def test_revisions(repo: Repo) -> None:
    repo.write("a", "1")
    first = repo.commit(date="2024-01-01T12:00:00Z")
    repo.run("tag", "v1")
    repo.write("a", "2")
    second = repo.commit(date="2024-02-01T00:00:00Z")
    repo.run("branch", "team/x", "v1")
    git = repo.open()
    assert git.head() == second
    assert git.resolve("v1") == git.resolve("HEAD~1") == git.resolve(first[:8]) == first
    assert sorted(git.branches()) == ["main", "team/x"]
    assert git.tags() == ["v1"]
    assert git.commits("HEAD", 1) == [second]
    assert git.commits("HEAD", -1) == [second, first]
    assert git.commits_since("2024-01-15") == [second]
    assert set(git.commits_since("2024-01-01")) == {first, second}
    assert set(git.all_commits()) == {first, second}
    git.close()


@pytest.mark.parametrize("rev", ["nope", "", " ", "-x", "a\nHEAD", "HEAD^{tree}", "HEAD:a", "--all"])
def test_what_is_no_revision(repo: Repo, rev: str) -> None:
    repo.write("a", "1")
    repo.commit()
    git = repo.open()
    with pytest.raises(GitProblem):
        git.resolve(rev)
    assert git.resolve("HEAD")
    git.close()


def test_a_detached_head_has_no_branch(repo: Repo) -> None:
    repo.commit()
    repo.run("checkout", "-q", "--detach")
    git = repo.open()
    assert git.branch() is None
    assert git.head() is not None
    git.close()


ODD = ["plain", "with blank", "new\nline", "-dash", ":colon", "*.bin", "quote'\"", "ünï", "tab\tx", "[x]"]


def test_reading_trees_with_any_name(repo: Repo) -> None:
    for name in ODD:
        repo.write(f"d/{name}", name)
    repo.commit()
    git = repo.open()
    rows = git.tree("HEAD", "d")
    assert rows is not None
    assert sorted(row.name for row in rows) == sorted(ODD)
    for name in ODD:
        assert git.read("HEAD", f"d/{name}") == name.encode()
    assert git.read("HEAD", "d") is None
    assert git.read("HEAD", "d/none/deeper") is None
    assert git.read("HEAD", "d/plain/deeper") is None
    assert git.tree("HEAD", "none") is None
    assert git.tree("HEAD", "d/plain") is None
    git.close()


def test_a_repository_with_sha256(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo")
    repo.run("init", "-q", "-b", "main", "--object-format=sha256")
    repo.write("d/a", "1")
    sha = repo.commit()
    git = repo.open()
    assert len(sha) == 64
    assert git.resolve("HEAD") == sha
    assert git.read("HEAD", "d/a") == b"1"
    git.close()


def test_many_blobs_at_once(repo: Repo) -> None:
    for number in range(1300):
        repo.write(f"d/{number}", f"{number} " + "x" * 300)
    repo.commit()
    git = repo.open()
    rows = git.tree("HEAD", "d")
    assert rows is not None
    blobs = git.read_blobs(row.sha for row in rows)
    assert {row.name: blobs[row.sha][: len(row.name)].decode() for row in rows} == {row.name: row.name for row in rows}
    git.close()


def test_tracked_and_ignored_take_paths_as_they_are(repo: Repo) -> None:
    repo.write(".gitignore", "out/\n*.log\n")
    for name in ODD:
        repo.write(name, "x")
    repo.write("d/e/f", "x")
    repo.commit()
    git = repo.open()
    assert git.tracked([*ODD, "d", "d/e", "d/e/f", "none", "d/none", "?lain"]) == {*ODD, "d", "d/e", "d/e/f"}
    assert git.ignored(["out/x", "a.log", ":x.log", "[x].log", "plain", "new\nline.log"]) == {
        "out/x",
        "a.log",
        ":x.log",
        "[x].log",
        "new\nline.log",
    }
    assert git.ignored([]) == set()


def test_untracked(repo: Repo) -> None:
    repo.write(".gitignore", "*.log\n")
    repo.commit()
    repo.write("d/new", "x")
    repo.write("x.log", "x")
    git = repo.open()
    assert git.untracked() == ["d/new"]
    assert git.untracked("d") == ["d/new"]
    assert git.untracked("e") == []


def test_add_stages_new_and_gone_files(repo: Repo) -> None:
    repo.write("gone", "what was here")
    repo.commit()
    (repo.path / "gone").unlink()
    repo.write("*", "x")
    repo.write("other", "x")
    repo.open().add(["*", "gone", "never-was"])
    assert repo.run("status", "--porcelain").splitlines() == ["A  *", "D  gone", "?? other"]


def test_a_work_tree_reads_its_own_head(repo: Repo) -> None:
    repo.commit()
    repo.run("worktree", "add", "-q", "-b", "side", "../side")
    side = Repo(repo.path.parent / "side")
    side.write("s", "side")
    sha = side.commit()
    git = side.open()
    assert git.branch() == "side"
    assert git.head() == sha
    assert git.read("HEAD", "s") == b"side"
    assert os.path.realpath(git.hooks_dir) == os.path.realpath(repo.path / ".git" / "hooks")
    git.close()


def test_a_submodule_is_a_repository_of_its_own(repo: Repo, tmp_path: Path) -> None:
    lib = Repo(tmp_path / "lib")
    lib.run("init", "-q", "-b", "main")
    lib.write("code", "x")
    lib.commit()
    repo.run("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(lib.path), "lib")
    inner = process.find(str(repo.path / "lib"), repo.environ)
    assert inner is not None
    assert inner.root == str(repo.path / "lib")
    assert inner.tracked(["code"]) == {"code"}
    outer = process.find(str(repo.path), repo.environ)
    assert outer is not None
    assert outer.tracked(["lib"]) == {"lib"}


def test_hooks_of_another_repository_do_not_confuse(repo: Repo, tmp_path: Path) -> None:
    repo.write("here", "x")
    repo.commit()
    git = process.find(str(repo.path), repo.environ | {"GIT_DIR": str(tmp_path), "GIT_INDEX_FILE": "/none", "GIT_WORK_TREE": "/"})
    assert git is not None
    assert git.tracked(["here"]) == {"here"}


def test_git_is_not_installed(repo: Repo) -> None:
    git = process.find(str(repo.path), {"PATH": "/nowhere"})
    assert git is not None
    with pytest.raises(GitProblem, match="git cannot be run"):
        git.tracked(["a"])
    with pytest.raises(GitProblem, match="git cannot be run"):
        git.head()


def test_clone(repo: Repo, tmp_path: Path) -> None:
    repo.write("a", "1")
    first = repo.commit()
    repo.run("tag", "v1")
    repo.write("a", "2")
    repo.commit()
    process.clone_bare(str(repo.path), str(tmp_path / "copy"), repo.environ)
    git = process.bare(str(tmp_path / "copy"), repo.environ)
    assert git.resolve("v1") == first
    assert git.read("v1", "a") == b"1"
    assert git.read("HEAD", "a") == b"2"
    git.close()
    with pytest.raises(GitProblem, match="clone"):
        process.clone_bare(str(tmp_path / "none"), str(tmp_path / "copy2"), repo.environ)
