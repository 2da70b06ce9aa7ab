"""Putting workspace data into the cache: what `add` and `commit` share. Objects first, then trees, then one sync.

Writes objects, links in the workspace where the link types ask for them, and the index; metadata files are the caller's.
"""

import os
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext

from dvc import engine
from dvc.engine.contract import Listing, Manifest, Problem, Update
from dvc.exceptions import DvcException, EngineProblem, TargetNotFound, TargetProblem
from dvc.formats import cloud
from dvc.model.hashes import MD5_DOS2UNIX, Algorithm, Oid, TreeId
from dvc.model.stage import Content, Out, Stage
from dvc.model.versions import Member
from dvc.progress import NullProgress, Progress
from dvc.project import locks
from dvc.project.project import Project
from dvc.store.objects import Store
from dvc.values import dataclass, field, replace
from dvc.workspace.apply import pause
from dvc.workspace.survey import OWNER_EXECUTES, Learn, Place, Seen, Survey, new_clock, save_index, survey

WORDS = {
    "dangling-link": "is a symbolic link to nothing",
    "special": "is a device, socket or pipe",
    "ignore-file": "is a .dvcignore file inside of tracked data, which would change what the data is",
}


class RulesInside(TargetProblem):
    """Data holds a `.dvcignore` file."""

    code = "rules-inside"


def durable(project: Project) -> bool:
    """Whether objects are to be on disk before anything refers to them (`core.fsync`)."""
    return project.config.get("core", "fsync", "batch") != "off"


def cache_lock(project: Project, *, wait: bool, adding: bool = True) -> AbstractContextManager[None]:
    """Keep `gc` away from the cache. What adds nothing has nothing to keep where there is no cache yet."""
    return locks.objects(project.cache_dir, wait=wait) if adding or os.path.isdir(project.cache_dir) else nullcontext()


@dataclass(frozen=True, slots=True)
class _Group:
    """Rows stored together. `prefix` is their place in the index; `whole`: all of a folder."""

    root: str
    prefix: str
    listing: Listing
    algorithm: Algorithm
    whole: bool
    stored: bool


@dataclass(frozen=True, slots=True)
class Saved:
    """`contents` of the outputs, and what was seen (with contents) of everything saved, by path."""

    contents: dict[str, Content]
    kept: Mapping[str, Seen]


