"""The tree of errors a user can meet. Facts go in, the class words them; exit codes live in `dvc.cli.main`.

DvcException
├── ConfigProblem            a configuration file or value (251)
│   └── RemoteNotFound
├── NotInProject             no project at or above the working directory (253)
├── FormatProblem            a file of ours does not parse: names file and line
├── TargetProblem            a target that the user named
│   ├── TargetNotFound
│   ├── TargetIgnored
│   ├── TargetInGit
│   ├── TargetOutside
│   └── OutputOverlap
├── UnsavedChanges           workspace data that is in no cache would be lost
├── MissingObjects           objects that neither cache nor remote holds
├── LockHeld                 somebody else is at work on the same thing
├── StageFailed              a stage's command failed
├── GitProblem               git is missing, or refused
└── EngineProblem            the file system refused: code, path and errno
"""

from collections.abc import Sequence


class DvcException(Exception):  # noqa: N818 - the public name that other tools catch
    """What happened, to what; `hint` says what to do next. `code` is stable and documented."""

    code = "error"

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ConfigProblem(DvcException):
    code = "config"


class RemoteNotFound(ConfigProblem):
    code = "remote-not-found"

    def __init__(self, name: str, known: Sequence[str] = (), *, place: str = "") -> None:
        """`place`: the file that names it."""
        listed = ", ".join(f"'{k}'" for k in known)
        super().__init__(
            (f"'{place}': " if place else "") + f"remote '{name}' is not configured",
            hint=f"configured remotes: {listed}" if listed else "add one with `dvc remote add NAME URL`",
        )
        self.name = name


class NotInProject(DvcException):
    code = "not-in-project"

    def __init__(self, folder: str) -> None:
        # Scripts match this wording (docs/formats/output.md).
        super().__init__(
            f"you are not inside of a DVC repository (checked up to mount point '{folder}')",
            hint="run `dvc init` to start one here",
        )


class FormatProblem(DvcException):
    """A metadata file is broken. `path` is as the user would name it; `line` counts from 1."""

    code = "format"

    def __init__(self, path: str, why: str, line: int | None = None, *, hint: str | None = None) -> None:
        where = f"'{path}'" if line is None else f"'{path}', line {line}"
        super().__init__(f"{where}: {why}", hint=hint)
        self.path = path
        self.why = why
        self.line = line


class TargetProblem(DvcException):
    code = "target"


class TargetNotFound(TargetProblem):
    code = "target-not-found"


class TargetIgnored(TargetProblem):
    code = "target-ignored"


class TargetInGit(TargetProblem):
    code = "target-in-git"


class TargetOutside(TargetProblem):
    code = "target-outside"


class OutputOverlap(TargetProblem):
    code = "output-overlap"


class UnsavedChanges(DvcException):
    code = "unsaved-changes"


class MissingObjects(DvcException):
    code = "missing-objects"


class LockHeld(DvcException):
    code = "lock-held"


class StageFailed(DvcException):
    code = "stage-failed"


class GitProblem(DvcException):
    code = "git"


class EngineProblem(DvcException):
    """The engine could not do its work on `path`; `kind` is one of `dvc.engine.contract.PROBLEM_CODES`."""

    code = "engine"

    def __init__(self, kind: str, path: str, message: str, *, hint: str | None = None) -> None:
        super().__init__(f"'{path}': {message}", hint=hint)
        self.kind = kind
        self.path = path
