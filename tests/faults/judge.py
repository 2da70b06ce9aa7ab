"""What counts as damage: compares how a project looks with how it looked before, and how it looks after an undisturbed run."""

from collections.abc import Iterator
from dataclasses import replace

from dvc.formats import lock
from tests.faults.harness import Scenario, State


def harm(scenario: Scenario, now: State, before: State, after: State) -> Iterator[str]:
    lost = (after if scenario.drops else before).kept - now.kept
    if lost:
        yield f"lost: {sorted(lost)}"
    if wrong := [name for name, right in now.objects.items() if not right]:
        yield f"wrong objects: {wrong}"
    for name in {*before.metadata, *after.metadata, *now.metadata}:
        if now.metadata.get(name) not in (before.metadata.get(name), after.metadata.get(name)) and not _is_between(
            name, now, before, after
        ):
            yield f"torn: {name}: {now.metadata.get(name)!r}"


def _is_between(name: str, now: State, before: State, after: State) -> bool:
    """A .gitignore with several entries may have some of them; so may a dvc.lock, of stages that had finished."""
    whole = now.metadata.get(name, b"")
    known = before.metadata.get(name, b"") + after.metadata.get(name, b"")
    if name.endswith("dvc.lock"):
        entries = lock.cut(whole.decode()) or {}
        return lock.HEAD.encode() in whole and all(entry.encode() in known for entry in entries.values())
    if not name.endswith(".gitignore"):
        return False
    return all(line in known.splitlines(keepends=True) for line in whole.splitlines(keepends=True))


def but_for_ignored(state: State, wanted: State) -> State:
    """`state` without the .gitignore entries that `wanted` lacks: an entry for what is gone hides nothing."""
    metadata = dict(state.metadata)
    for name, data in wanted.metadata.items():
        if name.endswith(".gitignore") and set(data.splitlines()) <= set(metadata.get(name, b"").splitlines()):
            metadata[name] = data
    return replace(state, metadata=metadata)


def same(now: State, wanted: State) -> bool:
    """Files are the same, and no object of cache or remote is lacking; more of them do no harm."""
    return (now.metadata, now.data) == (wanted.metadata, wanted.data) and wanted.sound <= now.sound


def difference(now: State, wanted: State) -> str:
    parts = []
    for kind in ("metadata", "data"):
        one, two = getattr(now, kind), getattr(wanted, kind)
        parts += [
            f"{name}: {one.get(name)!r:.80} instead of {two.get(name)!r:.80}"
            for name in sorted({*one, *two})
            if one.get(name) != two.get(name)
        ]
    return "; ".join([*parts, *(f"{path} is lacking" for path in sorted(wanted.sound - now.sound))])
