"""Which objects outputs refer to: from stages and targets to packed sets of names. Shared by gc, push, fetch and status.

A Need is one output at one path; directories are read once each, however many revisions share them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from dvc import engine
from dvc.engine.contract import Digests, Manifest
from dvc.exceptions import DvcException
from dvc.model.hashes import MD5, Algorithm, ObjectId, TreeId
from dvc.model.stage import Dep, Out, PathDep, RepoDep, Stage
from dvc.project.project import Project
from dvc.project.view import View
from dvc.store.listing import listed
from dvc.store.objects import object_name
from dvc.transfer.execute import read_tree
from dvc.transfer.plan import Wanted
from dvc.transfer.shelf import Place
from dvc.values import dataclass, field

Reader = Callable[[TreeId], Manifest | None]


def reader(places: Sequence[Place]) -> Reader:
    """Reads a directory from the first of `places` that has its object."""

    def read(tree: TreeId) -> Manifest | None:
        return read_tree(places, tree.algorithm, object_name(tree))

    return read


@dataclass(frozen=True, slots=True)
class Need:
    """One recorded output. `path` is relative to the root; `inner` a path inside it when only that part is meant."""

    path: str
    oid: ObjectId
    out: Out
    stage: Stage
    inner: str | None = None

    @property
    def imported(self) -> bool:
        """Whether its data comes from where it was imported, and is on no remote of ours."""
        return self.stage.is_import and any(isinstance(dep, RepoDep) or (_is_version(dep) and not self.out.push) for dep in self.stage.deps)


def _is_version(dep: Dep) -> bool:
    return isinstance(dep, PathDep) and not {"version_id", "files"}.isdisjoint(dep.content.foreign)


def refuse_old(project: Project, need: Need) -> None:
    """For remotes that go by what storages call the bytes: DVC 2 hashed text in another way."""
    if need.oid.algorithm != MD5:
        raise DvcException(
            f"'{project.shown(need.path)}' was recorded by DVC 2, whose hashes no cloud-versioned remote goes by",
            hint=f"record it anew: `dvc add {project.shown(need.path)}`",
        )


def of_outs(items: Iterable[tuple[str, Stage, Out, str | None]]) -> list[Need]:
    """Needs of outputs (path, stage, output, inner) that are kept in the cache and have a recorded content."""
    needs = []
    for path, stage, out, inner in items:
        oid = out.content.oid
        if out.cache and oid is not None and "://" not in path:
            needs.append(Need(path, oid, out, stage, inner))
    return needs


def of_view(view: View) -> list[Need]:
    return of_outs((path, stage, out, None) for path, (stage, out) in view.outs().items())


@dataclass(slots=True)
class Gathering:
    """Collects needs; `read` gives the manifest of a directory. `unread`: needs whose directory nobody could read."""

    read: Reader
    names: dict[Algorithm, set[str]] = field(default_factory=dict)
    files: dict[Algorithm, Digests] = field(default_factory=dict)
    trees: dict[TreeId, Manifest] = field(default_factory=dict)
    parts: dict[Algorithm, dict[str, Digests]] = field(default_factory=dict)
    unread: list[Need] = field(default_factory=list)

    def add(self, needs: Iterable[Need]) -> None:
        for need in needs:
            names = self.names.setdefault(need.oid.algorithm, set())
            if not isinstance(need.oid, TreeId):
                names.add(need.oid.hex)
            elif need.inner is not None or object_name(need.oid) not in self.parts.get(need.oid.algorithm, {}):
                self._tree(need, need.oid)

    def _tree(self, need: Need, tree: TreeId) -> None:
        manifest = self.trees.get(tree)
        if manifest is None:
            manifest = listed(need.out.content) or self.read(tree)
            if manifest is None:
                self.unread.append(need)
                return
            self.trees[tree] = manifest
        digests = manifest.digests() if need.inner is None else manifest.below(need.inner).digests()
        algorithm, name = tree.algorithm, object_name(tree)
        self.files[algorithm] = digests if algorithm not in self.files else self.files[algorithm] | digests
        parts = self.parts.setdefault(algorithm, {})
        parts[name] = digests if name not in parts else parts[name] | digests

    def used(self) -> Mapping[Algorithm, Digests]:
        """All names: files, directories, and the directories that could not be read."""
        found = {}
        for algorithm in self._algorithms():
            trees = [*self.parts.get(algorithm, ()), *(object_name(n.oid) for n in self.unread if n.oid.algorithm == algorithm)]
            names = engine.digests([*self.names.get(algorithm, ()), *trees])
            found[algorithm] = names | self.files[algorithm] if algorithm in self.files else names
        return found

    def wanted(self) -> tuple[Wanted, ...]:
        """What a transfer has to see to."""
        found = []
        for algorithm in self._algorithms():
            files = engine.digests(list(self.names.get(algorithm, ())))
            if algorithm in self.files:
                files = files | self.files[algorithm]
            unread = engine.digests([object_name(need.oid) for need in self.unread if need.oid.algorithm == algorithm])
            found.append(Wanted(algorithm, files, self.parts.get(algorithm, {}), unread if len(unread) else None))
        return tuple(found)

    def _algorithms(self) -> Sequence[Algorithm]:
        return sorted({*self.names, *self.files, *self.parts})


def paths_of(
    needs: Iterable[Need], names: Mapping[Algorithm, Digests], manifest: Callable[[TreeId], Manifest | None]
) -> Iterable[tuple[str, str, bool]]:
    """(path, object name, whether a directory) of everything among `needs` whose object is in `names`."""
    for need in needs:
        asked = names.get(need.oid.algorithm)
        if asked is None or not len(asked):
            continue
        name = object_name(need.oid)
        if not isinstance(need.oid, TreeId):
            if name in asked:
                yield need.path, name, False
            continue
        if name in asked:
            yield need.path, name, True
        tree = manifest(need.oid)
        if tree is None or not len(tree.digests() & asked):
            continue
        for path, digest in tree.below(need.inner or ""):
            if digest in asked:
                yield f"{need.path}/{path}", digest, False
