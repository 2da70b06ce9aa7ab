"""Data of imports, fetched from where it was imported: it is on no remote of this project.

An import whose `.dvc` file records no data yet (`--no-download`) is looked up at the revision or hash that it does record.
"""

from collections.abc import Iterator, Mapping, Sequence

from dvc.exceptions import DvcException, MissingObjects
from dvc.model.hashes import TreeId
from dvc.model.stage import Content, Out, PathDep, RepoDep, Stage
from dvc.ops.needs import Need
from dvc.progress import Progress
from dvc.project import locks, targets
from dvc.project.project import Project
from dvc.project.view import View
from dvc.registry import sources
from dvc.registry.opening import open_external
from dvc.registry.repository import Repository, inside, open_repository
from dvc.registry.supply import supply
from dvc.store.objects import Store
from dvc.values import dataclass


@dataclass(frozen=True, slots=True)
class Unloaded:
    """An import whose data was never downloaded: `path` is relative to the root."""

    path: str
    stage: Stage
    out: Out


@dataclass(frozen=True, slots=True)
class Arrived:
    """`count` objects came. `failed`: (path, reason). `contents`: what imports turned out to be whose data nobody had recorded."""

    count: int
    failed: tuple[tuple[str, str], ...]
    contents: Mapping[str, Content]


@dataclass(frozen=True, slots=True)
class _Job:
    """One path of a source to bring; `wanted`: what it must turn out to be, None where that is not recorded."""

    path: str
    stage: Stage
    source: str
    wanted: Content | None


def unloaded(view: View, chosen: Sequence[str], *, recursive: bool, with_deps: bool) -> list[Unloaded]:
    """Imports among the targets (all when there are none) that know their source's state, and no data."""
    found = []
    for target in targets.select(view, chosen, recursive=recursive, with_deps=with_deps):
        for out in target.stage.outs if target.out is None else (target.out,):
            dep = target.stage.deps[0] if target.stage.is_import else None
            known = (isinstance(dep, RepoDep) and dep.repo.get("rev_lock") is not None) or (
                isinstance(dep, PathDep) and (dep.content.oid is not None or bool(dep.content.foreign))
            )
            if out.content.oid is None and out.cache and known:
                found.append(Unloaded(target.stage.locate(out.path), target.stage, out))
    return found


def fetch_imports(
    project: Project, store: Store, needs: Sequence[Need], new: Sequence[Unloaded], jobs: int, progress: Progress, *, wait: bool = False
) -> Arrived:
    """Bring what the cache lacks of `needs`, and all of `new`. A source that cannot be read fails its imports, not the others."""
    work = [
        *(_Job(f"{need.path}/{need.inner}" if need.inner else need.path, need.stage, need.inner or "", need.out.content) for need in needs),
        *(_Job(item.path, item.stage, "", None) for item in new),
    ]
    count = 0
    failed: list[tuple[str, str]] = []
    contents: dict[str, Content] = {}
    with locks.objects(store.cache_dir, wait=wait), progress.task("Fetching imports", files=len(work)):
        for opened, group in _grouped(project, work):
            for job in group:
                if isinstance(opened, DvcException):
                    failed.append((project.shown(job.path), opened.message))
                    continue
                try:
                    content = _bring(project, opened, job, store, jobs)
                except DvcException as why:
                    failed.append((project.shown(job.path), why.message))
                    continue
                count += content.nfiles or 1
                if job.wanted is None:
                    contents[job.path] = content
    return Arrived(count, tuple(failed), contents)


def _grouped(project: Project, work: Sequence[_Job]) -> Iterator[tuple[Repository | DvcException | None, list[_Job]]]:
    """The jobs by where they come from, each source opened once. None: a path or URL, no repository."""
    groups: dict[str, list[_Job]] = {}
    for job in work:
        dep = job.stage.deps[0]
        key = ""
        if isinstance(dep, RepoDep):
            key = repr((sources.place_of(dep, project.root, job.stage.folder, project.cwd), sorted(map(repr, dep.repo.items()))))
        groups.setdefault(key, []).append(job)
    for group in groups.values():
        dep = group[0].stage.deps[0]
        if not isinstance(dep, RepoDep):
            yield None, group
            continue
        url, base = sources.place_of(dep, project.root, group[0].stage.folder, project.cwd)
        try:
            with open_repository(url, sources.options_of(dep, project.cwd, locked=True), base, project.environ) as repository:
                yield repository, group
        except DvcException as why:
            yield why, group


def _bring(project: Project, repository: Repository | None, job: _Job, store: Store, jobs: int) -> Content:
    dep = job.stage.deps[0]
    if repository is None or isinstance(dep, PathDep):
        assert isinstance(dep, PathDep)
        return _bring_path(project, dep, job, store, jobs)
    assert isinstance(dep, RepoDep)
    path = inside(dep.path)
    content = supply(repository, "/".join(part for part in (path, job.source) if part), store, jobs=jobs)
    whole = job.wanted if not job.source else None
    if whole is not None and whole.oid is not None and content.oid != whole.oid:
        raise MissingObjects(f"'{dep.path}' of '{repository.name}' is not what was imported from there any more")
    return content


def _bring_path(project: Project, dep: PathDep, job: _Job, store: Store, jobs: int) -> Content:
    recorded = dep.content if has_versions(dep) else None
    source = open_external(project, dep.path, project.full(job.stage.folder), dep.fs_config, recorded=recorded)
    seen, content = source.store(store, jobs=jobs)
    if recorded is None and (seen.oid != dep.content.oid or _named(seen) != _named(dep.content)):
        raise MissingObjects(f"'{dep.path}' changed since it was imported", hint="take its new state with `dvc update`")
    return content


def has_versions(dep: PathDep) -> bool:
    """Whether the source can be asked for what was recorded, whatever it is now."""
    return bool({"version_id", "files"} & dep.content.foreign.keys())


def _named(content: Content) -> Mapping[str, object]:
    """What the source calls its bytes: the same ones may get another version."""
    return {key: item for key, item in content.foreign.items() if key != "version_id"}


def held(store: Store, need: Need) -> bool:
    """Whether the cache holds all of the need."""
    if not store.holds(need.oid):
        return False
    if not isinstance(need.oid, TreeId):
        return True
    manifest = store.tree(need.oid)
    return manifest is not None and not len(store.presence(need.oid.algorithm, manifest.below(need.inner or "").digests()).missing)
