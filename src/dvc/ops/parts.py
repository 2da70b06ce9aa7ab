"""New contents of tracked folders of which only parts were saved. The rest of the folder need not be in the workspace."""

from collections.abc import Mapping, Sequence

from dvc import engine
from dvc.engine.contract import Manifest
from dvc.exceptions import MissingObjects, TargetNotFound, TargetProblem
from dvc.formats import cloud
from dvc.model.hashes import MD5, TreeId
from dvc.model.stage import Content
from dvc.model.versions import Member
from dvc.ops.adding import Item
from dvc.ops.saving import Saving
from dvc.project.project import Project
from dvc.store.listing import tree_of
from dvc.store.objects import Store
from dvc.workspace.sizes import total_size
from dvc.workspace.survey import Seen


def merged(
    project: Project, saving: Saving, parts: Sequence[Item], kept: Mapping[str, Seen], *, look_up: bool = False
) -> dict[str, Content]:
    """The content of each folder, by its path, with the `parts` put in (or, where they are gone, taken out) one by one.

    A folder's size stays known while files are only added: what a replaced one had is not recorded. With `look_up` its object
    in the cache tells. (DVC's `commit` knows the size, its `add` does not, and both write the same file.)
    """
    contents: dict[str, Content] = {}
    trees: dict[str, Manifest] = {}
    for item in parts:
        whole = item.whole
        tree = trees[whole] if whole in trees else _recorded(project, saving, item)
        rest = tree.without(item.inner or "")
        if item.there:
            new = _part(item.inner or "", kept[item.path])
        elif len(rest) == len(tree):
            raise TargetNotFound(f"'{project.shown(item.path)}' does not exist, and is no part of '{project.shown(whole)}'")
        else:
            new = engine.manifest([])
        trees[whole] = after = rest.merge(new)
        before = contents.get(whole, item.out.content)
        if after != tree:
            old = tree.below(item.inner or "")
            sizes = (before.size, _added_size(item, kept), _size(saving.store, old) if look_up or not len(old) else None)
            before = _recorded_as_before(before, Content(saving.tree(after, MD5), _total(*sizes), len(after)), after, item, kept)
        contents[whole] = before
    return contents


def _recorded_as_before(old: Content, new: Content, tree: Manifest, item: Item, kept: Mapping[str, Seen]) -> Content:
    """`new`, listed file by file where `old` was."""
    rows = cloud.members(old)
    if rows is None:
        return new
    sizes = {row.path: row.size for row in rows} | _sizes(item, kept)
    return cloud.carried(old, [Member(path, digest, sizes.get(path)) for path, digest in tree])


def _sizes(item: Item, kept: Mapping[str, Seen]) -> dict[str, int | None]:
    """The sizes of the files of a part, by their paths in the folder."""
    seen = kept.get(item.path)
    if seen is None:
        return {}
    inner = item.inner or ""
    if seen.listing is not None:
        return {f"{inner}/{row.path}" if inner else row.path: row.size for row in seen.listing}
    return {inner: seen.content.size if seen.content is not None else None}


def _part(inner: str, seen: Seen) -> Manifest:
    if seen.manifest is not None:
        return seen.manifest.rebase("", inner)
    if seen.content is None or seen.content.oid is None:
        raise TargetProblem(f"'{inner}' is no file and no folder")
    return engine.manifest([(inner, seen.content.oid.hex)])


def _size(store: Store, manifest: Manifest) -> int | None:
    """The size of the files together, as their objects in the cache have it; None where one is missing."""
    if not len(manifest):
        return 0
    found = store.presence(MD5, manifest.digests())
    return None if found.missing else total_size(store.folder(MD5), manifest, found.size)


def _added_size(item: Item, kept: Mapping[str, Seen]) -> int | None:
    if not item.there:
        return 0
    content = kept[item.path].content
    return None if content is None else content.size


def _total(before: int | None, more: int | None, less: int | None) -> int | None:
    if before is None or more is None or less is None or before < less:  # recorded by hand, and wrongly
        return None
    return before + more - less


def _recorded(project: Project, saving: Saving, item: Item) -> Manifest:
    oid = item.out.content.oid
    whole = project.shown(item.whole)
    if not isinstance(oid, TreeId):
        raise TargetProblem(f"'{whole}' is not recorded as a folder, so '{project.shown(item.path)}' cannot be a part of it")
    if oid.algorithm != MD5:
        raise TargetProblem(f"'{whole}' was recorded by DVC 2, which hashed differently", hint=f"add all of it: `dvc add {whole}`")
    tree = tree_of(saving.store, item.out.content)
    if tree is None:
        raise MissingObjects(f"the list of files of '{whole}' is not in the cache", hint=f"`dvc fetch {whole}` brings it")
    return tree
