"""The engine's contract: packed values and the verbs over them. `native.py` and `python.py` both answer to it.

A million files never become a million Python objects here: a Listing, Manifest, Digests or Index is one packed value, and
a verb takes and returns whole ones. All verbs release the interpreter lock where they can, work on `jobs` threads (0: the
engine's choice), count into `counters`, and stop soon after `counters.cancel()` or Ctrl-C (KeyboardInterrupt), leaving
nothing half-written under a final name.

Paths inside packed values are relative, POSIX (`/`), and sorted by code point. A name that is no UTF-8 carries its odd
bytes as Python does (surrogateescape), so `os.fsencode(path)` gives the name on disk and the JSON writer spells
`\\udcXX` as the reference does. Digests cross the boundary as lower-case hex of 32 digits; object names are the digest,
with `.dir` behind it for directories. Times are nanoseconds, sizes bytes.

An *object folder* is a folder with objects at `XX/REST` (docs/formats/cache.md): `<cache>/files/md5` for 3.x, `<cache>`
for 2.x objects.

Failing on one path does not fail the verb: what went wrong is in `problems`. A verb raises EngineProblem when its root or
object folder cannot be used at all.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

PROBLEM_CODES = (
    "missing",  # not there, or vanished while at work
    "unreadable",  # EACCES on reading
    "not-permitted",  # EPERM, EACCES, EROFS on writing
    "dangling-link",  # a symbolic link to nothing
    "special",  # a socket, device or pipe
    "is-folder",  # a folder stands where a file is named
    "ignore-file",  # a .dvcignore inside a tracked folder
    "in-the-way",  # a file or link stands where a folder must be, or something that was not expected stands at the target
    "changed",  # changed while being read, or since the plan was made
    "corrupt",  # an object's bytes do not hash to its name
    "no-space",  # ENOSPC, EDQUOT
    "io",  # any other error; the message has errno's text
)

LINK_TYPES = ("reflink", "hardlink", "symlink", "copy")


class Problem(NamedTuple):
    """What went wrong on one path. `code` is one of PROBLEM_CODES."""

    path: str
    code: str
    message: str


class Rule(NamedTuple):
    """One ignore rule (dvc.ignore makes them): `regex` is anchored and matches the path relative to `base`.

    `base` is a folder relative to the project's root ("" is the root). The last rule that matches decides; `negated`
    lets the path in again; `folders_only` rules match folders alone. Below an ignored folder nothing is looked at. The
    whole path must match, and `.` matches a newline too. The regex uses literals, `.`, classes, groups `(?:...)`, `*`, `+`,
    `?`, `|`: no look-around, no back references.
    """

    base: str
    regex: str
    negated: bool
    folders_only: bool


class Entry(NamedTuple):
    """One row of a Listing. `kind`: file, folder, missing, dangling-link, special or unreadable."""

    path: str
    kind: str
    size: int
    mtime: int
    inode: int
    mode: int  # st_mode of what a link points to
    link: str  # how the name is tied to its bytes: "symlink", "hardlink" (more than one name), "copy"
    digest: str | None  # known content, else None


class Counters(Protocol):
    """Shared with the worker threads: read it while a verb runs."""

    @property
    def files(self) -> int: ...
    @property
    def bytes(self) -> int: ...
    def cancel(self) -> None: ...


class Digests(Protocol):
    """A set of object names ("32 hex" or "32 hex.dir"), sorted, packed. Equal when the names are."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[str]: ...
    def __contains__(self, name: object) -> bool: ...
    def __or__(self, other: "Digests") -> "Digests": ...
    def __and__(self, other: "Digests") -> "Digests": ...
    def __sub__(self, other: "Digests") -> "Digests": ...
    def trees(self) -> "Digests":
        """The `.dir` names alone."""

    def files(self) -> "Digests":
        """The others."""


class ManifestDiff(NamedTuple):
    """From an old manifest to a new one. `changed_old` and `changed_new` have the same paths."""

    added: "Manifest"
    removed: "Manifest"
    changed_old: "Manifest"
    changed_new: "Manifest"


class Manifest(Protocol):
    """The sorted (path, digest) pairs of a directory: a `.dir` object as a value. Equal when the pairs are."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[tuple[str, str]]: ...
    def get(self, path: str) -> str | None: ...
    def paths(self) -> list[str]: ...
    def dump(self) -> bytes:
        """The `.dir` object's bytes (docs/formats/tree.md)."""

    def hex(self) -> str:
        """MD5 of `dump()`, without building it."""

    def digests(self) -> Digests:
        """The objects it names (its own `.dir` object not among them)."""

    def below(self, prefix: str) -> "Manifest":
        """The entry at `prefix` and those below it; paths stay whole. "" is everything."""

    def without(self, prefix: str) -> "Manifest":
        """Everything but `below(prefix)`."""

    def only(self, paths: Sequence[str]) -> "Manifest":
        """The entries at exactly these paths; those that are not there are passed over."""

    def merge(self, other: "Manifest") -> "Manifest":
        """Both; where a path is in both, `other` wins."""

    def rebase(self, strip: str, add: str) -> "Manifest":
        """Paths with the folder `strip` taken off their front and the folder `add` put there ("" for none). ValueError when a
        path does not lie below `strip`."""

    def diff(self, new: "Manifest") -> ManifestDiff: ...
    def has_folder(self, prefix: str) -> bool:
        """Whether some entry lies below the folder `prefix`."""


