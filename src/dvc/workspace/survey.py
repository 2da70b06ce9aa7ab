"""What is in the workspace at many paths at once: kinds, contents, manifests. Reads files and the index, hashes what is unknown.

Everyone who needs to know the workspace asks here. It writes nothing but the index.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Literal

from dvc import engine
from dvc.engine.contract import Entry, Index, Listing, Manifest, Problem, Update
from dvc.exceptions import EngineProblem
from dvc.model.hashes import MD5, Algorithm, Oid, TreeId
from dvc.model.stage import Content
from dvc.progress import NullProgress, Progress
from dvc.values import dataclass, field
from dvc.workspace.site import Site, hide_from_git

Kind = Literal["missing", "file", "folder", "other"]
Learn = Callable[[Sequence[Update]], None]
"""Takes what was learned of files' contents."""

OUTSIDE = "/"  # the index keeps paths outside the project as "//abs/path": no path inside starts so
OWNER_EXECUTES = 0o100
# What makes a folder's manifest say less than the folder holds. A dangling link or a socket is never part of one.
BLINDING = frozenset({"missing", "unreadable", "is-folder", "changed", "io"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where to look: a path relative to the root (or absolute, or `../`), and the hash its record uses."""

    path: str
    algorithm: Algorithm = MD5


@dataclass(frozen=True, slots=True)
class Seen:
    """What stands at one place.

    `content` is None where nothing stands there, it is no file or folder, not all of it could be read, or it was not
    hashed. `listing`, of folders, has paths relative to `root`; `entry` is the row of anything else. `problems` are what
    the engine met.
    """

    kind: Kind
    root: str
    content: Content | None = None
    entry: Entry | None = None
    listing: Listing | None = None
    manifest: Manifest | None = None
    problems: tuple[Problem, ...] = ()


class Survey(Mapping[str, Seen]):
    """Path (as asked for) to what was seen there; `at` tells apart a path that was asked for under two hashes."""

    def __init__(self, seen: Mapping[Place, Seen], files: Mapping[Algorithm, Listing]) -> None:
        self._places = seen
        self._seen = {place.path: found for place, found in seen.items()}
        self._files = files

    def at(self, place: Place) -> Seen:
        return self._places[place]

    def __getitem__(self, path: str) -> Seen:
        return self._seen[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._seen)

    def __len__(self) -> int:
        return len(self._seen)

    def files(self, algorithm: Algorithm = MD5) -> Listing:
        """The rows of all plain files inside the project, relative to its root."""
        found = self._files.get(algorithm)
        return engine.empty_listing() if found is None else found


@dataclass(slots=True)
class _Look:
    """One batch of the survey at work: its rows get digests from the index, then by hashing."""

    root: str
    prefix: str
    algorithm: Algorithm
    listing: Listing
    whole: bool
    fresh: bool = field(default=False)


def survey(
    site: Site,
    places: Iterable[Place],
    *,
    hash: bool = True,  # noqa: A002 - the word of the contract
    save: bool = True,
    learn: Learn | None = None,
    jobs: int = 0,
    progress: Progress | None = None,
) -> Survey:
    """Look at all `places`. With `hash`, contents that the index does not know are hashed, and the index learns them (`save`), or
    `learn` is told instead."""
    asked = list(dict.fromkeys(places))
    index = engine.load_index(site.index_path)
    files = _files(site, asked, index)
    folders = _folders(site, asked, files, index)
    looks = [*files.values(), *folders.values()]
    if hash and any(look.listing.unknown for look in looks):
        updates = _hash(site, looks, save=save, jobs=jobs, progress=progress or NullProgress())
        if learn is not None:
            learn(updates)
        else:
            save_index(site, index, updates)
    seen = {place: _seen(site, place, files, folders) for place in asked}
    return Survey(seen, {look.algorithm: look.listing for look in files.values() if look.prefix == ""})


def absolute(site: Site, path: str) -> str:
    """The path as the operating system takes it. `path` is relative to the root, or absolute already."""
    return os.path.normpath(os.path.join(site.root, path))


def is_outside(path: str) -> bool:
    return path == ".." or path.startswith(("/", "../"))


def new_clock(site: Site) -> int:
    """The file system's time in the workspace; 0 where it may not be written to."""
    now = engine.clock(site.tmp_dir)
    try:
        if not now:  # the folder may not be there yet
            os.makedirs(site.tmp_dir, exist_ok=True)
        hide_from_git(site.tmp_dir)
    except OSError:
        return 0
    return now or engine.clock(site.tmp_dir)


def save_index(site: Site, index: Index, updates: Sequence[Update]) -> None:
    """Keep what was learned. Where that fails nothing is lost but time: the next command hashes again."""
    if not any(update.clock for update in updates):
        return
    try:
        index.save(site.index_path, updates)
    except EngineProblem:
        return


def _key(site: Site, place: Place) -> tuple[str, str, str]:
    """(base folder of the stat call, path relative to it, prefix in the index)."""
    if is_outside(place.path):
        return "/", absolute(site, place.path).lstrip("/"), OUTSIDE
    return site.root, place.path, ""


def _files(site: Site, places: Sequence[Place], index: Index) -> dict[tuple[str, Algorithm], _Look]:
    """One stat call per base and algorithm: every place, whatever it turns out to be."""
    groups: dict[tuple[str, Algorithm], list[str]] = {}
    for place in places:
        base, path, _ = _key(site, place)
        groups.setdefault((base, place.algorithm), []).append(path)
    looks = {}
    for (base, algorithm), paths in groups.items():
        prefix = "" if base == site.root else OUTSIDE
        listing = engine.stat(base, paths).known(index, prefix, algorithm)
        looks[base, algorithm] = _Look(base, prefix, algorithm, listing, whole=False)
    return looks


def _folders(site: Site, places: Sequence[Place], files: Mapping[tuple[str, Algorithm], _Look], index: Index) -> dict[Place, _Look]:
    looks = {}
    for place in places:
        base, path, prefix = _key(site, place)
        entry = files[base, place.algorithm].listing.get(path)
        if entry is None or entry.kind != "folder":
            continue
        inside = prefix == ""
        root = absolute(site, place.path)
        listing = engine.scan(root, base=place.path if inside else "", rules=site.rules(place.path) if inside else ())
        prefix = path if inside else OUTSIDE + "/" + path
        looks[place] = _Look(root, prefix, place.algorithm, listing.known(index, prefix, place.algorithm), whole=True)
    return looks


def _hash(site: Site, looks: Sequence[_Look], *, save: bool, jobs: int, progress: Progress) -> list[Update]:
    clock = new_clock(site) if save else 0
    counters = engine.counters()
    unknown = sum(look.listing.unknown for look in looks)
    with progress.task("Hashing", files=unknown) as task:
        task.watch(lambda: (counters.files, counters.bytes))
        for look in looks:
            if look.listing.unknown:
                look.listing = engine.hash(look.root, look.listing, algorithm=look.algorithm, jobs=jobs, counters=counters)
                look.fresh = True
    return [Update(look.prefix, look.listing, clock, look.algorithm, look.whole) for look in looks if look.fresh]


def _seen(site: Site, place: Place, files: Mapping[tuple[str, Algorithm], _Look], folders: Mapping[Place, _Look]) -> Seen:
    folder = folders.get(place)
    if folder is not None:
        return _seen_folder(folder)
    base, path, _ = _key(site, place)
    look = files[base, place.algorithm]
    entry = look.listing.get(path)
    if entry is None or entry.kind == "missing":
        return Seen("missing", base)
    problems = tuple(problem for problem in look.listing.problems if problem.path == path)
    if entry.kind == "file":
        content = None
        if entry.digest is not None:
            oid = Oid(place.algorithm, entry.digest)
            content = Content(oid, entry.size, isexec=bool(entry.mode & OWNER_EXECUTES), algorithm=place.algorithm)
        return Seen("file", base, content, entry, problems=problems)
    return Seen("other", base, None, entry, problems=problems)


def _seen_folder(look: _Look) -> Seen:
    listing = look.listing
    problems = tuple(listing.problems)
    manifest = listing.manifest()
    content = None
    if not listing.unknown and not any(problem.code in BLINDING for problem in problems):
        oid = TreeId(look.algorithm, manifest.hex())
        content = Content(oid, listing.size, len(manifest), algorithm=look.algorithm)
    return Seen("folder", look.root, content, None, listing, manifest, problems)
