"""The engine in use: the native one where it is there, else the plain twin. Call its verbs as `engine.scan(...)`.

`DVC_ENGINE=python` or `native` chooses; the contract is `dvc.engine.contract`. Importing this costs one module.
"""

import os
from typing import TYPE_CHECKING

from dvc import env

if TYPE_CHECKING:
    from dvc.engine.contract import Engine


def _choose() -> "Engine":
    wanted = os.environ.get(env.ENGINE, "")
    if wanted != "python":
        try:
            from dvc.engine import native
        except ImportError as error:
            if wanted == "native":
                raise ImportError(f"{env.ENGINE}=native, but the compiled engine cannot be used: {error}") from error
        else:
            return native
    from dvc.engine import python

    return python


_engine = _choose()

name = _engine.name
counters = _engine.counters
digests = _engine.digests
manifest = _engine.manifest
parse_manifest = _engine.parse_manifest
empty_listing = _engine.empty_listing
load_index = _engine.load_index
scan = _engine.scan
stat = _engine.stat
hash = _engine.hash  # noqa: A001 - the contract's word; used as `engine.hash`
store = _engine.store
put = _engine.put
read = _engine.read
exists = _engine.exists
verify = _engine.verify
objects = _engine.objects
copy = _engine.copy
remove = _engine.remove
sweep = _engine.sweep
sync = _engine.sync
place = _engine.place
discard = _engine.discard
detach = _engine.detach
clock = _engine.clock
