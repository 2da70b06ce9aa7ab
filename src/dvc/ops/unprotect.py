"""Makes tracked files writable files of their own, where they are links to the cache."""

from dvc import engine
from dvc.engine.contract import Problem, Update
from dvc.exceptions import EngineProblem, TargetNotFound
from dvc.ops.saving import cache_lock
from dvc.project import leases, locks
from dvc.project.project import Project
from dvc.values import dataclass
from dvc.workspace.apply import pause
from dvc.workspace.survey import Place, Seen, new_clock, save_index, survey


@dataclass(frozen=True, slots=True)
class UnprotectOptions:
    targets: tuple[str, ...]
    wait: bool = False


def unprotect(project: Project, options: UnprotectOptions) -> tuple[str, ...]:
    """Detach the targets' files from the cache; any file or folder of the workspace will do. Returns their paths."""
    with locks.metadata(project, wait=options.wait):
        paths = {project.path_of(target): target for target in options.targets}
        found = survey(project, [Place(path) for path in paths], hash=False)
        for path, target in paths.items():
            if found[path].kind in {"missing", "other"}:
                raise TargetNotFound(f"'{target}' does not exist, or is no file and no folder")
    problems: list[Problem] = []
    updates: list[Update] = []
    with leases.lease(project, (), list(paths), wait=options.wait), cache_lock(project, wait=options.wait, adding=False):
        for path, seen in found.items():
            updates.append(_detach(project, path, seen, problems))
    if any(len(update.listing) for update in updates):
        pause(["copy"])
        clock = new_clock(project)
        save_index(project, engine.load_index(project.index_path), [update._replace(clock=clock) for update in updates])
    for problem in problems:
        raise EngineProblem(problem.code, project.shown(problem.path), problem.message)
    return tuple(paths)


def _detach(project: Project, path: str, seen: Seen, problems: list[Problem]) -> Update:
    folder = seen.listing is not None
    rows = seen.listing if seen.listing is not None else engine.stat(project.root, [path])
    placed = engine.detach(seen.root if folder else project.root, rows, temp=project.temp)
    prefix = path if folder else ""
    problems.extend(problem._replace(path=f"{prefix}/{problem.path}" if prefix else problem.path) for problem in placed.problems)
    return Update(prefix, placed.listing, 0, "md5", whole=False)
