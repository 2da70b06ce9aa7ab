"""Which recorded data has no object in the cache, or on a remote. Rows are paths; a folder's own row ends in `/`."""

from collections.abc import Callable, Mapping

from dvc import engine
from dvc.engine.contract import Digests
from dvc.model.hashes import Algorithm
from dvc.ops.sides import names
from dvc.workspace.compare import Node

Lacking = Callable[[Algorithm, Digests], Digests]


def absent(nodes: Mapping[str, Node], lacking: Lacking, *, granular: bool) -> tuple[str, ...]:
    """Paths of `nodes` whose objects `lacking` says are not there. `granular`: members of folders too."""
    wanted = {algorithm: engine.digests(found) for algorithm, found in names(nodes).items()}
    if granular:
        for node in nodes.values():
            if node.oid is not None and node.manifest is not None:
                wanted[node.oid.algorithm] = wanted[node.oid.algorithm] | node.manifest.digests()
    gone = {algorithm: lacking(algorithm, digests) for algorithm, digests in wanted.items()}
    rows: list[str] = []
    for path, node in nodes.items():
        if node.oid is None:
            continue
        missing = gone[node.oid.algorithm]
        if not len(missing):
            continue
        if node.name in missing:
            rows.append(path + "/" if node.folder else path)
        if granular and node.manifest is not None and len(node.manifest.digests() & missing):
            rows += [f"{path}/{inner}" for inner, digest in node.manifest if digest in missing]
    return tuple(sorted(rows))
