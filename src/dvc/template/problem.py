"""Owns the one error of templates: what cannot be resolved, where it stands, and what to do about it."""

from dvc.exceptions import DvcException

Path = tuple[object, ...]
"""Keys and indices that lead to a place in a file: `("stages", "train", "cmd", 0)`."""


class TemplateProblem(DvcException):
    """Something in a template cannot be resolved. `path` leads to it in `file`; `stage` is the (generated) stage it is for.

    Raised without a file where none is known yet; `within` adds what a caller knows. `line` counts from 1.
    """

    code = "template"

    def __init__(
        self,
        why: str,
        path: Path = (),
        *,
        file: str = "",
        stage: str | None = None,
        line: int | None = None,
        hint: str | None = None,
    ) -> None:
        place = ", ".join(part for part in (f"'{file}'" if file else "", f"line {line}" if line else "") if part)
        generated = stage is not None and path[:1] == ("stages",) and path[1:2] != (stage,)
        name = f"stage '{stage}'" if generated else ""
        key = f"`{_spelled(path)}`" if path else ""
        super().__init__(": ".join(part for part in (place, name, key, why) if part), hint=hint)
        self.why = why
        self.path = path
        self.file = file
        self.stage = stage
        self.line = line

    def within(self, *, file: str = "", stage: str | None = None, line: int | None = None) -> "TemplateProblem":
        """The problem with what it does not say yet."""
        return TemplateProblem(
            self.why,
            self.path,
            file=self.file or file,
            stage=self.stage if self.stage is not None else stage,
            line=self.line or line,
            hint=self.hint,
        )


def _spelled(path: Path) -> str:
    shown = ""
    for part in path:
        shown += f"[{part}]" if isinstance(part, int) and not isinstance(part, bool) else f".{part}" if shown else str(part)
    return shown
