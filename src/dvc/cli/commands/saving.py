"""What commands say after they wrote metadata files: staged in Git, or what to stage."""

import os
import shlex
from collections.abc import Sequence

from dvc.cli.output import Output
from dvc.project.edits import stage_in_git
from dvc.project.project import Project


def tell_git(project: Project, out: Output, changed: Sequence[str]) -> None:
    """Stage the changed files where `core.autostage` asks for it, else say how to."""
    if project.git is None or not changed:
        return
    if stage_in_git(project, changed):
        return
    files = " ".join(shlex.quote(project.shown(path)) for path in changed if os.path.lexists(project.full(path)))
    if files:
        out.say(f"\nTo track the changes with git, run:\n\n\tgit add {files}\n")
        out.say("To have it done each time, run:\n\n\tdvc config core.autostage true")
