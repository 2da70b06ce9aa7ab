"""A project in a temporary folder, without the command line."""

import subprocess
from pathlib import Path

import pytest

from dvc.project.project import Project, discover

HEX = "d3b07384d113edec49eaa6238ad5ff00"


class Place:
    """`write` makes files, `open` finds the project as from `cwd`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.environ = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": str(path.parent / "home"),
            "DVC_SYSTEM_CONFIG_DIR": str(path.parent / "system"),
            "DVC_GLOBAL_CONFIG_DIR": str(path.parent / "global"),
            "GIT_CONFIG_NOSYSTEM": "1",
            **{f"GIT_{who}_{what}": "x@y" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
        }
        self.write(".dvc/config", "")

    def write(self, path: str, text: str | bytes) -> Path:
        target = self.path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode() if isinstance(text, str) else text)
        return target

    def read(self, path: str) -> str:
        return (self.path / path).read_text()

    def data(self, path: str) -> None:
        """A `.dvc` file for the data at `path`."""
        name = path.rpartition("/")[2]
        self.write(f"{path}.dvc", f"outs:\n- md5: {HEX}\n  size: 4\n  hash: md5\n  path: {name}\n")

    def git(self, *arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=self.path, env=self.environ, check=True, capture_output=True, text=True)
        return done.stdout

    def commit(self) -> None:
        self.git("add", "-A", "-f")
        self.git("commit", "-q", "--allow-empty", "-m", "c")

    def open(self, cwd: str = ".") -> Project:
        return discover(str(self.path / cwd), self.environ)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "work")


@pytest.fixture
def repo(place: Place) -> Place:
    place.git("init", "-q", "-b", "main")
    return place
