"""The two engines for tests that hold both to one contract, and what such tests share."""

import contextlib
import importlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from dvc.engine import python as plain
from dvc.engine.contract import Engine, Rule

NOBODY = 65534
NAMES = ("python", "native")


def load(name: str) -> Engine:
    """The engine of that name; the test is passed over where the native one is not built, unless it is required."""
    if name == "python":
        return plain
    try:
        return cast("Engine", importlib.import_module("dvc.engine.native"))
    except ImportError as error:
        if os.environ.get("CAIRN_REQUIRE_NATIVE"):
            raise
        pytest.skip(f"the native engine is not built: {error}")


class Site:
    """A workspace, an object folder and a folder for temporary files."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.root = os.path.join(folder, "work")
        self.cache = os.path.join(folder, "cache", "files", "md5")
        self.temp = os.path.join(folder, "temp")
        os.mkdir(self.root)

    def path(self, name: str) -> str:
        return os.path.join(self.root, name)

    def write(self, name: str, data: bytes | str = b"", mode: int | None = None) -> str:
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(os.fsencode(data) if isinstance(data, str) else data)
        if mode is not None:
            os.chmod(path, mode)
        return path

    def read(self, name: str) -> bytes:
        with open(self.path(name), "rb") as file:
            return file.read()

    def object(self, name: str) -> str:
        return os.path.join(self.cache, name[:2], name[2:])

    def break_object(self, name: str, data: bytes, mode: int) -> None:
        path = self.object(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        with open(path, "wb") as file:
            file.write(data)
        os.chmod(path, mode)

    def leftovers(self) -> list[str]:
        """Temporary files and folders anywhere."""
        return [os.path.join(d, n) for d, inner, names in os.walk(self.folder) for n in (*inner, *names) if n.startswith(".cairn-")]


def rule(regex: str, *, base: str = "", negated: bool = False, folders_only: bool = False) -> Rule:
    return Rule(base, regex, negated, folders_only)


@contextlib.contextmanager
def without_root() -> Iterator[Path]:
    """A fresh folder, and for the while the rights of a user to whom permissions apply."""
    folder = tempfile.mkdtemp(prefix="cairn-test-")
    was_root = os.geteuid() == 0
    if was_root:
        os.chown(folder, NOBODY, NOBODY)
        os.seteuid(NOBODY)
    try:
        yield Path(folder)
    finally:
        if was_root:
            os.seteuid(0)
        for parent, _, _ in os.walk(folder):
            os.chmod(parent, 0o700)
        shutil.rmtree(folder)
