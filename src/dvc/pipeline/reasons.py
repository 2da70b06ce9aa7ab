"""Owns the words for what changed: values of parameters and commands, short enough for one line. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from dvc.model.params import ABSENT, same_value
from dvc.values import dataclass

_LONGEST = 60  # characters of one value

Cmd = str | tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class ParamChange:
    """How one tracked parameter differs from what was recorded: "modified", "new" or "deleted"; a value that is not there is ABSENT."""

    state: str
    old: object = ABSENT
    new: object = ABSENT

    def values(self) -> str:
        """`0.1 -> 0.2`; of maps what differs in them."""
        return ", ".join(
            (f"{inner}: " if inner else "") + f"{spelled(old)} -> {spelled(new)}"
            for inner, old, new in _differences("", self.old, self.new)
        )


@dataclass(frozen=True, slots=True)
class CommandChange:
    """The command that was recorded, and the present one."""

    old: Cmd
    new: Cmd

    def words(self) -> str:
        """`... old ... -> ... new ...`: what differs, and that something stands around it."""
        old, new = _words(self.old), _words(self.new)
        head = next((at for at, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
        rest = min(len(old), len(new)) - head
        tail = next((at for at in range(rest) if old[-1 - at] != new[-1 - at]), rest)
        if old == new:  # a list of commands that was one text, or the other way round
            return f"{len(_lines(self.old))} -> {len(_lines(self.new))} commands"
        return f"{_cut_out(old, head, tail)} -> {_cut_out(new, head, tail)}"


def of_parameter(path: str, key: str, change: ParamChange) -> str:
    """A reason: "parameter 'lr' of 'params.yaml' is modified (0.1 -> 0.2)"."""
    return f"parameter '{key}' of '{path}' is {change.state} ({change.values()})"


def spelled(value: object) -> str:
    """A value on one line, cut where it gets long; `nothing` where there is none."""
    if value is ABSENT:
        return "nothing"
    import json

    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def _differences(key: str, old: object, new: object) -> Iterator[tuple[str, object, object]]:
    if not (isinstance(old, Mapping) and isinstance(new, Mapping)):
        yield key, old, new
        return
    for inner in dict.fromkeys((*old, *new)):
        before, now = old.get(inner, ABSENT), new.get(inner, ABSENT)
        if before is ABSENT or now is ABSENT or not same_value(before, now):
            yield from _differences(f"{key}.{inner}" if key else str(inner), before, now)


def _lines(command: Cmd) -> Sequence[str]:
    return () if command is None else (command,) if isinstance(command, str) else command


def _words(command: Cmd) -> list[str]:
    return " ; ".join(_lines(command)).split()


def _cut_out(words: Sequence[str], head: int, tail: int) -> str:
    middle = " ".join(words[head : len(words) - tail])
    middle = middle if len(middle) <= _LONGEST else middle[: _LONGEST - 3] + "..."
    return "`" + " ".join(part for part in ("..." if head else "", middle, "..." if tail else "") if part) + "`"
