"""From a Scope to the views it selects. Shared by gc, push, pull, fetch and status."""

from collections.abc import Callable, Iterator

from dvc.exceptions import DvcException, GitProblem
from dvc.model.scope import Scope
from dvc.project.project import Project
from dvc.project.view import View
from dvc.values import replace


def views(project: Project, scope: Scope, skip: Callable[[str, DvcException], None] | None = None) -> Iterator[View]:
    """The workspace if the scope names it, then each revision once. `skip` hears of revisions that cannot be had."""
    if scope.workspace:
        yield project.workspace()
    for rev in revisions(project, scope):
        try:
            view = project.at(rev)
        except DvcException as why:
            if skip is None:
                raise
            skip(rev, why)
            continue
        yield view


def revisions(project: Project, scope: Scope) -> list[str]:
    """The commits that the scope selects, each once, as SHAs. GitProblem: without git, or for an unknown revision."""
    if replace(scope, workspace=False).empty:
        return []
    git = project.git
    if git is None:
        if scope.revs or scope.date:
            raise GitProblem("this project has no git repository to look for revisions in", hint="run `git init`, and unset core.no_scm")
        return []  # all branches, tags and commits of none
    found: list[str] = []
    for rev in scope.revs:
        found += git.commits(rev, scope.num)
    # Whole names: a branch and a tag may share their short one.
    found += [git.resolve(f"refs/heads/{name}") for name in (git.branches() if scope.all_branches else [])]
    found += [git.resolve(f"refs/tags/{name}") for name in (git.tags() if scope.all_tags else [])]
    if scope.all_commits:
        found += git.all_commits()
    if scope.date:
        found += git.commits_since(scope.date)
    if scope.all_experiments:
        found += git.experiments()
    return list(dict.fromkeys(found))
