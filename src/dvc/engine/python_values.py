"""The packed values of the plain engine, as plain containers. Owns the `.dir` bytes here; docs/formats/tree.md is the spec."""

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from dvc.engine import contract
from dvc.engine.contract import Entry, ManifestDiff, Problem

if TYPE_CHECKING:
    from dvc.engine.contract import Index

_HEX = re.compile(r"[0-9a-f]{32}")
_NAME = re.compile(r"[0-9a-f]{32}(?:\.dir)?")


class Counters:
    """Counts of work done; `cancel` makes the verb at work stop with KeyboardInterrupt."""

    def __init__(self) -> None:
        self.files = 0
        self.bytes = 0
        self._cancelled = False

    def cancel(self) -> None:
        self._cancelled = True

    def step(self, files: int = 0, size: int = 0) -> None:
        if self._cancelled:
            raise KeyboardInterrupt
        self.files += files
        self.bytes += size


def counting(counters: contract.Counters | None) -> Counters:
    if counters is None:
        return Counters()
    if not isinstance(counters, Counters):
        raise TypeError("counters of another engine")
    return counters


def checked_path(path: str) -> str:
    """`path` in the one spelling that its bytes have; ValueError when it could lead out of its folder or nowhere."""
    try:
        # Two surrogates that together are good UTF-8 are the same name as the character they make.
        path = os.fsdecode(os.fsencode(path))
    except UnicodeEncodeError:
        raise ValueError(f"path {path!r} cannot be a file's name") from None
    if "\0" in path or any(part in ("", ".", "..") for part in path.split("/")):
        raise ValueError(f"path {path!r} is not a plain relative path")
    return path


def checked_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no object's name")
    return name


def is_below(path: str, prefix: str) -> bool:
    """Whether `path` is `prefix` or lies below it; "" holds everything."""
    return not prefix or path == prefix or path.startswith(prefix + "/")


class Digests:
    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(names)

    def __len__(self) -> int:
        return len(self._names)

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._names))

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Digests) and self._names == other._names

    def __hash__(self) -> int:
        return hash(self._names)

    def __repr__(self) -> str:
        return f"<{len(self)} digests>"

    def __or__(self, other: contract.Digests) -> "Digests":
        return Digests(self._names | frozenset(other))

    def __and__(self, other: contract.Digests) -> "Digests":
        return Digests(self._names & frozenset(other))

    def __sub__(self, other: contract.Digests) -> "Digests":
        return Digests(self._names - frozenset(other))

    def trees(self) -> "Digests":
        return Digests(n for n in self._names if n.endswith(".dir"))

    def files(self) -> "Digests":
        return Digests(n for n in self._names if not n.endswith(".dir"))


