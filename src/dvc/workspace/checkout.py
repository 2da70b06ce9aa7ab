"""Decides how recorded data comes back into the workspace. Reads the workspace, the index and the cache; `apply` acts.

Every byte that a plan replaces or removes is proven to be in the cache, or its path is among `unsaved`. An output that
lacks an object gets no part of its new state; where it is lost whole, the old state goes if the cache has all of it, as
DVC 3 has it: what stands there must not be taken for what the metadata names.
"""

import os
from collections.abc import Iterable, Mapping, Sequence

from dvc import engine
from dvc.engine.contract import Digests, Listing, Manifest
from dvc.exceptions import TargetNotFound
from dvc.model.hashes import MD5, Algorithm, Oid, TreeId
from dvc.progress import Progress
from dvc.store.objects import Store, object_name
from dvc.values import replace
from dvc.workspace.apply import apply as apply  # noqa: PLC0414 - the second half of this module's contract
from dvc.workspace.changes import Action, Batch, Change, CheckoutPlan, FileChange, FolderChange, Removal, Wanted, algorithm_of
from dvc.workspace.proof import unsaved
from dvc.workspace.site import Site
from dvc.workspace.sizes import unique_size
from dvc.workspace.survey import OWNER_EXECUTES, Place, Seen, Survey, absolute, survey


def plan(
    site: Site,
    store: Store,
    wanted: Iterable[Wanted],
    *,
    relink: bool = False,
    jobs: int = 0,
    progress: Progress | None = None,
) -> CheckoutPlan:
    """How each of `wanted` gets to be in the workspace. `relink`: unchanged files are linked or copied anew, too."""
    asked = tuple(wanted)
    found = survey(site, [Place(w.path, algorithm_of(w)) for w in asked], jobs=jobs, progress=progress)
    planner = _Planner(site, store, found, relink=relink, jobs=jobs)
    changes: list[Change] = list(planner.files([w for w in asked if w.content is not None and isinstance(w.content.oid, Oid)]))
    for want in asked:
        if want.content is None:
            changes.extend(planner.removal(want))
        elif isinstance(want.content.oid, TreeId):
            changes.append(planner.folder(want, want.content.oid))
    order = {want.path: n for n, want in enumerate(asked)}
    lost = [want for want in asked if want.path not in planner.right and _lost(want, planner.absent)]
    changes.extend(removal for want in lost for removal in planner.removal(want))
    changes.sort(key=lambda change: order[change.wanted.path])
    return CheckoutPlan(tuple(changes), found, planner.absent, tuple(planner.unsaved))


