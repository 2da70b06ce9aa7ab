"""`dvc data status`: HEAD against the metadata files (committed), those against the workspace (uncommitted), and what is where."""

import os
from collections.abc import Iterable, Mapping
from functools import partial
from urllib.parse import quote

from dvc import engine
from dvc.engine.contract import Digests
from dvc.model.hashes import Algorithm
from dvc.model.stage import Out
from dvc.ops.absent import absent
from dvc.ops.cache import store_of
from dvc.ops.needs import Need, of_view
from dvc.ops.places import any_remote_of
from dvc.ops.sides import Trees, head, look, recorded, seen
from dvc.progress import NullProgress, Progress
from dvc.project import files
from dvc.project.project import Project
from dvc.project.view import View
from dvc.storage.remotes import Remote, VersionedRemote
from dvc.transfer.shelf import lacking, shelf
from dvc.transfer.versioned import held
from dvc.values import dataclass
from dvc.workspace.compare import Changes, Node, compare, is_within


@dataclass(frozen=True, slots=True)
class DataStatusOptions:
    """`refresh`: ask the remote; without, what was last seen there counts, if anything was."""

    targets: tuple[str, ...] = ()
    granular: bool = False
    unchanged: bool = False
    untracked: bool = False
    not_in_remote: bool = False
    remote: str | None = None
    refresh: bool = True


@dataclass(frozen=True, slots=True)
class DataStatus:
    """Paths are relative to the project's root, folders end in `/`."""

    not_in_cache: tuple[str, ...]
    not_in_remote: tuple[str, ...]
    committed: Changes
    uncommitted: Changes
    untracked: tuple[str, ...]
    unchanged: tuple[str, ...]


def data_status(project: Project, options: DataStatusOptions, progress: Progress = NullProgress()) -> DataStatus:
    """Writes nothing but the index and what it last saw on the remote."""
    store = store_of(project)
    view = project.workspace()
    trees: Trees = {}
    now = recorded(view, store, trees, manifests=options.granular)
    # Without git there is nothing to commit to: what the files record is what counts.
    old = now if project.git is None else recorded(head(project), store, trees, manifests=options.granular)
    there = seen(look(project, view, progress))
    targets = [project.path_of(target) for target in options.targets]

    def compared(before: Mapping[str, Node], after: Mapping[str, Node]) -> Changes:
        return compare(before, after, granular=options.granular, unchanged=options.unchanged, targets=targets)

    committed, uncommitted = compared(old, now), compared(now, there)
    gone = absent(now, lambda algorithm, names: lacking(shelf(store, algorithm), names, None), granular=options.granular)
    far = _not_in_remote(project, options, view, now) if options.not_in_remote else ()
    same = {row.path for row in committed.unchanged} & {row.path for row in uncommitted.unchanged}
    return DataStatus(
        _within(gone, targets),
        _within(far, targets),
        committed,
        uncommitted,
        _untracked(project, view, targets) if options.untracked else (),
        tuple(sorted(same)),
    )


def _within(paths: Iterable[str], targets: list[str]) -> tuple[str, ...]:
    return tuple(path for path in paths if not targets or is_within(path, targets))


def _untracked(project: Project, view: View, targets: list[str]) -> tuple[str, ...]:
    """Files that neither git nor DVC tracks, as git lists them."""
    if project.git is None:
        return ()
    found = []
    for path in project.git.untracked(project.git_path("")):
        own = project.from_git(path)
        if own and view.owner(own) is None:
            found.append(own)
    return _within(sorted(found), targets)


# --- remotes


def _not_in_remote(project: Project, options: DataStatusOptions, view: View, nodes: Mapping[str, Node]) -> tuple[str, ...]:
    groups: dict[str | None, dict[str, Node]] = {}
    for need in of_view(view):
        if _goes_up(need) and need.path in nodes:
            groups.setdefault(options.remote or need.out.remote, {})[need.path] = nodes[need.path]
    rows: list[str] = []
    for name, group in groups.items():
        remote = any_remote_of(project, name)
        if isinstance(remote, VersionedRemote):
            rows += _unversioned(remote.name, view, group, granular=options.granular)
            continue
        rows += absent(group, partial(_lacking, project, remote, options.refresh), granular=options.granular)
    return tuple(sorted(rows))


def _unversioned(remote: str, view: View, nodes: Mapping[str, Node], *, granular: bool) -> list[str]:
    """Outputs that have files of which no version is recorded: nobody needs to ask a cloud-versioned remote what it holds."""
    rows: list[str] = []
    for path, node in nodes.items():
        content = view.outs()[path][1].content
        files = held(path, content, remote)
        lacking = [file.path for file in files if file.version is None]
        if lacking or (node.folder and "files" not in content.foreign):
            rows.append(path + "/" if node.folder else path)
            rows += lacking if granular and node.folder else []
    return rows


def _goes_up(need: Need) -> bool:
    out: Out = need.out
    return out.push and not need.imported


def _lacking(project: Project, remote: Remote, refresh: bool, algorithm: Algorithm, names: Digests) -> Digests:
    memory = os.path.join(project.tmp_dir, f"remote-{quote(remote.name, safe='')}-{algorithm}")
    if not refresh:
        known = files.read(memory)
        if known is not None:
            return names - engine.digests(known.decode("ascii", "replace").split())
    gone = lacking(shelf(remote, algorithm), names, None)
    if os.path.isdir(project.tmp_dir):
        files.atomic_write(memory, "".join(f"{name}\n" for name in names - gone))
    return gone
