"""Tracks files and folders: their bytes go into the cache, `.dvc` files and `.gitignore` entries name them."""

import glob
from collections.abc import Iterable, Mapping, Sequence

from dvc.model.stage import Content, Stage
from dvc.ops.adding import Item, expand, resolve
from dvc.ops.cache import store_of
from dvc.ops.parts import merged
from dvc.ops.saving import Saving, cache_lock, with_content
from dvc.progress import NullProgress, Progress
from dvc.project import leases, locks
from dvc.project.edits import Edits
from dvc.project.project import Project
from dvc.values import dataclass, replace
from dvc.workspace import memory


@dataclass(frozen=True, slots=True)
class AddOptions:
    targets: tuple[str, ...]
    glob: bool = False
    no_commit: bool = False
    force: bool = False
    no_relink: bool = False
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
    with (
        leases.lease(project, (), [item.whole for item in items], wait=options.wait),
        cache_lock(project, wait=options.wait, adding=not options.no_commit),
    ):
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
    saved = saving.save({item.path: item.out.content for item in plain}, [item.path for item in parts if item.there])
    return saved.contents | merged(project, saving, parts, saved.kept)


# --- stages


def _stages(items: Sequence[Item], contents: Mapping[str, Content]) -> Iterable[Stage]:
    """The `.dvc` files to write, each once, with the new contents."""
    stages = {item.stage.file: item.stage if item.stage.outs else replace(item.stage, outs=(item.out,)) for item in items}
    for stage in stages.values():
        yield replace(stage, outs=tuple(with_content(stage, out, contents) for out in stage.outs))
