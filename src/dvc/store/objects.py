"""Objects of the local cache: which folder holds which, trees read and written, what is missing.

Owns the choice between the 3.x layout (`files/md5`) and the 2.x one (docs/formats/cache.md). It never looks at the workspace.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from dvc import engine
from dvc.engine.contract import Counters, Digests, Manifest, Presence
from dvc.model.hashes import MD5, Algorithm, ObjectId, TreeId
from dvc.values import dataclass

TREE_SUFFIX = ".dir"


def object_name(oid: ObjectId) -> str:
    """The name of an object inside its folder, as the engine spells it."""
    return oid.hex + TREE_SUFFIX if isinstance(oid, TreeId) else oid.hex


@dataclass(frozen=True, slots=True)
class Store:
    """A cache folder. `links` are the link types to try, in order; `quarantine` takes in objects that proved corrupt."""

    cache_dir: str
    links: tuple[str, ...] = ("reflink", "copy")
    dir_mode: int = 0o777
    quarantine: str | None = None

    @property
    def storage(self) -> None:
        """Its folders are of this machine."""
        return

    @property
    def runs(self) -> str:
        """The folder of the run-cache."""
        return os.path.join(self.cache_dir, "runs")

    def folder(self, algorithm: Algorithm) -> str:
        """The object folder for names under `algorithm`."""
        return os.path.join(self.cache_dir, "files", "md5") if algorithm == MD5 else self.cache_dir

    def path(self, oid: ObjectId) -> str:
        """Where the object is, if it is here."""
        name = object_name(oid)
        return os.path.join(self.folder(oid.algorithm), name[:2], name[2:])

    def tree(self, tree: TreeId) -> Manifest | None:
        """The directory that `tree` names; None where its object is missing, or is not what its name says."""
        import hashlib  # takes its time to load, and a project may have no tracked folder

        data = engine.read(self.folder(tree.algorithm), object_name(tree))
        if data is None or hashlib.md5(data, usedforsecurity=False).hexdigest() != tree.hex:
            return None
        try:
            return engine.parse_manifest(data)
        except ValueError:
            return None

    def put_tree(self, manifest: Manifest, algorithm: Algorithm = MD5) -> TreeId:
        """Store a directory's object. Its files must be in place before."""
        digest = engine.put(self.folder(algorithm), manifest.dump(), TREE_SUFFIX, dir_mode=self.dir_mode)
        return TreeId(algorithm, digest)

    def presence(self, algorithm: Algorithm, names: Digests, *, jobs: int = 0, counters: Counters | None = None) -> Presence:
        """Which of `names` are here. Untrusted ones are verified; corrupt ones are moved into quarantine and missing."""
        folder = self.folder(algorithm)
        return engine.exists(folder, names, algorithm=algorithm, quarantine=self.quarantine, jobs=jobs, counters=counters)

    def distrust(self, algorithm: Algorithm, names: Digests, *, jobs: int = 0) -> Digests:
        """Read every one of `names`, whatever its mode says; the corrupt ones, which are in quarantine afterwards."""
        folder = self.folder(algorithm)
        corrupt = engine.verify(folder, names, algorithm=algorithm, jobs=jobs)
        for name in corrupt:
            try:
                os.chmod(os.path.join(folder, name[:2], name[2:]), 0o644)  # a mode that `presence` does not trust
            except OSError:  # gone, or not ours to change: it is reported as corrupt all the same
                continue
        if len(corrupt):
            self.presence(algorithm, corrupt, jobs=jobs)
        return corrupt

    def holds(self, oid: ObjectId) -> bool:
        """Whether the one object is here; for many use `presence`."""
        return not self.presence(oid.algorithm, engine.digests([object_name(oid)])).missing

    @contextmanager
    def work(self) -> "Iterator[str]":
        """A folder on the cache's file system for what is on its way in; gone afterwards."""
        import shutil
        import tempfile

        os.makedirs(self.cache_dir, exist_ok=True)
        folder = tempfile.mkdtemp(dir=self.cache_dir, prefix="tmp-")
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def sync(self) -> None:
        """Have the file system put on disk what was stored, before anything refers to it."""
        if os.path.isdir(self.cache_dir):
            engine.sync(self.cache_dir)
