"""Takes the outputs of stages into the cache: what a command made, and before it runs, what it may destroy."""

import time
from collections.abc import Mapping

from dvc.model.hashes import MD5
from dvc.model.stage import Content, Stage
from dvc.ops import far
from dvc.ops.saving import Saving
from dvc.pipeline import outputs, record, runcache
from dvc.pipeline.books import Books
from dvc.progress import Progress
from dvc.project import locks
from dvc.project.project import Project
from dvc.store.objects import Store
from dvc.workspace.apply import GRAIN_SECONDS
from dvc.workspace.learning import Learning, is_much
from dvc.workspace.survey import Place, Seen, Survey, new_clock, survey


class Outputs:
    """What is stored is synced by `books`, before they name it."""

    def __init__(self, project: Project, store: Store, books: Books, learn: Learning, progress: Progress) -> None:
        self._project = project
        self._store = store
        self._books = books
        self._learn = learn
        self._progress = progress

    def save_persistent(self, stage: Stage, seen: Mapping[str, Seen]) -> list[tuple[str, str]]:
        """Outputs that the command finds as they are, and may destroy: what no cache has of them goes there before. Each with where."""
        paths = [path for out in stage.outs if out.persist and (path := stage.locate(out.path)) in seen]
        unsaved = [path for path in paths if seen[path].content is not None and not seen[path].problems]
        unsaved = [path for path in unsaved if not outputs.held(self._store, seen[path])]
        if not unsaved:
            return []
        with locks.objects(self._store.cache_dir, wait=True):
            saving = Saving(self._project, self._store, relink=False, progress=self._progress)
            saving.look([Place(path) for path in unsaved])
            saved = saving.keep([Place(path) for path in unsaved])
            saving.finish()
        contents = {path: there.content.oid for path, there in saved.items() if there.content is not None}
        return [(path, self._store.path(oid)) for path, oid in contents.items() if oid is not None]

    def save(self, stage: Stage, *, commit: bool) -> Mapping[str, Content]:
        """Hash the outputs and, with `commit`, take those into the cache that belong there. Contents by path. Raises Missing."""
        storable = stage.name is None or runcache.may_save(stage)
        if commit and any(out.cache or storable for out in stage.outs):
            self._books.adding()
        found, clock = self._made_by(stage)
        contents: dict[str, Content] = {}
        for cached in (True, False):
            places = [Place(stage.locate(o.path), MD5) for o in stage.outs if "://" not in o.path and o.cache == cached]
            if places:
                saving = Saving(self._project, self._store, commit=commit and (cached or storable), relink=cached, progress=self._progress)
                saving.take(found, clock)
                contents.update({path: seen.content for path, seen in saving.keep(places).items() if seen.content is not None})
                saving.finish(learn=self._learn)
        for url, seen in far.look(self._project, [stage], deps=False).items():
            contents[url] = self._content(url, seen)
        return contents

    def _made_by(self, stage: Stage) -> tuple[Survey, int]:
        """What is at the outputs of a stage, and the clock before that look. Raises Missing for the first output that is not there."""
        places = [Place(stage.locate(out.path), MD5) for out in stage.outs if "://" not in out.path]
        clock = new_clock(self._project)
        found = survey(self._project, places, hash=False)
        size = count = 0
        for path, seen in found.items():
            if seen.kind not in {"file", "folder"}:
                raise self._missing(path)
            size += seen.listing.size if seen.listing is not None else seen.entry.size if seen.entry is not None else 0
            count += len(seen.listing) if seen.listing is not None else 1
        if is_much(size, count):
            # What was made this very moment the index would not take, and the next stage would have to hash it all again.
            time.sleep(GRAIN_SECONDS)
            clock = new_clock(self._project)
            found = survey(self._project, places, hash=False)
        return found, clock

    def _content(self, url: str, seen: Seen) -> Content:
        if seen.content is None:
            raise self._missing(url)
        return seen.content

    def _missing(self, path: str) -> record.Missing:
        return record.Missing(
            f"output '{self._project.shown(path)}' does not exist",
            hint="the command must make it: check the path, and the `wdir` of the stage",
        )
