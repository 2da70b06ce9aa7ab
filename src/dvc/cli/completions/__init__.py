"""Completion scripts for shells, made ahead of time (`make completions`), so that a shell that asks for one at its start does not wait."""

import os

SHELLS = ("bash", "zsh")


def script(shell: str) -> str:
    """The script for one of SHELLS."""
    with open(os.path.join(os.path.dirname(__file__), f"dvc.{shell}"), encoding="utf-8") as file:
        return file.read()
