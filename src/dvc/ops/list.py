"""`dvc list` and `dvc du`: what a repository holds at a revision."""

import posixpath
from collections.abc import Mapping

from dvc.project.walk import is_stage_file
from dvc.registry.catalog import Catalog, Item, look
from dvc.registry.repository import AS_IT_IS, SourceOptions, inside, open_repository
from dvc.values import dataclass


@dataclass(frozen=True, slots=True)
class ListOptions:
    url: str
    path: str = ""
    source: SourceOptions = AS_IT_IS
    recursive: bool = False
    level: int | None = None
    dvc_only: bool = False


@dataclass(frozen=True, slots=True)
class TreeNode:
    """An item with what lies in it; `children` is None for files and for folders that were not opened."""

    item: Item
    children: "tuple[TreeNode, ...] | None" = None


@dataclass(frozen=True, slots=True)
class Usage:
    path: str
    size: int


def list_items(options: ListOptions, cwd: str, environ: Mapping[str, str]) -> list[Item]:
    """Raises SourceProblem, TargetNotFound, TargetProblem for a path that leads out."""
    path = inside(options.path)
    with open_repository(options.url, options.source, cwd, environ) as repository:
        catalog, top = look(repository, path)
        if not top.is_folder:
            return [top]
        if options.recursive:
            return sorted(catalog.walk(top.full, dvc_only=options.dvc_only, level=options.level), key=lambda item: item.path)
        return catalog.children(top.full, dvc_only=options.dvc_only)


def list_tree(options: ListOptions, cwd: str, environ: Mapping[str, str]) -> TreeNode:
    """The same as a tree, `level` deep."""
    path = inside(options.path)
    with open_repository(options.url, options.source, cwd, environ) as repository:
        catalog, top = look(repository, path)
        return _node(catalog, top, options, options.level)


def _node(catalog: Catalog, item: Item, options: ListOptions, level: int | None) -> TreeNode:
    if not item.is_folder or level == 0:
        return TreeNode(item)
    deeper = None if level is None else level - 1
    rows = catalog.children(item.full, dvc_only=options.dvc_only)
    return TreeNode(item, tuple(_node(catalog, row, options, deeper) for row in rows))


def usage(options: ListOptions, cwd: str, environ: Mapping[str, str]) -> tuple[list[Usage], int]:
    """How large each name directly in the path is, and all together. Sizes that nobody knows count as nothing.

    `.dvc` files, dvc.yaml and .dvcignore are left out of folders, as DVC leaves them out.
    """
    path = inside(options.path)
    with open_repository(options.url, options.source, cwd, environ) as repository:
        catalog, top = look(repository, path)
        rows = _counted(catalog, top) if top.is_folder else [top]
        found = [Usage(posixpath.join(path, row.path) if top.is_folder else path, _weigh(catalog, row)) for row in rows]
    return found, sum(row.size for row in found)


def _weigh(catalog: Catalog, item: Item) -> int:
    if item.size is not None:
        return item.size
    if not item.is_folder:
        return catalog.object_size(item, catalog.algorithm(item.full)) or 0
    return sum(_weigh(catalog, row) for row in _counted(catalog, item))


def _counted(catalog: Catalog, folder: Item) -> list[Item]:
    names = ((row, posixpath.basename(row.path)) for row in catalog.children(folder.full))
    return [row for row, name in names if not (is_stage_file(name) or name == ".dvcignore")]
