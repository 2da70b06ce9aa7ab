"""How many bytes a set of objects must have, from what was recorded of the files: a cheap sign of corrupt objects."""

import os
from collections import Counter

from dvc.engine.contract import Manifest


def unique_size(folder: str, manifest: Manifest, total: int) -> int | None:
    """The size of the manifest's objects, each counted once, when its files together have `total` bytes.

    None where an object that several files share cannot be looked at.
    """
    if len(manifest.digests()) == len(manifest):
        return total
    shared = {digest: n for digest, n in Counter(digest for _, digest in manifest).items() if n > 1}
    try:
        return total - sum((n - 1) * os.stat(os.path.join(folder, digest[:2], digest[2:])).st_size for digest, n in shared.items())
    except OSError:
        return None