class Manifest:
    def __init__(self, pairs: Mapping[str, str]) -> None:
        self._pairs = dict(sorted(pairs.items()))

    def __len__(self) -> int:
        return len(self._pairs)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._pairs.items())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Manifest) and self._pairs == other._pairs

    def __hash__(self) -> int:
        return hash(tuple(self._pairs.items()))

    def __repr__(self) -> str:
        return f"<manifest of {len(self)} files>"

    def get(self, path: str) -> str | None:
        return self._pairs.get(path)

    def paths(self) -> list[str]:
        return list(self._pairs)

    def dump(self) -> bytes:
        return json.dumps([{"md5": digest, "relpath": path} for path, digest in self]).encode("ascii")

    def hex(self) -> str:
        return hashlib.md5(self.dump(), usedforsecurity=False).hexdigest()

    def digests(self) -> Digests:
        return Digests(self._pairs.values())

    def below(self, prefix: str) -> "Manifest":
        return Manifest({p: d for p, d in self if is_below(p, prefix)})

    def without(self, prefix: str) -> "Manifest":
        return Manifest({p: d for p, d in self if not is_below(p, prefix)})

    def only(self, paths: Sequence[str]) -> "Manifest":
        return Manifest({p: self._pairs[p] for p in paths if p in self._pairs})

    def merge(self, other: contract.Manifest) -> "Manifest":
        return Manifest(self._pairs | dict(other))

    def rebase(self, strip: str, add: str) -> "Manifest":
        """ValueError for an entry that does not lie below `strip`: dropping it in silence would lose data."""
        pairs = {}
        for path, digest in self:
            if strip and not path.startswith(strip + "/"):
                raise ValueError(f"path {path!r} is not below {strip!r}")
            rest = path[len(strip) + 1 :] if strip else path
            pairs[checked_path(f"{add}/{rest}" if add else rest)] = digest
        return Manifest(pairs)

    def diff(self, new: contract.Manifest) -> ManifestDiff:
        old, now = self._pairs, dict(new)
        changed = [p for p in old if p in now and old[p] != now[p]]
        return ManifestDiff(
            Manifest({p: d for p, d in now.items() if p not in old}),
            Manifest({p: d for p, d in old.items() if p not in now}),
            Manifest({p: old[p] for p in changed}),
            Manifest({p: now[p] for p in changed}),
        )

    def has_folder(self, prefix: str) -> bool:
        return any(not prefix or p.startswith(prefix + "/") for p in self._pairs)


def manifest(pairs: Iterable[tuple[str, str]]) -> Manifest:
    held = {}
    for path, digest in pairs:
        if not _HEX.fullmatch(digest):
            raise ValueError(f"{digest!r} is no digest")
        held[checked_path(path)] = digest
    return Manifest(held)


def parse_manifest(data: bytes) -> Manifest:
    try:
        rows = json.loads(data.decode("utf-8"))
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(rows, list):
        rows = [None]
    return manifest([_pair(row) for row in rows])


def _pair(row: object) -> tuple[str, str]:
    if isinstance(row, dict):
        path, digest = row.get("relpath"), row.get("md5")
        if isinstance(path, str) and isinstance(digest, str):
            return path, digest.lower()
    raise ValueError("not a list of mappings with md5 and relpath")


class Listing:
    def __init__(self, rows: Iterable[Entry], problems: Iterable[Problem] = ()) -> None:
        self._rows = {row.path: row for row in sorted(rows, key=lambda row: row.path)}
        self._problems = sorted(problems)

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._rows.values())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Listing) and self._rows == other._rows

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"<listing of {len(self)} rows>"

    def get(self, path: str) -> Entry | None:
        return self._rows.get(path)

    @property
    def size(self) -> int:
        return sum(row.size for row in self if row.kind == "file")

    @property
    def unknown(self) -> int:
        return sum(1 for row in self if row.kind == "file" and row.digest is None)

    @property
    def problems(self) -> list[Problem]:
        return list(self._problems)

    def known(self, index: "Index", prefix: str, algorithm: str) -> "Listing":
        rows = []
        for row in self:
            record = index.get(f"{prefix}/{row.path}" if prefix else row.path)
            if record and row.kind == "file" and record[:4] == (row.size, row.mtime, row.inode, algorithm):
                row = row._replace(digest=record[4])
            rows.append(row)
        return Listing(rows, self._problems)

    def manifest(self) -> Manifest:
        return Manifest({row.path: row.digest for row in self if row.digest is not None})

    def unread(self) -> "Listing":
        return Listing(row for row in self if row.kind == "file" and row.digest is None)

    def only(self, manifest: contract.Manifest) -> "Listing":
        return Listing(row for row in self if manifest.get(row.path) is not None)

    def ending(self, suffix: str) -> list[str]:
        return [path for path in self._rows if path.endswith(suffix)]

    def links(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for row in self:
            if row.kind == "file":
                counts[row.link] = counts.get(row.link, 0) + 1
        return counts

    def linked(self, link: str) -> "Listing":
        return Listing(row for row in self if row.link == link)
