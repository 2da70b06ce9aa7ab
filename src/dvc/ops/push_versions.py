"""`dvc push` to a cloud-versioned remote: files go up under their workspace names, and metadata learns their versions.

Order: the files, then `.dvc` and dvc.lock, then (of a worktree remote) what the workspace has no more is taken out of sight there.
Killed in between, the next push finds what is there and records it.
"""

import os
from collections.abc import Iterable, Mapping, Sequence

from dvc import engine
from dvc.engine.contract import Digests, Manifest
from dvc.exceptions import MissingObjects
from dvc.formats import cloud
from dvc.model.hashes import MD5, Oid, TreeId
from dvc.model.paths import is_within
from dvc.model.stage import Content, Stage
from dvc.model.versions import Member, Version
from dvc.ops.needs import Need, refuse_old
from dvc.ops.own_versions import OwnVersions, note
from dvc.ops.recording import put_contents
from dvc.progress import Progress
from dvc.project import locks
from dvc.project.edits import Edits
from dvc.project.project import Project
from dvc.project.view import View
from dvc.storage.contract import Found, StorageProblem
from dvc.storage.remotes import VersionedRemote
from dvc.store.listing import tree_of
from dvc.store.objects import Store, object_name
from dvc.transfer.tally import Tally
from dvc.transfer.versioned import Going, Sent, held, looked_at, send
from dvc.values import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class PushResult:
    """`count` objects or files went up. `missing`: paths and names of objects that neither the cache nor the remote holds.

    In cloud-versioned remotes, `replaced`: files that others had changed there; `deleted`: files that are gone from the workspace; what
    those were stays in their history. `strange`: files that others put there, left alone.
    """

    count: int = 0
    size: int = 0
    missing: tuple[tuple[str, str], ...] = ()
    replaced: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    strange: tuple[str, ...] = ()

    def __add__(self, other: "PushResult") -> "PushResult":
        return PushResult(
            self.count + other.count,
            self.size + other.size,
            self.missing + other.missing,
            self.replaced + other.replaced,
            self.deleted + other.deleted,
            self.strange + other.strange,
        )


@dataclass(frozen=True, slots=True)
class _Plan:
    """`listings`: the directory of each folder, by path; `going`: what to send; `gone`: what to take out of sight, for it was pushed
    from here and is in the workspace no more; `strange`: what is there besides."""

    needs: tuple[Need, ...]
    listings: Mapping[str, Manifest]
    going: tuple[Going, ...]
    missing: tuple[tuple[str, str], ...]
    settled: Mapping[str, Version] = field(default_factory=dict)  # what is there, and recorded or to be
    gone: tuple[str, ...] = ()
    strange: tuple[str, ...] = ()


def push_versions(
    project: Project, store: Store, remote: VersionedRemote, needs: Sequence[Need], *, jobs: int, wait: bool, progress: Progress
) -> PushResult:
    """Raises MissingObjects where something that is there could not be sent; what was sent is recorded then, too."""
    own = OwnVersions(project)
    plan = _plan(store, remote, _current(project.workspace(), needs), project, own)
    tally = Tally(len(plan.going))
    with progress.task(f"Pushing to {remote.name}", files=len(plan.going)) as task:
        task.watch(tally.read)
        sent = send(remote.storage, plan.going, jobs=jobs, notes=project.tmp_dir, tally=tally)
    _record(project, store, remote, plan, {**plan.settled, **sent.versions}, wait=wait)
    _check(remote, sent)
    others = _strangers(plan, own, sent.replaced) if remote.worktree else []
    if remote.worktree:
        note(project, (version.id for version in sent.versions.values()))
    failed: list[StorageProblem | OSError] = []
    remote.storage.remove_all(plan.gone, jobs or remote.storage.capabilities.jobs, lambda _, why: failed.append(why) if why else None)
    for why in failed:
        raise why
    replaced, gone, strange = (_shown(project, paths) for paths in (others, plan.gone, plan.strange))
    return PushResult(sent.count, sent.size, plan.missing, replaced, gone, strange)


def _shown(project: Project, paths: Iterable[str]) -> tuple[str, ...]:
    return tuple(map(project.shown, paths))


def _check(remote: VersionedRemote, sent: Sent) -> None:
    if sent.problems:
        first = sent.problems[0]
        raise MissingObjects(
            f"{len(sent.problems)} files could not be pushed to '{remote.name}', the first: {first.path}: {first.message}",
            hint="see that the remote can be written to, and push again: what went up is recorded",
        )


def _current(view: View, needs: Iterable[Need]) -> tuple[Need, ...]:
    """Those of the workspace: what another revision records cannot be changed any more."""
    outs = view.outs()
    return tuple(need for need in needs if need.path in outs and outs[need.path][1] == need.out)


# --- deciding


