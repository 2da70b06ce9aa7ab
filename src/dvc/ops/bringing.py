"""`add --out` and `add --to-remote`: the data comes from anywhere on this machine, into the workspace or straight to a remote."""

import os
import shutil
import tempfile

from dvc import engine
from dvc.engine.contract import Listing
from dvc.exceptions import DvcException, EngineProblem, TargetNotFound, TargetProblem
from dvc.model.hashes import MD5, Oid
from dvc.model.stage import Content
from dvc.ops.add import AddOptions, AddResult, add
from dvc.ops.adding import Item, resolve
from dvc.ops.places import remote_of, remote_store
from dvc.ops.saving import durable, refusal
from dvc.progress import Progress
from dvc.project import files, locks
from dvc.project.edits import Edits
from dvc.project.project import Project
from dvc.store.objects import Store
from dvc.values import dataclass, replace
from dvc.workspace.survey import OWNER_EXECUTES, Place, Seen, survey


class ContradictingOptions(DvcException):
    """Options of `add` that cannot be meant together."""

    code = "contradicting-options"


@dataclass(frozen=True, slots=True)
class BringOptions:
    """`add`: how the copy is tracked; its one target is where the data comes from. `out`: where the copy is to be."""

    add: AddOptions
    out: str | None = None
    to_remote: bool = False
    remote: str | None = None

    def __post_init__(self) -> None:
        place = "--to-remote" if self.to_remote else "--out"
        if self.remote is not None and not self.to_remote:
            raise ContradictingOptions("`--remote` has a meaning with `--to-remote` only")
        if len(self.add.targets) != 1 or self.add.glob:
            raise ContradictingOptions(f"`{place}` takes exactly one target, and no pattern", hint="add the others on their own")
        if self.add.no_commit:
            raise ContradictingOptions(f"`{place}` and `--no-commit` exclude each other")


def bring(project: Project, options: BringOptions, progress: Progress) -> AddResult:
    """Track a copy of the target at `options.out`; with `to_remote` without a copy in the workspace or the cache."""
    target = options.add.targets[0]
    if "://" in target:
        raise TargetProblem(f"'{target}' is a URL, and this version reads local files only", hint="download it first")
    source = os.path.normpath(os.path.join(project.cwd, target))
    out = _out(project, options, source)
    folder = os.path.dirname(os.path.join(project.cwd, out))
    if not os.path.isdir(folder):
        raise TargetProblem(f"the folder of '{out}' does not exist", hint=f"make it first: `mkdir -p {os.path.dirname(out)}`")
    with locks.metadata(project, wait=options.add.wait):
        (item,) = resolve(project, project.workspace(), [out], made=True)
    if item.inner is not None:
        raise TargetProblem(f"'{out}' lies inside of the tracked folder '{project.shown(item.whole)}'", hint="add it there without --out")
    seen = _source(project, target, source)
    if options.out is not None and not options.add.force and os.path.lexists(project.full(item.path)):
        raise TargetProblem(f"'{out}' exists already", hint="use `--force` to replace it, or give another --out")
    if options.to_remote:
        return _to_remote(project, options, item, seen, progress)
    _copy(project, source, project.full(item.path))
    return add(project, replace(options.add, targets=(project.full(item.path),)), progress)


def _out(project: Project, options: BringOptions, source: str) -> str:
    """Where it is to be, as `cp` would have it: in a folder that exists under its own name."""
    out = options.out if options.out is not None else os.path.basename(source)
    return os.path.join(out, os.path.basename(source)) if os.path.isdir(os.path.join(project.cwd, out)) and options.out else out


def _source(project: Project, target: str, source: str) -> Seen:
    seen = survey(project, [Place(source)], hash=False)[source]
    if seen.kind not in {"file", "folder"}:
        raise TargetNotFound(f"'{target}' does not exist, or is no file and no folder")
    for problem in seen.problems:
        raise refusal(project, source, seen, problem)
    return seen


def _copy(project: Project, source: str, target: str) -> None:
    """Copied under another name first, so that `target` is never half there; what it replaces goes last."""
    try:
        os.makedirs(project.temp, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=project.temp) as folder:
            new, old = os.path.join(folder, "new"), os.path.join(folder, "old")
            if os.path.isdir(source):
                shutil.copytree(source, new)
            else:
                shutil.copyfile(source, new)
                shutil.copymode(source, new)
            if os.path.lexists(target):
                os.rename(target, old)
            shutil.move(new, target)
    except OSError as error:
        raise files.problem(error, project.shown(os.path.relpath(target, project.root))) from error


def _to_remote(project: Project, options: BringOptions, item: Item, seen: Seen, progress: Progress) -> AddResult:
    remote = remote_of(project, options.remote, doing="`--to-remote`")
    with remote_store(project, remote, jobs=options.add.jobs, wait=options.add.wait) as store:
        if seen.listing is not None:
            stored = _store(store, seen.root, seen.listing, options, progress)
            manifest = stored.manifest()
            content = Content(store.put_tree(manifest), stored.size, len(manifest))
        else:
            stored = _store(store, seen.root, engine.stat(seen.root, [seen.entry.path] if seen.entry else []), options, progress)
            (row,) = stored
            content = Content(Oid(MD5, row.digest or ""), row.size, isexec=bool(row.mode & OWNER_EXECUTES))
        if durable(project):
            store.sync()
    edits = Edits(project)
    edits.put_data(replace(item.stage, outs=(replace(item.out, content=content),)))
    with locks.metadata(project, wait=options.add.wait):
        return AddResult((item.path,), edits.commit())


def _store(store: Store, root: str, listing: Listing, options: BringOptions, progress: Progress) -> Listing:
    counters = engine.counters()
    with progress.task("Uploading", files=len(listing), size=listing.size) as task:
        task.watch(lambda: (counters.files, counters.bytes))
        stored = engine.store(
            root, listing, store.folder(MD5), algorithm=MD5, jobs=options.add.jobs, dir_mode=store.dir_mode, counters=counters
        )
    for problem in stored.problems:
        raise EngineProblem(problem.code, os.path.join(root, problem.path), problem.message)
    return stored
