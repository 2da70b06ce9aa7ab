"""Text that is larger than the terminal goes through the user's pager; all else, and all that is no terminal, straight out."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence

from dvc import env
from dvc.cli.output import Output

_LESS = ("less", "--RAW-CONTROL-CHARS", "--chop-long-lines", "--quit-if-one-screen", "--no-init")


_STYLE = re.compile("\x1b\\[[0-9]*m")


def show(out: Output, text: str, environ: Mapping[str, str]) -> None:
    """Print `text`, which may hold colours; wide or long text can be scrolled."""
    command = pager(environ) if sys.stdout.isatty() and not fits(text, os.get_terminal_size(sys.stdout.fileno())) else None
    if command is None or not _paged(command, text):
        out.data(text)


def fits(text: str, size: os.terminal_size) -> bool:
    lines = [_STYLE.sub("", line) for line in text.splitlines()]
    return len(lines) < size.lines and max(map(len, lines), default=0) <= size.columns


def pager(environ: Mapping[str, str]) -> Sequence[str] | None:
    """The command line of the pager: $DVC_PAGER, $PAGER, else less; None where there is none."""
    chosen = environ.get(env.PAGER) or environ.get(env.COMMON_PAGER)
    if chosen:
        return shlex.split(chosen)
    return _LESS if shutil.which("less") else None


def _paged(command: Sequence[str], text: str) -> bool:
    """Whether the pager took it."""
    sys.stdout.flush()
    try:
        process = subprocess.Popen(command, stdin=subprocess.PIPE)
    except OSError:
        return False
    try:
        process.communicate((text + "\n").encode("utf-8", "surrogateescape"))
    except KeyboardInterrupt:  # the pager's own key: it goes on until it is quit
        process.wait()
    return True