@dataclass(slots=True)
class Saving:
    """Data on its way into the cache: `look`, then refuse or go on with `keep`, then `finish`."""

    project: Project
    store: Store
    commit: bool = True
    relink: bool = True
    jobs: int = 0
    progress: Progress = field(default_factory=NullProgress)
    problems: list[Problem] = field(default_factory=list)  # files that could not be linked: they are saved all the same
    _found: Survey | None = None
    _clock: int = 0
    _groups: list[_Group] = field(default_factory=list)

    @property
    def found(self) -> Survey:
        assert self._found is not None, "look() comes first"
        return self._found

    def save(self, outs: Mapping[str, Content], parts: Sequence[str] = (), *, unstored: Container[str] = frozenset()) -> "Saved":
        """Hash and store what stands at the paths of `outs` (with what is recorded of them) and of `parts`, all at once.

        `unstored` ones are hashed only. Raises for what no tracked data may hold, and for what is not there.
        """
        old = {path: content for path, content in outs.items() if content.algorithm == MD5_DOS2UNIX and content.oid is not None}
        places = [Place(path) for path in (*outs, *parts)]
        for place, seen in self.look([*places, *(Place(path, MD5_DOS2UNIX) for path in old)]).items():
            if seen.kind not in {"file", "folder"}:
                raise TargetNotFound(f"'{self.project.shown(place)}' does not exist", hint="`dvc checkout` brings back what was recorded")
        legacy = self._unchanged_since_2(old)
        fresh = [place for place in places if place.path not in legacy]
        kept = dict(self.keep([place for place in fresh if place.path not in unstored]))
        kept.update(self.keep([place for place in fresh if place.path in unstored], store=False))
        contents = {path: _content(outs[path], seen) for path, seen in kept.items() if path in outs and seen.content is not None} | legacy
        return Saved(contents, kept)

    def _unchanged_since_2(self, recorded: Mapping[str, Content]) -> dict[str, Content]:
        """Outputs that DVC 2 recorded and whose content is still that: they keep their record, and their objects' layout."""
        if not recorded:
            return {}
        now = survey(self.project, [Place(path, MD5_DOS2UNIX) for path in recorded], save=False, jobs=self.jobs)
        same = [path for path, seen in now.items() if seen.content is not None and seen.content.oid == recorded[path].oid]
        stored = self.keep([Place(path, MD5_DOS2UNIX) for path in same])
        return {path: seen.content for path, seen in stored.items() if seen.content is not None}

    def look(self, places: Iterable[Place]) -> Survey:
        """What is there; contents as far as the index knows them. Raises for what no tracked data may hold."""
        clock = new_clock(self.project)
        return self.take(survey(self.project, places, hash=False), clock)

    def take(self, found: Survey, clock: int) -> Survey:
        """As `look`, with what somebody has looked at already; `clock` was taken before."""
        self._found, self._clock = found, clock
        for path, seen in self._found.items():
            for problem in seen.problems:
                raise refusal(self.project, path, seen, problem)
        return self._found

    def keep(self, places: Sequence[Place], *, store: bool = True) -> Mapping[str, Seen]:
        """Hash and, with `store` (and `commit`), store what was seen at `places` (some of those looked at); it has contents
        afterwards."""
        kept: dict[str, Seen] = {}
        for algorithm in sorted({place.algorithm for place in places}):
            group = [place.path for place in places if place.algorithm == algorithm]
            files = [path for path in group if self.found[path].kind == "file"]
            if files:
                kept.update(self._files(files, algorithm, store=store))
            kept.update({path: self._folder(Place(path, algorithm), store=store) for path in group if self.found[path].kind == "folder"})
        return kept

    def tree(self, manifest: Manifest, algorithm: Algorithm) -> TreeId:
        """The id of a directory, whose object is stored with `commit`."""
        return self.store.put_tree(manifest, algorithm) if self.commit else TreeId(algorithm, manifest.hex())

    def finish(self, *, learn: Learn | None = None) -> None:
        """Make durable what was stored, link the workspace to it, and have the index learn it.

        With `learn` that is told instead, and where nothing gets linked the caller syncs, before it names what was stored.
        """
        if any(group.stored for group in self._groups) and durable(self.project) and (learn is None or self._links()):
            self.store.sync()
        updates = [Update(g.prefix, g.listing, self._clock, g.algorithm, g.whole) for g in self._groups]
        index = engine.load_index(self.project.index_path)
        if self.relink:
            placed = [update for group in self._groups if group.stored for update in self._relinked(group)]
            if placed:
                pause(self.store.links)
                clock = new_clock(self.project)
                updates += [update._replace(clock=clock) for update in placed]
        if learn is not None:
            learn(updates)
        elif updates:
            save_index(self.project, index, updates)

    def _files(self, paths: Sequence[str], algorithm: Algorithm, *, store: bool) -> dict[str, Seen]:
        rows = self.found.files(algorithm).only(_named(paths))
        group = self._store(_Group(self.project.root, "", rows, algorithm, whole=False, stored=self.commit and store))
        kept = {}
        for row in group.listing:
            oid = Oid(algorithm, row.digest or "")
            content = Content(oid, row.size, isexec=bool(row.mode & OWNER_EXECUTES), algorithm=algorithm)
            kept[row.path] = Seen("file", self.project.root, content, row)
        return kept

    def _folder(self, place: Place, *, store: bool) -> Seen:
        seen = self.found.at(place)
        assert seen.listing is not None, "a folder has a listing"
        group = self._store(_Group(seen.root, place.path, seen.listing, place.algorithm, whole=True, stored=self.commit and store))
        manifest = group.listing.manifest()
        oid = self.tree(manifest, place.algorithm) if group.stored else TreeId(place.algorithm, manifest.hex())
        content = Content(oid, group.listing.size, len(manifest), algorithm=place.algorithm)
        return replace(seen, content=content, listing=group.listing, manifest=manifest)

    def _store(self, group: _Group) -> _Group:
        counters = engine.counters()
        with self.progress.task("Adding" if group.stored else "Hashing", files=len(group.listing), size=group.listing.size) as task:
            task.watch(lambda: (counters.files, counters.bytes))
            if group.stored:
                listing = engine.store(
                    group.root,
                    group.listing,
                    self.store.folder(group.algorithm),
                    algorithm=group.algorithm,
                    jobs=self.jobs,
                    dir_mode=self.store.dir_mode,
                    counters=counters,
                )
            else:
                listing = engine.hash(group.root, group.listing, algorithm=group.algorithm, jobs=self.jobs, counters=counters)
        for problem in listing.problems:
            path = f"{group.prefix}/{problem.path}" if group.prefix else problem.path
            raise EngineProblem(problem.code, self.project.shown(path), problem.message, hint="nothing was changed; run the command again")
        done = replace(group, listing=listing)
        self._groups.append(done)
        return done

    # --- links

    def _links(self) -> bool:
        """Whether workspace files may become links to objects."""
        return self.relink and not {"hardlink", "symlink"}.isdisjoint(self.store.links)

    def _relinked(self, group: _Group) -> Iterator[Update]:
        for rows in wrongly_tied(group.listing, self._kind(group)):
            for executable in (False, True):
                manifest = _executable(rows, group, wanted=executable)
                if len(manifest):
                    yield self._place(group, manifest, rows, executable=executable)

    def _place(self, group: _Group, manifest: Manifest, over: Listing, *, executable: bool) -> Update:
        placed = engine.place(
            group.root,
            manifest,
            self.store.folder(group.algorithm),
            links=self.store.links,
            temp=self.project.temp,
            over=over,
            executable=executable,
            algorithm=group.algorithm,
            jobs=self.jobs,
        )
        self.problems.extend(p._replace(path=f"{group.prefix}/{p.path}" if group.prefix else p.path) for p in placed.problems)
        return Update(group.prefix, placed.listing, 0, group.algorithm, whole=False)

    def _kind(self, group: _Group) -> str:
        """How files are to be tied to the cache. Whether a file system clones is known by trying it on one file."""
        links = self.store.links
        if links[0] != "reflink" or len(links) < 2 or links[1] == "copy":
            return links[0]
        for row in group.listing.linked("copy"):
            if row.size:
                one = _named([row.path])
                rows = group.listing.only(one)
                placed = self._place(group, rows.manifest(), rows, executable=bool(row.mode & OWNER_EXECUTES) and not group.whole)
                used = [link for row in placed.listing for link in (row.link,)]
                return "reflink" if used == ["copy"] else links[1]
        return links[1]


