"""How many bytes objects have, and the files that they are the content of: sums over a directory."""

import os
from collections import Counter

from dvc.engine.contract import Manifest


def unique_size(folder: str, manifest: Manifest, total: int) -> int | None:
    """The size of the manifest's objects, each counted once, when its files together have `total` bytes.

    A cheap sign of corrupt objects. None where an object that several files share cannot be looked at.
    """
    more = _repeated(folder, manifest)
    return None if more is None else total - more


def total_size(folder: str, manifest: Manifest, unique: int) -> int | None:
    """The size of the manifest's files together, when its objects, each counted once, have `unique` bytes."""
    more = _repeated(folder, manifest)
    return None if more is None else unique + more


def _repeated(folder: str, manifest: Manifest) -> int | None:
    """The bytes that files have beyond the first one with the same content; None where such an object cannot be looked at."""
    if len(manifest.digests()) == len(manifest):
        return 0
    shared = {digest: n for digest, n in Counter(digest for _, digest in manifest).items() if n > 1}
    try:
        return sum((n - 1) * os.stat(os.path.join(folder, digest[:2], digest[2:])).st_size for digest, n in shared.items())
    except OSError:
        return None
