"""The two sides that `diff` and `data status` compare, as nodes: what a view records, and what the workspace holds."""

from collections.abc import Mapping

from dvc.engine.contract import Manifest
from dvc.exceptions import GitProblem
from dvc.model.hashes import TreeId
from dvc.progress import Progress
from dvc.project.project import Project
from dvc.project.view import View
from dvc.store.listing import tree_of
from dvc.store.objects import Store
from dvc.workspace.compare import Node
from dvc.workspace.survey import Place, Survey, survey

Trees = dict[TreeId, Manifest | None]


def head(project: Project) -> View | None:
    """The view of HEAD; None without git, and before the first commit."""
    if project.git is None or project.git.head() is None:
        return None
    return project.at("HEAD")


def revision(project: Project, rev: str) -> View | None:
    """The view of `rev`; `HEAD` may be missing yet. Raises GitProblem."""
    if rev == "HEAD":
        if project.git is None:
            raise GitProblem("this project is not in a git repository, so there is nothing to compare with")
        return head(project)
    return project.at(rev)


def recorded(view: View | None, store: Store, trees: Trees, *, manifests: bool = True) -> dict[str, Node]:
    """What a view records of its cached outputs. `trees` remembers the directories that were read."""
    nodes: dict[str, Node] = {}
    for path, (_, out) in ({} if view is None else view.outs()).items():
        oid = out.content.oid
        if not out.cache or oid is None or "://" in path:
            continue
        if isinstance(oid, TreeId):
            if manifests and oid not in trees:
                trees[oid] = tree_of(store, out.content)
            nodes[path] = Node(oid, trees.get(oid), folder=True)
        else:
            nodes[path] = Node(oid)
    return nodes


def look(project: Project, view: View, progress: Progress) -> Survey:
    """See what the workspace has at the view's cached outputs, each hashed as its record is."""
    places = [Place(path, out.content.algorithm) for path, (_, out) in view.outs().items() if out.cache and "://" not in path]
    return survey(project, places, progress=progress)


def seen(found: Survey) -> dict[str, Node]:
    """What was seen; nothing where nothing is."""
    nodes: dict[str, Node] = {}
    for path, what in found.items():
        if what.kind == "missing":
            continue
        oid = None if what.content is None else what.content.oid
        nodes[path] = Node(oid, what.manifest, folder=what.kind == "folder")
    return nodes


def names(nodes: Mapping[str, Node]) -> dict[str, list[str]]:
    """Object names by algorithm."""
    found: dict[str, list[str]] = {}
    for node in nodes.values():
        if node.oid is not None and node.name is not None:
            found.setdefault(node.oid.algorithm, []).append(node.name)
    return found
