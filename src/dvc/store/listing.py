"""Directories that metadata lists file by file: their manifest is there without any object."""

from dvc import engine
from dvc.engine.contract import Manifest
from dvc.formats import cloud
from dvc.model.hashes import TreeId
from dvc.model.stage import Content
from dvc.store.objects import Store


def listed(content: Content) -> Manifest | None:
    """The manifest that `content` itself states; None where only an object has it."""
    rows = cloud.members(content)
    if rows is None or not isinstance(content.oid, TreeId):
        return None
    return engine.manifest([(row.path, row.md5 or "") for row in rows])


def tree_of(store: Store, content: Content) -> Manifest | None:
    """The directory that `content` is, from itself or from its object; None where neither has it, and for a file."""
    if not isinstance(content.oid, TreeId):
        return None
    manifest = listed(content)
    return store.tree(content.oid) if manifest is None else manifest


def keep(store: Store, content: Content) -> None:
    """Have the object of a listed directory in `store`, as everything that reads objects wants it."""
    manifest = listed(content)
    if manifest is not None and content.oid is not None and not store.holds(content.oid):
        store.put_tree(manifest)
