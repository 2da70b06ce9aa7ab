"""Whether workspace bytes that are about to go are in the cache. The one place that answers it; it changes nothing."""

import os
from collections.abc import Iterator

from dvc import engine
from dvc.engine.contract import Listing
from dvc.model.hashes import MD5, MD5_DOS2UNIX, Algorithm
from dvc.store.objects import Store


def unsaved(store: Store, root: str, listing: Listing, algorithm: Algorithm, *, jobs: int = 0) -> Iterator[str]:
    """Paths of the listing (all rows of kind file) whose bytes no object of either layout holds."""
    suspects = [row.path for row in listing.unread()]
    suspects.extend(_unproven(store, listing, algorithm, jobs))
    if not suspects:
        return
    other = MD5 if algorithm == MD5_DOS2UNIX else MD5_DOS2UNIX
    again = engine.hash(root, engine.stat(root, suspects), algorithm=other, jobs=jobs)
    unproven = {*_unproven(store, again, other, jobs), *(row.path for row in again.unread())}
    yield from (path for path in sorted(suspects) if path in unproven or again.get(path) is None)


def _unproven(store: Store, listing: Listing, algorithm: Algorithm, jobs: int) -> list[str]:
    manifest = listing.manifest()
    missing = store.presence(algorithm, manifest.digests(), jobs=jobs).missing
    if algorithm == MD5:
        return [path for path, digest in manifest if digest in missing] if len(missing) else []
    # A 2.x name stands for any line ends: only equal sizes say that the bytes are the same.
    folder = store.folder(algorithm)
    return [path for path, digest in manifest if digest in missing or not _same_size(folder, digest, listing, path)]


def _same_size(folder: str, digest: str, listing: Listing, path: str) -> bool:
    row = listing.get(path)
    try:
        return row is not None and os.stat(os.path.join(folder, digest[:2], digest[2:])).st_size == row.size
    except OSError:
        return False