class Listing(Protocol):
    """What a look at the file system saw, sorted by path. Equal when the rows are, whatever the problems.

    `known`, `hash` and `store` keep the problems of the listing they are given (the last two add theirs); `unread`, `only`
    and `linked` have none.
    """

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Entry]: ...
    def get(self, path: str) -> Entry | None: ...
    @property
    def size(self) -> int:
        """Bytes of all rows of kind file."""

    @property
    def unknown(self) -> int:
        """How many rows of kind file have no digest."""

    @property
    def problems(self) -> list[Problem]: ...
    def known(self, index: "Index", prefix: str, algorithm: str) -> "Listing":
        """With the digests that `index` has for `prefix`/path, where size, mtime and inode are as recorded."""

    def manifest(self) -> Manifest:
        """The rows that have a digest."""

    def unread(self) -> "Listing":
        """The rows of kind file that have no digest."""

    def only(self, manifest: Manifest) -> "Listing":
        """The rows whose paths the manifest has."""

    def ending(self, suffix: str) -> list[str]:
        """Paths that end so."""

    def links(self) -> Mapping[str, int]:
        """How many rows of kind file are tied as "symlink", "hardlink", "copy"."""

    def linked(self, link: str) -> "Listing":
        """The rows tied so."""


class Update(NamedTuple):
    """What an Index takes over from a Listing: its rows of kind file that have a digest.

    Entry keys are `prefix`/path ("" for none). `whole`: everything recorded at and below `prefix` before is dropped.
    `clock` is `clock()` taken before the listing's files were looked at, or after they were placed. A row whose mtime is
    at or after clock - grain, or in its future, is not recorded: it may change again without a trace (git's racy rule).
    Grain: 2 s where mtime is a whole number of seconds, else 20 ms.
    """

    prefix: str
    listing: Listing
    clock: int
    algorithm: str
    whole: bool


class Index(Protocol):
    """The project's memory of path -> (size, mtime, inode, algorithm, digest): one packed, sorted, mapped file."""

    def __len__(self) -> int: ...
    def get(self, path: str) -> tuple[int, int, int, str, str] | None:
        """(size, mtime, inode, algorithm, digest) recorded for `path`."""

    def save(self, path: str, updates: Sequence[Update]) -> None:
        """Write this index with `updates` merged in to `path`, by temporary file and rename. Raises EngineProblem."""


class Presence(NamedTuple):
    """What an object folder holds of a set of names. `corrupt` is a part of `missing`; `size`: bytes of those present."""

    missing: Digests
    corrupt: Digests
    size: int


class Placed(NamedTuple):
    """What came of placing. `listing` has the rows as they now are, with digests; `links` counts by link type really used."""

    listing: Listing
    links: Mapping[str, int]
    problems: list[Problem]


class Moved(NamedTuple):
    """What came of copying or removing objects or files: how many, how many bytes, and what failed."""

    count: int  # type: ignore[assignment]  # hides tuple.count, which nobody calls
    size: int
    problems: list[Problem]


