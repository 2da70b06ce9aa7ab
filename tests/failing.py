"""An engine that fails on demand: installed over the functions of `dvc.engine`, it makes the k-th call of a verb go wrong.

    failing = Failing(monkeypatch, at=2, how=Killed())      # the second call of a writing verb never happens
    failing = Failing(monkeypatch, at=1, how="no-space")    # the first call does all but its first path

`failing.calls` names the calls made, so that a test can walk through all of them.
"""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from dvc import engine
from dvc.engine.contract import Placed, Problem
from dvc.exceptions import EngineProblem

WRITING = ("store", "put", "copy", "remove", "sync", "place", "discard", "detach")
READING = ("scan", "stat", "hash", "read", "exists", "verify", "objects")


class Killed(BaseException):
    """Stands for the end of the process: no `except Exception` sees it."""


class Failing:
    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, at: int, how: BaseException | str, verbs: Sequence[str] = WRITING) -> None:
        self.calls: list[str] = []
        self._at, self._how = at, how
        for verb in verbs:
            monkeypatch.setattr(engine, verb, self._wrapped(verb, getattr(engine, verb)))

    @property
    def failed(self) -> bool:
        return len(self.calls) >= self._at

    def _wrapped(self, verb: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            self.calls.append(verb)
            if len(self.calls) != self._at:
                return real(*arguments, **options)
            if isinstance(self._how, BaseException):
                raise self._how
            return _all_but_the_first(verb, real, arguments, options, self._how)

        return call


def _all_but_the_first(verb: str, real: Callable[..., Any], arguments: tuple[Any, ...], options: dict[str, Any], code: str) -> Any:
    """The verb done, except that its first path has a problem; where a verb has no problems, EngineProblem."""
    if verb == "place":
        root, manifest, *rest = arguments
        path = next(iter(manifest.paths()), "")
        placed = real(root, manifest.without(path) if path else manifest, *rest, **options)
        return Placed(placed.listing, placed.links, [Problem(path, code, "made to fail"), *placed.problems])
    if verb in ("copy", "remove"):
        *folders, digests = arguments
        name = next(iter(digests), None)
        moved = real(*folders, digests - engine.digests([name]) if name else digests, **options)
        return moved._replace(problems=[Problem(name or "", code, "made to fail"), *moved.problems])
    raise EngineProblem(code, str(arguments[0]), "made to fail")
