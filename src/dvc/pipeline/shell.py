"""Runs a stage's command: `$SHELL -c CMD` in the stage's folder. The only place that starts processes for stages.

Implements docs/formats/pipelines.md, "Commands". Never changes this process's folder or environment. Whatever ends the
wait for a command (Ctrl-C, SIGTERM, SIGHUP) first ends the command and what it started; `signals` sees to it.
"""

import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from dvc.exceptions import DvcException
from dvc.pipeline.signals import Signals, name_of
from dvc.values import dataclass

_PATIENCE = 10.0  # seconds between asking a command to end and making it

# What shows without asking a shell that a line goes on: a here-document, a backslash or an operator at its end.
_GOES_ON = re.compile(r"<<(?!<)|(\\|\||&&|\|\|)\s*$")


class CommandFailed(DvcException):
    """`status` is what the process ended with; negative: the signal that killed it."""

    code = "command-failed"

    def __init__(self, command: str, status: int) -> None:
        super().__init__(f"`{command}` exited with {status}{name_of(status)}")
        self.command = command
        self.status = status


@dataclass(frozen=True, slots=True)
class Place:
    """Where commands run. `inherited`: a descriptor that they keep open, for others to see that they live."""

    folder: str
    environ: Mapping[str, str]
    inherited: int | None = None


def run(commands: Sequence[str], place: Place, announce: Callable[[str], None], meanwhile: Callable[[], float | None]) -> None:
    """Run `commands` one after the other, at our own input and output; the first that fails ends it with CommandFailed.

    `announce` is told each before. `meanwhile` is called while a command runs; it says after how many seconds it wants to be again.
    """
    for command in commands:
        announce(command)
        status = _run(command, place, meanwhile)
        if status:
            raise CommandFailed(command, status)


def lines(cmd: str | Sequence[str] | None, environ: Mapping[str, str]) -> list[str]:
    """What is run as a process each: the items of a list, the lines of a text; a text whose lines need each other is one script."""
    if cmd is None:
        return []
    if not isinstance(cmd, str):
        return [line for item in cmd for line in lines(item, environ)]
    found = [line for line in cmd.splitlines() if line.strip()]
    if len(found) > 1 and any(not _complete(line, environ) for line in found):
        return [cmd]
    return found


def _complete(line: str, environ: Mapping[str, str]) -> bool:
    if _GOES_ON.search(line):
        return False
    if os.name != "posix":
        return True
    try:
        checked = subprocess.run([_shell(environ), "-n", "-c", line], capture_output=True, stdin=subprocess.DEVNULL, check=False)
    except OSError:
        return True
    return checked.returncode == 0


def _shell(environ: Mapping[str, str]) -> str:
    return environ.get("SHELL") or "/bin/sh"


def arguments(command: str, environ: Mapping[str, str]) -> list[str]:
    """The shell that runs `command`. Start-up files are left out; in a script of several lines the first failure ends it."""
    shell = _shell(environ)
    name = os.path.basename(shell)
    plain = {"bash": ["--noprofile", "--norc"], "zsh": ["--no-rcs"]}.get(name, [])
    strict = ["-e"] if "\n" in command.strip() and name != "fish" else []
    return [shell, *plain, *strict, "-c", command]


def _run(command: str, place: Place, meanwhile: Callable[[], float | None]) -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    # At a terminal the command belongs to our group: Ctrl-C reaches all of it, and it may read the terminal.
    own_group = not _at_terminal()
    with Signals() as signals:
        started: list[subprocess.Popen[bytes]] = []
        try:
            with signals.held():
                started.append(start(command, place, own_group=own_group))
            while True:
                status = _wait(started[0], meanwhile())
                if status is not None:
                    return status
        except BaseException:
            end(started, own_group=own_group)
            raise


def _wait(process: "subprocess.Popen[bytes]", seconds: float | None) -> int | None:
    """The status of a process once it has ended; None where it has not within so many seconds."""
    if seconds is None:
        return process.wait()
    if not hasattr(os, "pidfd_open"):
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
    descriptor = os.pidfd_open(process.pid)
    try:
        waiting = select.poll()  # not `select`, which knows no descriptors from 1,024 on
        waiting.register(descriptor, select.POLLIN)
        waiting.poll(seconds * 1000)
    finally:
        os.close(descriptor)
    return process.poll()


def start(command: str, place: Place, *, own_group: bool, piped: bool = False) -> "subprocess.Popen[bytes]":
    """Start one command: in a group of its own, and with nothing to read and its output in pipes, if so asked. Raises DvcException."""
    read, write = (subprocess.DEVNULL, subprocess.PIPE) if piped else (None, None)
    try:
        if os.name == "posix":
            return subprocess.Popen(
                arguments(command, place.environ),
                cwd=place.folder,
                env=dict(place.environ),
                process_group=0 if own_group else None,
                pass_fds=() if place.inherited is None else (place.inherited,),
                stdin=read,
                stdout=write,
                stderr=write,
            )
        return subprocess.Popen(  # noqa: S602 - the user's command
            command, cwd=place.folder, env=dict(place.environ), shell=True, stdin=read, stdout=write, stderr=write
        )
    except FileNotFoundError as error:
        missing = place.folder if not os.path.isdir(place.folder) else str(error.filename or _shell(place.environ))
        raise DvcException(f"cannot run `{command}`: '{missing}' does not exist") from None
    except (OSError, ValueError) as error:
        raise DvcException(f"cannot run `{command}`: {error}") from None


def _at_terminal() -> bool:
    try:
        return sys.stdin is not None and sys.stdin.isatty()
    except ValueError:
        return False


def end(processes: Iterable["subprocess.Popen[bytes]"], *, own_group: bool) -> None:
    """End commands, all at a time, and what they started: ask as Ctrl-C does, then by SIGTERM, then by SIGKILL."""
    living = list(processes)
    last = getattr(signal, "SIGKILL", signal.SIGTERM)
    for step in (signal.SIGINT if own_group else None, signal.SIGTERM, last):
        for process in living:
            _send(process, step, own_group)
        try:
            living = _after(living, _PATIENCE, own_group)
        except KeyboardInterrupt:  # asked twice: no more patience
            for process in living:
                _send(process, last, own_group)
            living = _after(living, _PATIENCE, own_group)
        if not living:
            return


def _after(processes: Sequence["subprocess.Popen[bytes]"], seconds: float, own_group: bool) -> list["subprocess.Popen[bytes]"]:
    """Those of `processes` that still live after so many seconds, or less if none does."""
    until = time.monotonic() + seconds
    while True:
        living = [process for process in processes if process.poll() is None or (own_group and _has_members(process.pid))]
        if not living or time.monotonic() >= until:
            return living
        time.sleep(0.01)


def _has_members(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except OSError:
        return False
    return True


def _send(process: "subprocess.Popen[bytes]", number: signal.Signals | None, own_group: bool) -> None:
    if number is None:
        return
    try:
        if own_group and os.name == "posix":
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
    except OSError:  # it ended by itself
        pass
