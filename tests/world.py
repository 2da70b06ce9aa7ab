"""A sealed world for stories: a home, a git identity and clock of its own, a workspace, and `dvc` run in this process.

def test_it(world):
    world.project()
    world.write("data/a", "1")
    assert world.dvc("add data").ok
    assert world.read("data.dvc").startswith("outs:")
"""

import io
import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dvc.cli import main

DATE = "2024-01-01T00:00:00Z"


@dataclass(frozen=True)
class Run:
    """What a call of `dvc` came to."""

    code: int
    out: str
    err: str

    @property
    def ok(self) -> bool:
        return self.code == 0

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class World:
    """`path` is the workspace; names given to the methods are relative to it."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.home = base / "home"
        self.path = base / "work"
        self.ext = base / "ext"
        for folder in (self.home, self.path, self.ext):
            folder.mkdir()
        (self.home / ".gitconfig").write_text(
            "[user]\n\tname = Story\n\temail = story@example.com\n[init]\n\tdefaultBranch = main\n[safe]\n\tdirectory = *\n"
            '[protocol "file"]\n\tallow = always\n[commit]\n\tgpgsign = false\n'
        )

    def dvc(self, words: str | Sequence[str], *, cwd: str | Path = "") -> Run:
        """Run `dvc WORDS` in the folder `cwd` of the workspace."""
        argv = shlex.split(words) if isinstance(words, str) else list(words)
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="strict", write_through=True) for _ in range(2))
        with redirect_stdout(out), redirect_stderr(err):
            try:
                code = main(argv, cwd=os.path.realpath(self.path / cwd))
            except SystemExit as done:
                code = int(done.code or 0)
        texts = [stream.buffer.getvalue().decode("utf-8", "surrogateescape") for stream in (out, err)]
        return Run(code, *texts)

    def git(self, words: str | Sequence[str], *, cwd: str | Path = "") -> str:
        """Run git, which must succeed; returns what it prints."""
        argv = shlex.split(words) if isinstance(words, str) else list(words)
        done = subprocess.run(["git", *argv], cwd=self.path / cwd, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode("utf-8", "surrogateescape")

    def project(self, *, scm: bool = True) -> None:
        """A new git repository with DVC in it, both committed; without `scm` a project without git."""
        if scm:
            self.git("init -q .")
        made = self.dvc("init -q" if scm else "init -q --no-scm")
        assert made.ok, made.err
        if scm:
            self.commit("start")

    def write(self, path: str, content: str | bytes) -> Path:
        full = self.path / path
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_bytes(content.encode() if isinstance(content, str) else content)
        return full

    def read(self, path: str) -> str:
        return (self.path / path).read_text()

    def exists(self, path: str) -> bool:
        return os.path.lexists(self.path / path)

    def track(self, path: str, content: str | bytes) -> None:
        """Write a file and `dvc add` it."""
        self.write(path, content)
        added = self.dvc(["add", "-q", path])
        assert added.ok, added.err

    def forget(self, *paths: str) -> None:
        """As on another machine: no cache, and none of these files and folders."""
        shutil.rmtree(self.path / ".dvc/cache")
        for path in paths:
            full = self.path / path
            shutil.rmtree(full) if full.is_dir() else full.unlink()

    def commit(self, message: str) -> str:
        """Commit everything that git sees; returns the commit's SHA."""
        self.git("add -A")
        self.git(["commit", "-q", "--allow-empty", "-m", message])
        return self.git("rev-parse HEAD").strip()


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    made = World(tmp_path)
    for name in list(os.environ):
        if name.startswith(("DVC_", "GIT_", "XDG_")) and name != "DVC_ENGINE":
            monkeypatch.delenv(name)
    settings = {
        "HOME": str(made.home),
        "XDG_CONFIG_HOME": str(made.home / ".config"),
        "XDG_CACHE_HOME": str(made.home / ".cache"),
        "XDG_CONFIG_DIRS": str(made.home / ".xdg"),
        "DVC_SITE_CACHE_DIR": str(made.base / "site"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_DATE": DATE,
        "GIT_COMMITTER_DATE": DATE,
        "PATH": f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    yield made
    for folder, folders, _ in os.walk(made.base):  # what a test made read-only must not outlive it
        for name in folders:
            full = os.path.join(folder, name)
            if not os.path.islink(full):
                os.chmod(full, 0o755)
