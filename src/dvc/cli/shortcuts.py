"""Commands that must answer at once, without parser or project: `dvc root` as editors and prompts call it."""

import os


def find_root(cwd: str) -> str | None:
    """The nearest folder at or above `cwd` that holds a `.dvc` folder; None where there is none below the mount point."""
    folder = cwd
    while not os.path.isdir(os.path.join(folder, ".dvc")):
        above = os.path.dirname(folder)
        if above == folder or os.path.ismount(folder):
            return None
        folder = above
    return folder


def root(cwd: str, *, quiet: bool = False) -> int:
    """`dvc root`: the root's path as seen from `cwd`; nothing but the exit code with -q."""
    found = find_root(cwd)
    if found is None:
        from dvc.cli.codes import NOT_IN_PROJECT
        from dvc.cli.output import Output
        from dvc.exceptions import NotInProject

        folder = cwd
        while not os.path.ismount(folder):
            folder = os.path.dirname(folder)
        error = NotInProject(folder)
        Output().error(error.message, error.hint)
        return NOT_IN_PROJECT
    if not quiet:
        print(os.path.relpath(found, cwd))
    return 0
