"""Runs a stage's command: `$SHELL -c CMD` in the stage's folder. The only place that starts processes for stages.

Implements docs/formats/pipelines.md, "Commands". Never changes this process's folder or environment. Whatever ends the
wait for a command (Ctrl-C, SIGTERM) first ends the command and what it started.
"""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType

from dvc.exceptions import DvcException

_PATIENCE = 10.0  # seconds between asking a command to end and making it

# What shows without asking a shell that a line goes on: a here-document, a backslash or an operator at its end.
_GOES_ON = re.compile(r"<<(?!<)|(\\|\||&&|\|\|)\s*$")


class CommandFailed(DvcException):
    """`status` is what the process ended with; negative: the signal that killed it."""

    code = "command-failed"

    def __init__(self, command: str, status: int) -> None:
        super().__init__(f"`{command}` exited with {status}{_signal_name(status)}")
        self.command = command
        self.status = status


def run(commands: Sequence[str], folder: str, environ: Mapping[str, str], announce: Callable[[str], None]) -> None:
    """Run `commands` one after the other; the first that fails ends it with CommandFailed. `announce` is told each before."""
    for command in commands:
        announce(command)
        status = _run(command, folder, environ)
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


def _run(command: str, folder: str, environ: Mapping[str, str]) -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    # At a terminal the command belongs to our group: Ctrl-C reaches all of it, and it may read the terminal.
    own_group = os.name == "posix" and not _at_terminal()
    with _signals_held() as release:
        process = _start(command, folder, environ, own_group)
        try:
            release()
            return process.wait()
        except BaseException:
            _end(process, own_group)
            raise


def _start(command: str, folder: str, environ: Mapping[str, str], own_group: bool) -> "subprocess.Popen[bytes]":
    try:
        if os.name == "posix":
            return subprocess.Popen(arguments(command, environ), cwd=folder, env=dict(environ), process_group=0 if own_group else None)
        return subprocess.Popen(command, cwd=folder, env=dict(environ), shell=True)  # noqa: S602
    except FileNotFoundError as error:
        missing = folder if not os.path.isdir(folder) else str(error.filename or _shell(environ))
        raise DvcException(f"cannot run `{command}`: '{missing}' does not exist") from None
    except (OSError, ValueError) as error:
        raise DvcException(f"cannot run `{command}`: {error}") from None


def _at_terminal() -> bool:
    try:
        return sys.stdin is not None and sys.stdin.isatty()
    except ValueError:
        return False


def _end(process: "subprocess.Popen[bytes]", own_group: bool) -> None:
    """End a command: ask as Ctrl-C does, then by SIGTERM, then by SIGKILL."""
    steps = (signal.SIGINT, signal.SIGTERM) if own_group else (None, signal.SIGTERM)
    for step in steps:
        _send(process, step, own_group)
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            continue
        except KeyboardInterrupt:
            break
        return
    _send(process, getattr(signal, "SIGKILL", signal.SIGTERM), own_group)
    process.wait()


def _send(process: "subprocess.Popen[bytes]", number: signal.Signals | None, own_group: bool) -> None:
    if number is None:
        return
    try:
        if own_group:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
    except OSError:  # it ended by itself
        pass


class _Terminated(BaseException):
    """SIGTERM came while a command ran."""


@contextmanager
def _signals_held() -> Iterator[Callable[[], None]]:
    """Inside, SIGINT and SIGTERM end the command before they end us. They are only noted until the function given is called:
    one that came while the command was being started would leave it running with nobody to end it."""
    if threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return
    noted: list[int] = []
    started = False

    def note(number: int, _frame: FrameType | None) -> None:
        noted.append(number)
        if started:
            end()

    def end() -> None:
        raise KeyboardInterrupt if noted[-1] == signal.SIGINT else _Terminated

    def release() -> None:
        nonlocal started
        started = True
        if noted:
            end()

    # An ignored SIGINT (a background job of a script) stays ignored, for the command as well.
    held = [number for number in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(number) not in (signal.SIG_IGN, None)]
    before = {number: signal.signal(number, note) for number in held}
    try:
        yield release
    except _Terminated:
        signal.signal(signal.SIGTERM, before[signal.SIGTERM])
        os.kill(os.getpid(), signal.SIGTERM)
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _signal_name(status: int) -> str:
    if status >= 0:
        return ""
    try:
        return f" ({signal.Signals(-status).name})"
    except ValueError:
        return ""
