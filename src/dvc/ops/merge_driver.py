"""Git's merge driver for `.dvc` files (`merge=dvc` in `.gitattributes`): joins two versions of one tracked folder.

Git gives three temporary files, the versions of one `.dvc` file, and takes the result from the second. A refusal leaves that
one alone; Git then keeps our version in the workspace and reports a conflict.
"""

import os

from dvc import engine
from dvc.engine.contract import Manifest
from dvc.exceptions import DvcException, FormatProblem, MissingObjects, TargetNotFound
from dvc.formats import dotdvc
from dvc.model.hashes import MD5, TreeId
from dvc.model.stage import Content, Out, Stage
from dvc.ops.cache import store_of
from dvc.ops.saving import cache_lock, durable
from dvc.project.files import atomic_write, read
from dvc.project.project import Project
from dvc.store.objects import Store
from dvc.values import dataclass, replace
from dvc.workspace.merge import merge_folders
from dvc.workspace.sizes import total_size

_SHOWN = 10
_BY_HAND = "choose a version: `git checkout --ours FILE.dvc` or `--theirs`, then `dvc checkout FILE.dvc`, change the data, `dvc add` it"


class MergeRefused(DvcException):
    """The two versions cannot be joined without a decision of the user's."""

    code = "merge-refused"


@dataclass(frozen=True, slots=True)
class MergeDriverOptions:
    """Paths of the three versions as Git gives them, relative to the working directory."""

    ancestor: str
    ours: str
    theirs: str
    wait: bool = False


@dataclass(frozen=True, slots=True)
class _Side:
    """One version: the file's text, and the one output that it tracks (None: an empty file, the path was not there)."""

    text: str
    stage: Stage
    out: Out | None


def merge_driver(project: Project, options: MergeDriverOptions) -> None:
    """Make the file `options.ours` the merge of the three. Raises MergeRefused, MissingObjects, FormatProblem, TargetNotFound."""
    base, ours, theirs = (_side(project, path) for path in (options.ancestor, options.ours, options.theirs))
    out = ours.out or theirs.out
    if out is None or theirs.out is None:
        return
    _check_options(base.out, out, theirs.out)
    store = store_of(project)
    with cache_lock(project, wait=options.wait):
        old = _tree(store, base.out)
        mine = _tree(store, ours.out) if ours.out is not None else old
        merge = merge_folders(old, mine, _tree(store, theirs.out))
        if merge.conflicts:
            raise MergeRefused(f"both versions of '{out.path}' changed {_listed(merge.conflicts)}", hint=_BY_HAND)
        if ours.out is not None and merge.manifest == mine:
            return
        content = _stored(store, out.content, merge.manifest)
        if durable(project):
            store.sync()
        stage = replace(ours.stage, outs=(replace(out, content=content),))
        atomic_write(os.path.join(project.cwd, options.ours), dotdvc.write(stage, ours.text or None), shown=options.ours)


def _side(project: Project, path: str) -> _Side:
    raw = read(os.path.join(project.cwd, path), shown=path)
    if raw is None:
        raise TargetNotFound(f"'{path}' does not exist", hint="Git makes the three files and calls the driver: see `dvc install`")
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise FormatProblem(path, "it is no text", hint="it must be a version of a `.dvc` file") from None
    stage = dotdvc.read(text, path)
    if stage.deps:
        raise MergeRefused(f"'{path}' is the `.dvc` file of an import: only data of `dvc add` can be merged", hint=_BY_HAND)
    if len(stage.outs) > 1:
        raise MergeRefused(f"'{path}' has several outputs: only `.dvc` files with one can be merged", hint=_BY_HAND)
    return _Side(text, stage, stage.outs[0] if stage.outs else None)


def _check_options(base: Out | None, ours: Out, theirs: Out) -> None:
    """Refuses versions that differ in more than what the folder holds."""
    plain = [replace(out, content=_bare(out.content)) for out in (base, ours, theirs) if out is not None]
    if any(out != plain[0] for out in plain):
        raise MergeRefused(f"the versions of '{ours.path}' differ in their options, not only in their data", hint=_BY_HAND)


def _bare(content: Content) -> Content:
    return replace(content, oid=None, size=None, nfiles=None)


def _tree(store: Store, out: Out | None) -> Manifest:
    """The folder that `out` tracks; an empty one where nothing was tracked."""
    if out is None:
        return engine.manifest([])
    oid = out.content.oid
    if not isinstance(oid, TreeId):
        raise MergeRefused(f"'{out.path}' is no folder in all versions: only the files of folders can be merged", hint=_BY_HAND)
    if oid.algorithm != MD5:
        raise MergeRefused(f"'{out.path}' was recorded by DVC 2, which hashed differently", hint=_BY_HAND)
    tree = store.tree(oid)
    if tree is None:
        raise MissingObjects(f"the list of files '{oid.hex}.dir' of '{out.path}' is not in the cache", hint="`dvc fetch` brings it")
    return tree


def _stored(store: Store, before: Content, manifest: Manifest) -> Content:
    """What is recorded of the merged folder, its list stored. The size is known when the cache has all files."""
    found = store.presence(MD5, manifest.digests())
    size = total_size(store.folder(MD5), manifest, found.size) if not found.missing else None
    return replace(before, oid=store.put_tree(manifest), size=size, nfiles=len(manifest))


def _listed(paths: tuple[str, ...]) -> str:
    text = ", ".join(f"'{path}'" for path in paths[:_SHOWN])
    return text if len(paths) <= _SHOWN else f"{text} and {len(paths) - _SHOWN} more"