def _plan(store: Store, remote: VersionedRemote, needs: tuple[Need, ...], project: Project, own: OwnVersions) -> _Plan:
    listings: dict[str, Manifest] = {}
    files: list[Going] = []
    missing: list[tuple[str, str]] = []
    settled: dict[str, Version] = {}
    gone: list[str] = []
    strange: list[str] = []
    for need in needs:
        refuse_old(project, need)
        manifest = _listing(store, need, missing, project)
        if manifest is not None and isinstance(need.oid, TreeId):
            listings[need.path] = manifest
        known = {file.path: file.version for file in held(need.path, need.out.content, remote.name) if file.version is not None}
        wanted = {f"{need.path}/{path}" if path else need.path: digest for path, digest in _asked(need, manifest)}
        newest = _newest(remote, need, known) if remote.worktree and wanted else None
        for path, digest in wanted.items():
            recorded = known.get(path)
            if recorded is not None and (newest is None or _is(newest.get(path), recorded)):
                settled[path] = recorded
            else:
                files.append(Going(path, digest, store.path(Oid(MD5, digest)), recorded))
        if newest is not None and need.inner is None:
            strays = [found for path, found in newest.items() if path not in wanted]
            ours = _pushed_before(remote, own, need.stage, strays)
            gone += ours
            strange += [found.path for found in strays if found.path not in ours]
    absent = _absent(store, files)
    missing += [(project.shown(file.path), file.digest) for file in files if file.digest in absent]
    going = tuple(file for file in files if file.digest not in absent)
    return _Plan(needs, listings, going, tuple(missing), settled, tuple(gone), tuple(strange))


def _listing(store: Store, need: Need, missing: list[tuple[str, str]], project: Project) -> Manifest | None:
    manifest = tree_of(store, need.out.content)
    if manifest is None and isinstance(need.oid, TreeId):
        missing.append((project.shown(need.path), object_name(need.oid)))
    return manifest


def _asked(need: Need, manifest: Manifest | None) -> Iterable[tuple[str, str]]:
    """(path below the output, hash) of the files that are meant; "" is the output itself."""
    if not isinstance(need.oid, TreeId):
        return [("", need.oid.hex)]
    return [] if manifest is None else manifest.below(need.inner or "")


def _newest(remote: VersionedRemote, need: Need, known: Mapping[str, Version]) -> Mapping[str, Found]:
    """What is there now of a worktree remote where the output is, or the one file of it that is meant; without versions where many."""
    if isinstance(need.oid, TreeId):
        return {found.path: found for found in remote.storage.list(need.path)}
    found = remote.storage.stat(need.path) if known else None
    return {} if found is None else {need.path: found}


def _pushed_before(remote: VersionedRemote, own: OwnVersions, stage: Stage, strays: Sequence[Found]) -> set[str]:
    """Those that were pushed from here, and deleted since. Nobody else's file is taken out of sight for being unknown here."""
    now = looked_at(remote.storage, [found.path for found in strays], remote.storage.capabilities.jobs, ask=True)
    return {path for path, found in now.items() if own.has(stage, found.version)}


def _strangers(plan: _Plan, own: OwnVersions, replaced: Mapping[str, str]) -> list[str]:
    """The files that somebody else had changed."""
    stages = {path: need.stage for need in plan.needs for path in replaced if is_within(path, need.path)}
    return [path for path, version in replaced.items() if not own.has(stages[path], version)]


def _is(found: Found | None, recorded: Version) -> bool:
    """Whether the same bytes are there; somebody may have put them there once more."""
    return found is not None and found.etag == recorded.etag


def _absent(store: Store, files: Sequence[Going]) -> Digests:
    return store.presence(MD5, engine.digests([file.digest for file in files])).missing


# --- recording


def _record(
    project: Project, store: Store, remote: VersionedRemote, plan: _Plan, versions: Mapping[str, Version], *, wait: bool
) -> tuple[str, ...]:
    """Write what is known now; outputs that changed while files were on their way are left alone."""
    with locks.metadata(project, wait=wait):
        view = project.workspace()
        contents: dict[str, Content] = {}
        for need in _current(view, plan.needs):
            before = contents.get(need.path, need.out.content)
            after = _recorded(store, remote.name, need, before, plan.listings.get(need.path), versions)
            if after != need.out.content:
                contents[need.path] = after
        edits = Edits(project)
        for stage in {(need.stage.file, need.stage.name): need.stage for need in plan.needs if need.path in contents}.values():
            put_contents(edits, view, stage, contents)
        return edits.commit()


def _recorded(
    store: Store, remote: str, need: Need, before: Content, manifest: Manifest | None, versions: Mapping[str, Version]
) -> Content:
    if not isinstance(need.oid, TreeId):
        version = versions.get(need.path)
        return before if version is None else cloud.with_version(before, remote, version)
    if manifest is None or not any(path in versions for path in (f"{need.path}/{inner}" for inner in manifest.paths())):
        return before
    known = {row.path: row for row in cloud.members(before) or ()}
    rows = []
    for inner, digest in manifest:
        row = known.get(inner) or Member(inner, digest, _size(store, digest))
        version = versions.get(f"{need.path}/{inner}")
        rows.append(row if version is None else replace(row, versions={remote: version}))
    return cloud.with_members(before, rows)


def _size(store: Store, digest: str) -> int | None:
    try:
        return os.stat(store.path(Oid(MD5, digest))).st_size
    except OSError:
        return None
