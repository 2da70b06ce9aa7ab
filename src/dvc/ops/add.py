"""Tracks files and folders: their bytes go into the cache, `.dvc` files and `.gitignore` entries name them."""

import glob
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from dvc import engine
from dvc.engine.contract import Manifest
from dvc.exceptions import MissingObjects, TargetNotFound, TargetProblem
from dvc.model.hashes import MD5, MD5_DOS2UNIX, TreeId
from dvc.model.stage import Content, Out, Stage
from dvc.ops.adding import Item, expand, resolve
from dvc.ops.saving import Saving, store_of
from dvc.progress import NullProgress, Progress
from dvc.project import locks
from dvc.project.edits import Edits
from dvc.project.project import Project
from dvc.workspace import memory
from dvc.workspace.survey import Place, Seen


@dataclass(frozen=True, slots=True)
class AddOptions:
    targets: tuple[str, ...]
    glob: bool = False
    out: str | None = None
    no_commit: bool = False
    force: bool = False
    no_relink: bool = False
    to_remote: bool = False
    remote: str | None = None
    jobs: int = 0
    wait: bool = False


@dataclass(frozen=True, slots=True)
class AddResult:
    """`tracked`: root-relative paths that are tracked now; `changed`: the metadata files written; `warnings`: for people."""

    tracked: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def add(project: Project, options: AddOptions, progress: Progress | None = None) -> AddResult:
    """Track `options.targets`. When one of them is refused, nothing is written at all."""
    if options.out is not None or options.to_remote:
        from dvc.ops.bringing import bring

        return bring(project, options, progress or NullProgress())
    with locks.metadata(project, wait=options.wait):
        targets = _targets(project, options)
        view = project.workspace()
        items = resolve(project, view, targets)
    saving = Saving(
        project,
        store_of(project),
        commit=not options.no_commit,
        relink=not options.no_relink,
        jobs=options.jobs,
        progress=progress or NullProgress(),
    )
    with locks.lease(project, (), [item.whole for item in items], wait=options.wait), locks.objects(project.cache_dir, wait=options.wait):
        contents = _save(project, saving, items)
        saving.finish()
        edits = Edits(project)
        for stage in _stages(items, contents):
            edits.put_data(stage)
            for out in stage.outs:
                edits.ignore(stage.locate(out.path))
        with locks.metadata(project, wait=options.wait):
            changed = edits.commit()
    memory.remember(project.tmp_dir, [item.whole for item in items])
    warnings = tuple(f"'{project.shown(p.path)}' is saved, but was not linked to the cache: {p.message}" for p in saving.problems)
    return AddResult(tuple(item.path for item in items), changed, warnings)


def _targets(project: Project, options: AddOptions) -> Sequence[str]:
    if not options.glob:
        return options.targets

    def match(pattern: str) -> Iterable[str]:
        return glob.glob(pattern, root_dir=project.cwd, recursive=True)

    return expand(project, options.targets, match)


# --- contents


def _save(project: Project, saving: Saving, items: Sequence[Item]) -> Mapping[str, Content]:
    """The content of each output, by its path; everything it names is in the cache (unless nothing is committed)."""
    plain = [item for item in items if item.inner is None]
    parts = [item for item in items if item.inner is not None]
    old = {item.path: item.out.content for item in plain if item.out.content.algorithm == MD5_DOS2UNIX and item.out.content.oid is not None}
    places = [Place(item.path) for item in items if item.there]
    saving.look([*places, *(Place(path, MD5_DOS2UNIX) for path in old)])
    legacy = _unchanged_since_2(saving, old)
    kept = saving.keep([place for place in places if place.path not in legacy])
    contents = {item.path: _content(kept[item.path]) for item in plain if item.path not in legacy} | legacy
    return contents | _parts(project, saving, parts, kept)


def _content(seen: Seen) -> Content:
    assert seen.content is not None
    return seen.content


def _unchanged_since_2(saving: Saving, recorded: Mapping[str, Content]) -> dict[str, Content]:
    """Outputs that DVC 2 recorded and whose content is still that: they keep their record, and their objects' layout."""
    if not recorded:
        return {}
    kept = saving.probe([Place(path, MD5_DOS2UNIX) for path in recorded])
    same = {path: seen for path, seen in kept.items() if seen.content is not None and seen.content.oid == recorded[path].oid}
    stored = saving.keep([Place(path, MD5_DOS2UNIX) for path in same])
    return {path: _content(seen) for path, seen in stored.items()}


def _parts(project: Project, saving: Saving, parts: Sequence[Item], kept: Mapping[str, Seen]) -> dict[str, Content]:
    """New contents of tracked folders of which only parts were named. The rest need not be in the workspace."""
    contents: dict[str, Content] = {}
    trees: dict[str, Manifest] = {}
    for item in parts:
        whole = item.whole
        before = contents.get(whole, item.out.content)
        tree = trees.get(whole)
        if tree is None:
            tree = _recorded(project, saving, item)
        inner = item.inner or ""
        rest = tree.without(inner)
        if item.there:
            seen = kept[item.path]
            assert seen.content is not None and seen.content.oid is not None
            new = seen.manifest.rebase("", inner) if seen.manifest is not None else engine.manifest([(inner, seen.content.oid.hex)])
        elif len(rest) == len(tree):
            raise TargetNotFound(f"'{project.shown(item.path)}' does not exist, and is no part of '{project.shown(whole)}'")
        else:
            new = engine.manifest([])
        trees[whole] = merged = rest.merge(new)
        contents[whole] = before if merged == tree else _grown(saving, before, tree, rest, merged, kept.get(item.path))
    return contents


def _grown(saving: Saving, before: Content, tree: Manifest, rest: Manifest, merged: Manifest, seen: Seen | None) -> Content:
    """The size stays known while files are only added; what a replaced one had is not recorded anywhere."""
    size = None
    if (
        before.size is not None
        and len(rest) == len(tree)
        and seen is not None
        and seen.content is not None
        and seen.content.size is not None
    ):
        size = before.size + seen.content.size
    return Content(saving.tree(merged, MD5), size, len(merged))


def _recorded(project: Project, saving: Saving, item: Item) -> Manifest:
    oid = item.out.content.oid
    whole = project.shown(item.whole)
    if not isinstance(oid, TreeId):
        raise TargetProblem(f"'{whole}' is not recorded as a folder, so '{project.shown(item.path)}' cannot be a part of it")
    if oid.algorithm != MD5:
        raise TargetProblem(f"'{whole}' was recorded by DVC 2, which hashed differently", hint=f"add all of it: `dvc add {whole}`")
    tree = saving.store.tree(oid)
    if tree is None:
        raise MissingObjects(f"the list of files of '{whole}' is not in the cache", hint=f"`dvc fetch {whole}` brings it")
    return tree


# --- stages


def _stages(items: Sequence[Item], contents: Mapping[str, Content]) -> Iterable[Stage]:
    """The `.dvc` files to write, each once, with the new contents."""
    stages = {item.stage.file: item.stage if item.stage.outs else replace(item.stage, outs=(item.out,)) for item in items}
    for stage in stages.values():
        yield replace(stage, outs=tuple(_out(stage, out, contents) for out in stage.outs))


def _out(stage: Stage, out: Out, contents: Mapping[str, Content]) -> Out:
    content = contents.get(stage.locate(out.path))
    if content is None:
        return out
    return replace(out, content=replace(content, foreign=out.content.foreign if content.oid == out.content.oid else content.foreign))
