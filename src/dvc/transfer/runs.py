"""The run-cache between a cache and a remote: entries are copied verbatim (docs/formats/run-cache.md), never changed."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator

_ENTRY = re.compile(r"[0-9a-f]{2}/[0-9a-f]{64}/[0-9a-f]{64}")


def entries(folder: str) -> Iterator[str]:
    """`XX/K/V` of every entry below `folder`; other names are passed over."""
    for at, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = os.path.relpath(os.path.join(at, name), folder).replace(os.sep, "/")
            if _ENTRY.fullmatch(path):
                yield path


def copy(source: str, target: str) -> int:
    """Copy the entries that `target` lacks; returns how many."""
    count = 0
    for entry in entries(source):
        there = os.path.join(target, entry)
        if os.path.exists(there):
            continue
        os.makedirs(os.path.dirname(there), exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=os.path.dirname(there), prefix=".tmp")
        try:
            with os.fdopen(handle, "wb") as out, open(os.path.join(source, entry), "rb") as data:
                shutil.copyfileobj(data, out)
            umask = os.umask(0)
            os.umask(umask)
            os.chmod(temporary, 0o666 & ~umask)
            os.replace(temporary, there)
        except BaseException:
            os.unlink(temporary)
            raise
        count += 1
    return count