class _Planner:
    """Collects, output by output, what a plan is made of."""

    def __init__(self, site: Site, store: Store, found: Survey, *, relink: bool, jobs: int) -> None:
        self.site = site
        self.store = store
        self.found = found
        self.relink = relink
        self.jobs = jobs
        self.absent: dict[str, tuple[str, ...]] = {}
        self.unsaved: list[str] = []
        self.right: set[str] = set()  # of those absent, the ones that stay, being as recorded

    # --- files: all of them in one go

    def files(self, wanted: Sequence[Wanted]) -> list[FileChange]:
        changes: list[FileChange] = []
        for algorithm in sorted({algorithm_of(want) for want in wanted}):
            group = [want for want in wanted if algorithm_of(want) == algorithm]
            moving = [want for want in group if self.relink or not _same(want, self.found[want.path])]
            missing = self._missing_files(moving, algorithm)
            self._prove_files([want for want in moving if _hex(want) not in missing], algorithm)
            paths = {want.path for want in moving}
            changes.extend(self._file(want, moving=want.path in paths, missing=missing) for want in group)
        return changes

    def _file(self, want: Wanted, *, moving: bool, missing: Digests) -> FileChange:
        seen = self.found[want.path]
        executable = want.content is not None and want.content.isexec
        if moving and _hex(want) in missing:
            if _same(want, seen):  # to be relinked, but there is nothing to link to
                return FileChange(want, "unchanged")
            self.absent[want.path] = (_hex(want),)
            return FileChange(want, "missing")
        if not moving:
            lacks = executable and seen.entry is not None and not seen.entry.mode & OWNER_EXECUTES and seen.entry.link == "copy"
            return FileChange(want, "modified" if lacks else "unchanged", chmod=lacks)
        action: Action = "added" if seen.kind == "missing" else "relinked" if _same(want, seen) else "modified"
        return FileChange(want, action, _hex(want), executable, clear=seen.listing, unlink=seen.kind == "other")

    def _missing_files(self, wanted: Sequence[Wanted], algorithm: Algorithm) -> Digests:
        sizes = {_hex(want): want.content.size for want in wanted if want.content is not None}
        names = engine.digests(list(sizes))
        there = self.store.presence(algorithm, names, jobs=self.jobs)
        known = [size for name, size in sizes.items() if size is not None and name not in there.missing]
        # The record of a 2.x file may have other line ends than its object: sizes prove nothing there.
        if algorithm != MD5 or len(known) < len(names) - len(there.missing) or sum(known) == there.size:
            return there.missing
        return there.missing | self.store.distrust(algorithm, names - there.missing, jobs=self.jobs)

    def _prove_files(self, wanted: Sequence[Wanted], algorithm: Algorithm) -> None:
        rows = []
        for want in wanted:
            seen = self.found[want.path]
            if seen.kind == "file" and not _same(want, seen):
                rows.append(want.path)
            elif seen.kind == "folder":
                self._prove_folder(want.path, seen, algorithm)
            elif seen.kind == "other":
                self._prove_other(want.path)
        self._prove_rows(rows, algorithm)

    def _prove_rows(self, paths: Sequence[str], algorithm: Algorithm) -> None:
        if paths:
            listing = self.found.files(algorithm).only(_named(paths))
            self.unsaved.extend(unsaved(self.store, self.site.root, listing, algorithm, jobs=self.jobs))

    def _prove_folder(self, path: str, seen: Seen, algorithm: Algorithm) -> None:
        if seen.listing is not None:
            self._prove(path, seen.root, seen.listing, algorithm)
        self.unsaved.extend(f"{path}/{problem.path}" for problem in seen.problems if problem.code in {"unreadable", "special"})

    def _prove(self, path: str, root: str, listing: Listing, algorithm: Algorithm) -> None:
        self.unsaved.extend(f"{path}/{inner}" for inner in unsaved(self.store, root, listing, algorithm, jobs=self.jobs))

    def _prove_other(self, path: str) -> None:
        if not self._is_old_link(absolute(self.site, path)):
            self.unsaved.append(path)

    def _is_old_link(self, path: str) -> bool:
        """A link to an object that is gone holds nothing that could be lost."""
        try:
            return os.readlink(path).startswith(os.path.join(self.store.cache_dir, ""))
        except OSError:
            return False

    # --- folders

    def folder(self, want: Wanted, tree: TreeId) -> FolderChange:
        seen = self.found[want.path]
        idle = FolderChange(want, "unchanged", absolute(self.site, want.path))
        same = seen.content is not None and seen.content.oid == tree
        if same and not self.relink and not want.inner:
            return idle if self.store.holds(tree) else self._without_tree(idle, tree, same=True)
        recorded = self.store.tree(tree)
        if recorded is None:
            return self._without_tree(idle, tree, same=same)
        if want.inner:
            recorded = recorded.below(want.inner)
            if not len(recorded):
                raise TargetNotFound(
                    f"'{want.path}/{want.inner}' is not part of the tracked folder '{want.path}'", hint="`dvc list -R` shows what is"
                )
        return self._folder(idle, tree.algorithm, recorded, seen)

    def _without_tree(self, idle: FolderChange, tree: TreeId, *, same: bool) -> FolderChange:
        """The cache lacks the object that names the folder. What is there stays if it is as recorded, though it could not be had back."""
        self.absent[idle.wanted.path] = (object_name(tree),)
        if same:
            self.right.add(idle.wanted.path)
        return idle if same else replace(idle, action="missing")

    def _folder(self, idle: FolderChange, algorithm: Algorithm, recorded: Manifest, seen: Seen) -> FolderChange:
        want = idle.wanted
        rows = seen.listing if seen.listing is not None else engine.empty_listing()
        present = seen.manifest if seen.manifest is not None else engine.manifest([])
        if want.inner:
            present = present.below(want.inner)
        diff = present.diff(recorded)
        hidden, clear = self._hidden(idle, diff.added, algorithm, seen)
        alike = hidden.manifest().only([p for p, digest in hidden.manifest() if recorded.get(p) == digest])
        apart = [row.path for row in hidden if alike.get(row.path) is None]
        place = recorded if self.relink else diff.added.merge(diff.changed_new)
        place = _less(place, [*alike.paths(), *apart])
        blind = self._blind(want, rows, recorded)
        if not (len(place) or apart or len(diff.removed) or len(blind)) and seen.kind == "folder":
            return idle
        needed = place.merge(recorded.only(apart))
        missing = self._missing_members(want, algorithm, recorded, needed, rows)
        if len(missing):
            self.absent[want.path] = tuple(missing)
            return replace(idle, action="missing")
        going = diff.removed.merge(diff.changed_old)
        self._prove(want.path, idle.root, rows.only(going), algorithm)
        self._prove(want.path, idle.root, hidden.only(recorded.only(apart)), algorithm)
        self.unsaved.extend(f"{want.path}/{row.path}" for row in blind)
        if seen.kind == "file":
            self._prove_rows([want.path], algorithm)
        elif seen.kind == "other":
            self._prove_other(want.path)
        changed = len(diff.added) or len(diff.removed) or len(diff.changed_new) or len(blind)
        action: Action = "added" if seen.kind == "missing" else "modified" if changed or seen.kind != "folder" else "relinked"
        return replace(
            idle,
            action=action,
            batches=(Batch(place, rows), *((Batch(recorded.only(apart), hidden),) if apart else ())),
            discard=tuple(listing for listing in (rows.only(diff.removed), blind) if len(listing)),
            clear=clear,
            blocker=self.found.files(algorithm).only(_named([want.path])) if seen.kind == "file" else None,
            unlink=seen.kind == "other",
        )

    def _hidden(self, idle: FolderChange, added: Manifest, algorithm: Algorithm, seen: Seen) -> tuple[Listing, tuple[str, ...]]:
        """What stands where files shall come though the scan did not list it: ignored or unreadable files, empty folders, links."""
        if seen.kind != "folder" or not len(added):
            return engine.empty_listing(), ()
        rows = engine.stat(idle.root, added.paths())
        kinds = {row.path: row.kind for row in rows if row.kind != "missing"}
        files = rows.only(added.only([path for path, kind in kinds.items() if kind == "file"]))
        clear = [path for path, kind in kinds.items() if kind != "file"]
        for path in clear:
            inside = os.path.join(idle.root, path)
            if kinds[path] != "folder" and not self._is_old_link(inside):
                self.unsaved.append(f"{idle.wanted.path}/{path}")
        return engine.hash(idle.root, files, algorithm=algorithm, jobs=self.jobs) if len(files) else files, tuple(clear)

    def _blind(self, want: Wanted, rows: Listing, recorded: Manifest) -> Listing:
        """Rows that could not be hashed and that the record does not have: they would have to go unproven."""
        unread = rows.unread()
        if not len(unread):
            return unread
        paths = [row.path for row in unread if recorded.get(row.path) is None and _asked(row.path, want.inner)]
        return unread.only(_named(paths))

    def _missing_members(self, want: Wanted, algorithm: Algorithm, recorded: Manifest, needed: Manifest, rows: Listing) -> Digests:
        names = needed.digests()
        there = self.store.presence(algorithm, names, jobs=self.jobs)
        if len(there.missing) or algorithm != MD5:
            return there.missing
        expected = None
        if want.content is not None and want.content.size is not None and not want.inner:
            kept = rows.only(_less(recorded, needed.paths())) if len(rows) else rows
            expected = unique_size(self.store.folder(algorithm), needed, want.content.size - kept.size)
        if expected is None or expected == there.size:
            return there.missing
        return self.store.distrust(algorithm, names, jobs=self.jobs)

    # --- outputs that the project no longer has

    def removal(self, want: Wanted) -> list[Removal]:
        """Nothing where something there is not proven to be in the cache: it stays."""
        seen = self.found[want.path]
        root = absolute(self.site, want.path)
        if seen.kind == "file" and seen.entry is not None and seen.content is not None:
            parent, name = os.path.split(root)
            row = engine.stat(parent, [name])
            proven = self.store.holds(Oid(MD5, seen.entry.digest or ""))
            entry = row.get(name)
            unmoved = entry is not None and (entry.size, entry.mtime, entry.inode) == (seen.entry.size, seen.entry.mtime, seen.entry.inode)
            return [Removal(want, parent, row, folder=False)] if proven and unmoved else []
        if seen.kind == "folder" and seen.listing is not None and seen.content is not None and seen.content.oid is not None:
            proven = not any(True for _ in unsaved(self.store, root, seen.listing, MD5, jobs=self.jobs))
            # A folder counts as saved when its whole state is one that the cache has: not a file of it is new.
            return [Removal(want, root, seen.listing, folder=True)] if proven and self.store.holds(seen.content.oid) else []
        return []


def _lost(want: Wanted, absent: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether the cache lacks the very object that names all of the output."""
    if want.inner or want.content is None or want.content.oid is None:
        return False
    return absent.get(want.path) == (object_name(want.content.oid),)


def _named(paths: Sequence[str]) -> Manifest:
    """A manifest that has these paths, to pick rows by."""
    return engine.manifest([(path, "0" * 32) for path in paths])


def _same(want: Wanted, seen: Seen) -> bool:
    return seen.content is not None and want.content is not None and seen.content.oid == want.content.oid


def _hex(want: Wanted) -> str:
    return want.content.oid.hex if want.content is not None and want.content.oid is not None else ""


def _less(manifest: Manifest, paths: Sequence[str]) -> Manifest:
    """The manifest without exactly these entries."""
    if not paths:
        return manifest
    return manifest.only(paths).diff(manifest).added


def _asked(path: str, inner: str | None) -> bool:
    return inner is None or path == inner or path.startswith(f"{inner}/")
