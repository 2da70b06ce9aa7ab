"""The compiled engine: the sole importer of `dvc._engine`. The contract is `dvc.engine.contract`; the crates are in `crates/`.

Its values are made, and its EngineProblems raised, by the compiled module itself. ImportError where none was built.
"""

from dvc._engine import (
    Counters,
    clock,
    copy,
    detach,
    digests,
    discard,
    empty_listing,
    exists,
    hash,  # noqa: A004 - the contract's word
    load_index,
    manifest,
    objects,
    parse_manifest,
    place,
    put,
    read,
    remove,
    scan,
    stat,
    store,
    sweep,
    sync,
    verify,
)

__all__ = [
    "clock",
    "copy",
    "counters",
    "detach",
    "digests",
    "discard",
    "empty_listing",
    "exists",
    "hash",
    "load_index",
    "manifest",
    "name",
    "objects",
    "parse_manifest",
    "place",
    "put",
    "read",
    "remove",
    "scan",
    "stat",
    "store",
    "sweep",
    "sync",
    "verify",
]

name = "native"


def counters() -> Counters:
    return Counters()
