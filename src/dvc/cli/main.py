"""From `argv` to an exit code: global options, the choice of a command, and what each kind of failure exits with.

Imports stay light: `dvc --version`, `dvc root` and `dvc completion -s SHELL` run from here alone. Commands raise; this module words and counts.
"""

import os
import sys
from collections.abc import Mapping, Sequence

from dvc.cli.codes import BROKEN_PIPE, CONFIG, INTERRUPTED, NOT_IN_PROJECT, UNEXPECTED, USAGE

# A known failure exits with 1 from these commands, with 255 from all others (docs/formats/output.md).
_ONE = frozenset(
    [
        *"add commit destroy diff du fetch freeze get get-url import import-url init install list".split(),
        *"move pull push remove status unfreeze update".split(),
        "artifacts get",
    ]
)
_BY_CLASS = {"UsageProblem": USAGE, "NotInProject": NOT_IN_PROJECT, "ConfigProblem": CONFIG}
# (command, class) where one command differs from the rules above.
_EXCEPTIONS = {
    **{(name, "RemoteNotFound"): 1 for name in "add commit fetch freeze move pull push remove status unfreeze".split()},
    ("status", "CloudVersioned"): 1,
    ("add", "CloudVersioned"): 1,
    ("import-url", "CloudVersioned"): 1,
    ("update", "CloudVersioned"): 1,
    ("push", "KeepsNoVersions"): UNEXPECTED,
    ("status", "BrokenElsewhere"): 255,
    ("add", "RulesInside"): 255,
    ("diff", "TargetNotFound"): 255,
    ("du", "TargetNotFound"): 255,
    ("get", "RemoteNotFound"): 1,
    ("import", "RemoteNotFound"): 1,
    ("list", "RemoteNotFound"): 1,
    ("dataset update", "TargetNotFound"): 1,
    ("get", "TargetNotFound"): 255,
    ("import", "TargetNotFound"): 255,
    ("import", "MissingObjects"): 255,
    ("get-url", "RemoteNotFound"): 1,
    ("import-url", "RemoteNotFound"): 1,
    ("update", "RemoteNotFound"): 1,
    ("get", "MissingObjects"): 255,
    ("config", "Contradiction"): 1,
    ("plots diff", "BrowserProblem"): 1,
    ("plots diff", "GitProblem"): 1,
    ("plots diff", "VegaProblem"): 1,
    ("plots show", "BrowserProblem"): 1,
    ("plots show", "VegaProblem"): 1,
    ("plots templates", "TemplateProblem"): 1,
    ("init", "ConflictingOptions"): UNEXPECTED,
}


def main(argv: Sequence[str] | None = None, *, cwd: str | None = None, environ: Mapping[str, str] | None = None) -> int:
    """Run one command and return its exit code. `--version` and `--help` raise SystemExit(0), as the reference's does."""
    args = list(sys.argv[1:] if argv is None else argv)
    env = os.environ if environ is None else environ
    try:
        try:
            return _run(args, cwd, env)
        finally:
            sys.stdout.flush()
    except KeyboardInterrupt:
        _complain("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        _hush()
        return BROKEN_PIPE
    except OSError as error:  # standard output is a file on a full disk, say: the answer did not get there
        _hush()
        _complain(f"the output could not be written: {_os_words(error)}")
        return 1


def _run(args: list[str], cwd: str | None, env: Mapping[str, str]) -> int:
    if args in (["--version"], ["-V"]):
        from dvc import __version__

        print(__version__)
        raise SystemExit(0)
    if args == ["root"]:
        from dvc.cli.shortcuts import root

        return root(os.getcwd() if cwd is None else cwd)
    if len(args) == 3 and args[:2] in (["completion", "-s"], ["completion", "--shell"]):
        from dvc.cli.completions import SHELLS, script

        if args[2] in SHELLS:
            print(script(args[2]), end="")
            return 0
    name = ""
    try:
        from dvc.cli.parser import parse

        call = parse(args, cwd)
        if isinstance(call, int):
            return call
        context = call.context(env)  # a wrong --cd is no failure of the command: 255 whatever the command
        name = call.name
        return call.module.run(call.args, context)
    except (KeyboardInterrupt, BrokenPipeError, SystemExit):
        raise
    except Exception as error:  # noqa: BLE001 - the one place where every failure becomes words and a code
        return _failed(name, error, env)


def _failed(name: str, error: Exception, env: Mapping[str, str]) -> int:
    from dvc.env import SHOW_TRACEBACK

    if env.get(SHOW_TRACEBACK):
        import traceback

        traceback.print_exception(error)
    from dvc.exceptions import DvcException

    if isinstance(error, DvcException):
        _complain(error.message, error.hint)
        return exit_code(name, type(error))
    if isinstance(error, OSError):
        _complain(_os_words(error))
        return 1 if name in _ONE else UNEXPECTED
    _complain(
        f"unexpected error: {type(error).__name__}: {error}",
        f"this is a bug: run again with {SHOW_TRACEBACK}=1 and report what it prints",
    )
    return UNEXPECTED


def exit_code(name: str, kind: type[Exception]) -> int:
    """What `name` exits with when it fails with an exception of class `kind`: the nearest base that a table knows decides."""
    for base in kind.__mro__:
        code = _EXCEPTIONS.get((name, base.__name__), _BY_CLASS.get(base.__name__))
        if code is not None:
            return code
    return 1 if name in _ONE else UNEXPECTED


def _os_words(error: OSError) -> str:
    why = error.strerror or str(error)
    if error.filename is None:
        return why
    path = os.fsdecode(error.filename) if isinstance(error.filename, bytes) else str(error.filename)
    return f"'{path}': {why}"


def _complain(message: str, hint: str | None = None) -> None:
    from dvc.cli.output import Output

    try:
        sys.stdout.flush()
    except OSError:
        _hush()
    try:
        Output().error(message, hint)
    except OSError:
        pass


def _hush() -> None:
    """Nobody reads standard output any more: let the interpreter's last flush go nowhere."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):  # not a real stream: nothing to silence
        pass