class Engine(Protocol):
    """The module-level functions of `dvc.engine`. Both engines give the same answers; tests/contract holds them to it."""

    name: str  # "native" or "python"

    def counters(self) -> Counters: ...

    # --- values
    def digests(self, names: Sequence[str]) -> Digests: ...
    def manifest(self, pairs: Sequence[tuple[str, str]]) -> Manifest:
        """Of pairs in any order; the later of two with the same path wins. ValueError for a path or digest not allowed."""

    def parse_manifest(self, data: bytes) -> Manifest:
        """Of a `.dir` object's bytes: any key order, white space and extra keys; of duplicates the last wins.

        Digests may be upper-case there. ValueError for what is no list of {md5, relpath}, and for a path that is empty,
        absolute, has a NUL, or an empty, `.` or `..` part.
        """

    def empty_listing(self) -> Listing: ...
    def load_index(self, path: str) -> Index:
        """The index at `path`; an empty one where it is missing or not ours. Never raises."""

    # --- looking
    def scan(self, root: str, *, base: str, rules: Sequence[Rule], jobs: int = 0, counters: Counters | None = None) -> Listing:
        """All files below the folder `root`, which lies at `base` relative to the project's root.

        Rows are of kind file alone. A link to a file counts as the file it points to; a link to a folder is left out; so
        is a sub-folder that holds a `.dvc` folder. Dangling links, specials, unreadable folders and `.dvcignore` files
        become problems. Empty folders leave no row.
        """

    def stat(self, root: str, paths: Sequence[str]) -> Listing:
        """One row for each of `paths` (relative to `root`, in any order; named twice it is one row), links followed."""

    def hash(self, root: str, listing: Listing, *, algorithm: str, jobs: int = 0, counters: Counters | None = None) -> Listing:
        """With every row of kind file read and hashed that had no digest. Rows that cannot be read stay unknown, and are
        problems. A file that changes while being read is read again, a few times; its row has the stat of the bytes hashed."""

    # --- objects
    def store(
        self,
        root: str,
        listing: Listing,
        folder: str,
        *,
        algorithm: str,
        jobs: int = 0,
        dir_mode: int = 0o777,
        counters: Counters | None = None,
    ) -> Listing:
        """As `hash`, and afterwards the object of every row that has a digest is in `folder`, mode 0444.

        One pass: hashed while copied in. Where the file system can, large files are cloned first and the clone hashed.
        Rows known before are read only if their object is missing. Objects already there are not rewritten, but one
        whose size differs from the row's is replaced, and so is one that is not of mode 0444 and wrong (see `exists`).
        `dir_mode` (less umask unless it has the set-group bit) is for new folders.
        """

    def put(self, folder: str, data: bytes, suffix: str = "", *, dir_mode: int = 0o777) -> str:
        """Store `data` as one object; its name is MD5 + `suffix`. Returns the hex. Raises EngineProblem."""

    def read(self, folder: str, name: str) -> bytes | None:
        """An object's bytes, None when it is not there. Raises EngineProblem where it cannot be read."""

    def exists(
        self,
        folder: str,
        digests: Digests,
        *,
        algorithm: str,
        quarantine: str | None = None,
        jobs: int = 0,
        counters: Counters | None = None,
    ) -> Presence:
        """Which are there. An object of mode exactly 0444 is trusted; any other is hashed: right, and it becomes 0444; wrong, and
        it counts as missing and is moved into the folder `quarantine` (left where it is when None)."""

    def verify(self, folder: str, digests: Digests, *, algorithm: str, jobs: int = 0, counters: Counters | None = None) -> Digests:
        """Those whose bytes do not hash to their name, whatever their mode; absent ones not among them."""

    def objects(self, folder: str) -> Digests:
        """All objects in the folder; names that are no object's are passed over. A missing folder is an empty one."""

    def copy(
        self,
        source: str,
        target: str,
        digests: Digests,
        *,
        algorithm: str,
        verify: bool,
        jobs: int = 0,
        dir_mode: int = 0o777,
        counters: Counters | None = None,
    ) -> Moved:
        """Copy objects between two object folders; those already in `target` are passed over and not counted.
        `verify`: hash on the way, a wrong one is a problem ("corrupt") and not copied."""

    def remove(self, folder: str, digests: Digests, *, counters: Counters | None = None) -> Moved:
        """Delete objects; absent ones are passed over. Empty `XX` folders stay."""

    def sweep(self, folder: str) -> int:
        """Delete what killed processes left in an object folder, or in a `temp` of `place`: temporary files, and temporary
        folders with the files in them. How many files. Only under the exclusive lock."""

    def sync(self, folder: str) -> None:
        """Ask the file system of `folder` to put everything on disk (syncfs). Raises EngineProblem where it fails."""

    # --- the workspace
    def place(
        self,
        root: str,
        manifest: Manifest,
        folder: str,
        *,
        links: Sequence[str],
        temp: str,
        over: Listing | None = None,
        executable: bool = False,
        algorithm: str = "md5",
        jobs: int = 0,
        counters: Counters | None = None,
    ) -> Placed:
        """Put the objects of `manifest` at their paths below `root`, making folders as needed.

        `links` are tried in order; a type that the file systems do not support is left for the next one. Copies get mode
        0666 less umask (`executable`: and u+x); hard and symbolic links stay 0444, symbolic ones are absolute. An empty
        object is always copied. Each file is made in `temp` (beside its target where that is another file system) and
        renamed, or made in a new folder there that is renamed when it is whole. A target that exists is replaced only if
        `over` has a row for it whose stat it still has; else it is a problem ("in-the-way", "changed"; "is-folder" for a
        folder, whatever `over` says). No parent below `root` may be a
        link. Objects not of mode 0444 are hashed first: a wrong one is a problem ("corrupt").
        """

    def discard(self, root: str, listing: Listing, *, counters: Counters | None = None) -> Moved:
        """Delete the files of `listing` whose stat is still as it says, then the folders below `root` that this left empty (never
        `root`). A changed one is a problem ("changed"); one that is gone is passed over and not counted."""

    def detach(self, root: str, listing: Listing, *, temp: str, jobs: int = 0, counters: Counters | None = None) -> Placed:
        """Make each row a file of its own, writable (0666 less umask): links are replaced by copies, by rename. A writable file of
        its own is left alone. `links` counts those replaced, as "copy"; `listing` has all rows as they now are."""

    def clock(self, folder: str) -> int:
        """The time now by the clock of the file system of `folder`: the mtime of a file made there (and deleted). 0 where
        no file can be made: then nothing is recorded."""