def wrongly_tied(listing: Listing, kind: str) -> list[Listing]:
    """The rows that are not tied to the cache in the way `kind`. Other names of a file that the user made are left alone with copies."""
    wrong = {"hardlink": ("copy", "symlink"), "symlink": ("copy", "hardlink")}.get(kind, ("symlink",))
    counts = listing.links()
    return [listing.linked(link) for link in wrong if counts.get(link)]


def _executable(rows: Listing, group: _Group, *, wanted: bool) -> Manifest:
    """The rows whose mode is to have the owner's execute bit, or the others. Folders record no such bit."""
    if group.whole:
        return engine.manifest([]) if wanted else rows.manifest()
    return rows.manifest().only([row.path for row in rows if bool(row.mode & OWNER_EXECUTES) == wanted])


def _named(paths: Iterable[str]) -> Manifest:
    """A manifest that has these paths, to pick rows by."""
    return engine.manifest([(path, "0" * 32) for path in paths])


def refusal(project: Project, path: str, seen: Seen, problem: Problem) -> DvcException:
    """The error for something that no tracked data may hold, or that cannot be read."""
    inner = f"{path}/{problem.path}" if seen.kind == "folder" and problem.path else path
    words = WORDS.get(problem.code)
    if problem.code == "ignore-file":
        return RulesInside(f"'{project.shown(inner)}' {words}", hint="move its rules into a .dvcignore above the data")
    if words is None:
        return EngineProblem(problem.code, project.shown(inner), problem.message, hint="nothing was changed")
    return TargetProblem(f"'{project.shown(inner)}' {words}", hint="move it away, or leave it out with a .dvcignore rule above the data")


def _content(recorded: Content, seen: Seen) -> Content:
    """What was seen, recorded as it was before: a folder that was listed file by file is so again."""
    assert seen.content is not None
    if cloud.FILES not in recorded.foreign or seen.listing is None or recorded.oid == seen.content.oid:
        return seen.content
    return cloud.carried(recorded, [Member(row.path, row.digest, row.size) for row in seen.listing])


def with_content(stage: Stage, out: Out, contents: Mapping[str, Content]) -> Out:
    """The output with its new content; what a remote said of it stays only while it is the same."""
    content = contents.get(stage.locate(out.path))
    if content is None:
        return out
    return replace(out, content=replace(content, foreign=out.content.foreign if content.oid == out.content.oid else content.foreign))
