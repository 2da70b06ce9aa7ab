"""Entries of `.gitignore`, as text and as git reads them."""

import subprocess
from pathlib import Path

import pytest

from dvc.git import gitignore


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("data", "/data"),
        ("#h", "/\\#h"),
        ("!x", "/\\!x"),
        ("b[1]*.bin", "/b\\[1\\]\\*.bin"),
        ("a b", "/a b"),
        ("end ", "/end "),
        ("ünï", "/ünï"),
    ],
)
def test_entries(name: str, line: str) -> None:
    assert gitignore.entry(name) == line


def test_append_and_remove() -> None:
    assert gitignore.append("", "a") == "/a\n"
    assert gitignore.append("*.log", "a") == "*.log\n/a\n"
    assert gitignore.append("/a\n", "a") == "/a\n"
    assert gitignore.remove("/a\n", "a") is None
    assert gitignore.remove("# note\n\n/a\n/b\n", "a") == "# note\n\n/b\n"
    assert gitignore.remove("  /a \n/ab\n", "a") == "/ab\n"
    assert gitignore.remove("/b\n", "a") == "/b\n"
    assert gitignore.remove("/a\r\n/b\r\n", "a") == "/b\r\n"


@pytest.mark.parametrize("name", ["a", "#h", "!x", "b[1]", "a*b", "q?", "back\\slash", "new\nline", "\u2028x", "tab\t", "\x0b"])
def test_git_agrees(tmp_path: Path, name: str) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    text = gitignore.append("", name)
    assert gitignore.lacking(text, [name]) == []
    assert gitignore.append(text, name) == text
    assert gitignore.remove(text, name) == (None if gitignore.entry(name) == f"/{name}" else text)
    (tmp_path / ".gitignore").write_text(text)
    asked = subprocess.run(
        ["git", "check-ignore", "-z", "--stdin"], cwd=tmp_path, input=b"./" + name.encode() + b"\0", capture_output=True, check=False
    )
    assert asked.returncode == 0
