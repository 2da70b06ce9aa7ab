"""`dvc update` of outputs: takes what is newest of them in a worktree remote. The data goes into the workspace, metadata follows.

As DVC has it, nothing goes into the cache: `dvc commit` or `dvc fetch` bring it there. What stood in the workspace and is in no
cache is moved to `.dvc/tmp/kept`.
"""

import hashlib
import os
import posixpath
import tempfile
from collections.abc import Iterable, Mapping

from dvc import engine
from dvc.exceptions import DvcException
from dvc.formats import cloud
from dvc.model.hashes import MD5, Oid
from dvc.model.stage import Content, Out, Stage
from dvc.model.versions import Member, Version
from dvc.ops.cache import store_of
from dvc.ops.places import NoRemote, any_remote_of
from dvc.pipeline.outputs import aside
from dvc.progress import Progress
from dvc.project import files
from dvc.project.project import Project
from dvc.storage.contract import Found, StorageProblem, VersionedStorage
from dvc.storage.one_by_one import each
from dvc.storage.remotes import VersionedRemote
from dvc.transfer.versioned import held, looked_at
from dvc.values import dataclass
from dvc.workspace.proof import unsaved


class NoImport(DvcException):
    """There is no source that the output could be updated from."""

    code = "no-import"


@dataclass(frozen=True, slots=True)
class UpdatedOutputs:
    """`contents` by path of the outputs that changed. `warnings`: why others could not be updated, for people."""

    contents: Mapping[str, Content]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Change:
    """`bring`: the files that come; `drop`: those that go. Their paths are relative to the root, as they are in the remote."""

    bring: tuple[Found, ...]
    drop: tuple[str, ...]


def update_outputs(project: Project, stage: Stage, outs: Iterable[Out], *, jobs: int, progress: Progress) -> UpdatedOutputs:
    """Raises NoImport where an output is in no worktree remote."""
    contents: dict[str, Content] = {}
    warnings: list[str] = []
    for out in outs:
        path = stage.locate(out.path)
        shown = project.shown(path)
        if cloud.CLOUD not in out.content.foreign and cloud.FILES not in out.content.foreign:
            warnings.append(f"'{shown}' was never pushed to a worktree remote: there is nothing to update it from")
            continue
        remote = _remote(project, stage, out)
        if not any(file.version is not None for file in held(path, out.content, remote.name)):
            warnings.append(f"'{shown}' was never pushed to '{remote.name}': there is nothing to update it from")
            continue
        new = _update(project, remote, path, out.content, jobs, progress)
        if new is None:
            warnings.append(f"'{shown}' does not exist in '{remote.name}' any more, so it is left as it is")
        elif new != out.content:
            contents[path] = new
    return UpdatedOutputs(contents, tuple(warnings))


def _remote(project: Project, stage: Stage, out: Out) -> VersionedRemote:
    try:
        remote = any_remote_of(project, out.remote)
    except NoRemote:
        remote = None
    if not isinstance(remote, VersionedRemote) or not remote.worktree:
        raise NoImport(
            f"'{project.shown(stage.address)}' is no import, and its data is in no worktree remote: there is nothing to update it from",
            hint="`dvc pull` brings what was pushed",
        )
    return remote


def _update(project: Project, remote: VersionedRemote, path: str, content: Content, jobs: int, progress: Progress) -> Content | None:
    """What the output is now; None where the remote has it no more."""
    rows = cloud.members(content)
    if rows is None:
        found = remote.storage.stat(path)
        if found is None:
            return None
        known = cloud.versions(content).get(remote.name) or cloud.versions(content).get("")
        if _is(known, found):
            return content
        digest, size = _apply(project, remote.storage, _Change((found,), ()), jobs, progress)[path]
        return cloud.with_version(Content(Oid(MD5, digest), size), remote.name, Version(found.etag, found.version))
    newest = {found.path: found for found in remote.storage.list(path)}
    if not newest:
        return None
    before = {posixpath.join(path, row.path): row for row in rows}
    changed = [name for name, found in newest.items() if name not in before or not _is(before[name].version(remote.name), found)]
    news = list(looked_at(remote.storage, changed, jobs or remote.storage.capabilities.jobs, ask=True).values())
    gone = [name for name in before if name not in newest]
    if not news and not gone:
        return content
    came = _apply(project, remote.storage, _Change(tuple(news), tuple(gone)), jobs, progress)
    after = [row for name, row in before.items() if name in newest and name not in came]
    for found in news:
        digest, size = came[found.path]
        inner = found.path[len(path) + 1 :]
        after.append(Member(inner, digest, size, versions={remote.name: Version(found.etag, found.version)}))
    return cloud.with_members(content, after)


