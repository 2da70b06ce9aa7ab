"""Put DVC into a repository's Git hooks, and what those hooks do when Git calls them."""

import os

from dvc.exceptions import DvcException
from dvc.git.port import Git
from dvc.project.files import atomic_write
from dvc.values import dataclass

HOOKS = ("post-checkout", "pre-commit", "pre-push")
DRIVER = (
    ("merge.dvc.name", "DVC merge driver"),
    ("merge.dvc.driver", "dvc git-hook merge-driver --ancestor %O --our %A --their %B "),
)
PRE_COMMIT_FILE = ".pre-commit-config.yaml"
_SOURCE = "https://github.com/treeverse/dvc"  # where the pre-commit tool finds the hooks' definitions
_SOURCE_VERSION = "3.67.1"


class HookExists(DvcException):
    code = "hook-exists"


@dataclass(frozen=True, slots=True)
class InstallResult:
    hooks: tuple[str, ...]
    file: str | None = None  # the pre-commit tool's file, when that was asked for


def install(git: Git) -> InstallResult:
    """Write the three hooks and the merge driver. Nothing is written when one of the hooks exists."""
    folder = git.hooks_dir
    for name in HOOKS:
        if os.path.lexists(os.path.join(folder, name)):
            raise HookExists(
                f"the Git hook '{name}' exists already", hint=f"see '{folder}', or call `dvc git-hook {name}` from your own hook"
            )
    os.makedirs(folder, exist_ok=True)
    for name in HOOKS:
        path = os.path.join(folder, name)
        atomic_write(path, f"#!/bin/sh\nexec dvc git-hook {name} $@\n")
        os.chmod(path, 0o755)
    for key, value in DRIVER:
        git.configure(key, value)
    return InstallResult(HOOKS)


def install_for_pre_commit(root: str) -> InstallResult:
    """Add the hooks to the pre-commit tool's file in git's root. Other entries of the file stay as they are."""
    from dvc.formats import yaml, yamledit

    path = os.path.join(root, PRE_COMMIT_FILE)
    try:
        with open(path, encoding="utf-8") as file:
            old = file.read()
    except FileNotFoundError:
        old = None
    value = (yaml.load(old, PRE_COMMIT_FILE) if old else None) or {}
    if not isinstance(value, dict) or not isinstance(value.setdefault("repos", []), list):
        raise DvcException(f"'{path}' is no file of the pre-commit tool", hint="it must be a map with a list `repos`")
    value["repos"] = [*value["repos"], _entry()]
    new = yaml.dump(value) if old is None else yamledit.edit(old, value, PRE_COMMIT_FILE)
    atomic_write(path, new)
    return InstallResult(HOOKS, path)


def _entry() -> dict[str, object]:
    common = {"additional_dependencies": [".[all]"], "language_version": "python3"}
    hooks: list[dict[str, object]] = [{"id": f"dvc-{name}", **common, "stages": [name]} for name in ("pre-commit", "pre-push")]
    hooks.append({"id": "dvc-post-checkout", **common, "stages": ["post-checkout"], "always_run": True})
    return {"repo": _SOURCE, "rev": _SOURCE_VERSION, "hooks": hooks}


def checkout_wanted(root: str, arguments: tuple[str, ...], git_dir: str) -> bool:
    """Whether Git's post-checkout call asks for data: a switch of branches in a project, not in the middle of a rebase.

      Git passes the old HEAD, the new one, and 1 for a switch of branches, 0 for a checkout of files.
    ."""
    if len(arguments) >= 3 and arguments[2] != "1":
        return False
    rebasing = any(os.path.isdir(os.path.join(git_dir, name)) for name in ("rebase-merge", "rebase-apply"))
    return os.path.isdir(os.path.join(root, ".dvc")) and not rebasing
