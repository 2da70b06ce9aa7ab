"""`dvc import-db`: track what a table or query of a database gives, and where it came from."""

import os

from dvc import engine
from dvc.model.hashes import MD5, Oid
from dvc.model.stage import Content, DbDep
from dvc.ops.cache import store_of
from dvc.ops.importing import Imported, TargetInTheWay, destination, import_stage, put_in_place, record
from dvc.ops.saving import cache_lock
from dvc.progress import NullProgress, Progress
from dvc.project.project import Project
from dvc.registry.database import Question, write
from dvc.registry.external import put_listing
from dvc.values import dataclass


@dataclass(frozen=True, slots=True)
class ImportDbOptions:
    question: Question
    out: str | None = None
    force: bool = False
    wait: bool = False


def import_db(project: Project, options: ImportDbOptions, progress: Progress = NullProgress()) -> Imported:
    """Raises DatabaseProblem, TargetInTheWay and TargetProblem; then nothing was written."""
    asked = options.question
    name = options.out or f"{asked.table or 'results'}.{asked.file_format}"
    if os.path.isdir(os.path.join(project.cwd, name)):
        raise TargetInTheWay(f"'{name}' is a folder", hint="give the name of a file")
    item = destination(project, name, options.out, force=options.force, wait=options.wait)
    content = bring_answer(project, asked, progress, wait=options.wait)
    stage = import_stage(item, DbDep(asked.value()), content)
    put_in_place(project, store_of(project), stage, jobs=0, wait=options.wait, progress=progress)
    return Imported(item.path, record(project, [stage], wait=options.wait))


def bring_answer(project: Project, asked: Question, progress: Progress, *, wait: bool) -> Content:
    """Store what the database answers in the cache: the content of an output that is it. Raises DatabaseProblem."""
    store = store_of(project)
    options = project.config.merged.get(("db", asked.connection))
    with cache_lock(project, wait=wait), store.work() as folder, progress.task(f"Importing '{asked.words}'") as task:
        write(asked, options, os.path.join(folder, "answer"), project.cwd, lambda rows: task.advance(size=rows))
        (row,) = put_listing(folder, engine.stat(folder, ["answer"]), store, 0)
    return Content(Oid(MD5, row.digest or ""), row.size)