def _is(version: Version | None, found: Found) -> bool:
    return version is not None and version.etag == found.etag


# --- data


def _apply(project: Project, storage: VersionedStorage, change: _Change, jobs: int, progress: Progress) -> dict[str, tuple[str, int]]:
    """Hash and size of each file that came. All are here before the first one of the workspace is touched."""
    for found in change.bring:
        if any(part in ("", ".", "..") for part in found.path.split("/")):
            raise StorageProblem(f"'{storage.url}' holds '{found.path}', which is no name that a file here can have")
    os.makedirs(project.temp, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=project.temp) as work, progress.task("Updating", files=len(change.bring)):
        came = _download(storage, change.bring, work, jobs)
        _make_room(project, [*(found.path for found in change.bring), *change.drop])
        for found in change.bring:
            _place(project, os.path.join(work, came[found.path][0]), found.path)
        for path in change.drop:
            _remove(project, path)
    return {path: (digest, size) for path, (_, digest, size) in came.items()}


def _download(storage: VersionedStorage, wanted: Iterable[Found], work: str, jobs: int) -> dict[str, tuple[str, str, int]]:
    """Name in `work`, hash and size of each file, by its path."""
    named = [(f"{at}", found) for at, found in enumerate(wanted)]
    came: dict[str, tuple[str, str, int]] = {}

    def one(item: tuple[str, Found]) -> tuple[str, str, int]:
        name, found = item
        digest = hashlib.md5(usedforsecurity=False)
        size = 0
        with open(os.path.join(work, name), "xb") as file:
            for piece in storage.chunks_of(found.path, found.version):
                digest.update(piece)
                size += file.write(piece)
        return name, digest.hexdigest(), size

    def take(item: tuple[str, Found], answer: tuple[str, str, int] | StorageProblem | OSError) -> None:
        if not isinstance(answer, tuple):
            raise answer
        came[item[1].path] = answer

    each(named, one, jobs or storage.capabilities.jobs, take)
    return came


def _make_room(project: Project, paths: Iterable[str]) -> None:
    """Move aside what stands at `paths`, or in the way of them, and is in no cache."""
    rows = engine.stat(project.root, list(paths))
    there = [row.path for row in rows if row.kind == "file"]
    others = [row.path for row in rows if row.kind not in ("file", "missing")]
    now = engine.hash(project.root, engine.stat(project.root, there), algorithm=MD5)
    for path in (*unsaved(store_of(project), project.root, now, MD5), *others):
        aside(project, path)


def _place(project: Project, source: str, path: str) -> None:
    full = project.full(path)
    try:
        above = os.path.dirname(full)
        while not os.path.lexists(above):
            above = os.path.dirname(above)
        if not os.path.isdir(above):  # a file stands where a folder must be
            aside(project, os.path.relpath(above, project.root).replace(os.sep, "/"))
        os.makedirs(os.path.dirname(full), exist_ok=True)
        os.chmod(source, 0o666 & ~_umask())
        os.replace(source, full)
    except OSError as error:
        raise files.problem(error, project.shown(path)) from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _remove(project: Project, path: str) -> None:
    """The file, and the folders that it leaves empty."""
    files.remove(project.full(path), shown=project.shown(path))
    above = posixpath.dirname(path)
    while above:
        try:
            os.rmdir(project.full(above))
        except OSError:  # not empty, or not there
            return
        above = posixpath.dirname(above)
