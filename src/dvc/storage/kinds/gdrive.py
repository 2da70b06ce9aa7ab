"""Google Drive: `gdrive://FOLDER/PATH`, where FOLDER is a folder's id, `root` (My Drive) or `appDataFolder`.

Drive has no paths and does not mind two things of one name in a folder. Paths are made of names here: of several files the oldest
counts, several folders of one name are one folder. What is in folders is asked for many at a time, since requests are what Drive
is sparing with: the sub-folders of a folder once, files twenty names to a request.
"""

import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress

from dvc.storage.contract import AT_ONCE, Capabilities, Found, Head, NotThere, Sending, StorageProblem, Take, Unavailable
from dvc.storage.kinds.gdrive_account import identity
from dvc.storage.kinds.gdrive_api import FOLDER, Drive, Row, either
from dvc.storage.kinds.google_session import Upload
from dvc.storage.one_by_one import OneByOne, each
from dvc.storage.options import flag

_CHUNK = 1 << 20
_WHOLE = 5 << 20  # up to this size a file is sent in one request
_NAMES = 20  # in one question about files
_FOLDERS = 40  # in one question about what folders hold


class GdriveStorage(OneByOne):
    """See `contract.Storage`."""

    capabilities = Capabilities(jobs=8, named_by="checksum", resumes=True)

    def __init__(self, url: str, options: Mapping[str, object]) -> None:
        """Unavailable for credentials that are not there or cannot be read."""
        top, _, path = url.partition("://")[2].partition("/")
        if not top:
            raise Unavailable(
                f"'{url}' names no folder", hint="write it as gdrive://FOLDER-ID/PATH; the id is the end of its address on the web"
            )
        self.url = url.rstrip("/")
        self._trash = flag(options, "gdrive_trash_only")
        self._base = path.strip("/")
        self._drive = Drive(
            identity(options),
            jobs=self.capabilities.jobs,
            app_data=top == "appDataFolder",
            abusive=flag(options, "gdrive_acknowledge_abuse"),
        )
        self._guard = threading.RLock()
        self._top = top
        self._ids: dict[str, tuple[str, ...]] = {}  # the folders of a path, from the top
        self._known: dict[str, dict[str, tuple[str, ...]]] = {}  # the sub-folders of a path, by name, while a call lasts

    def stat(self, path: str) -> Found | None:
        rows = self._rows([path])[path]
        return _found(path, rows[0]) if rows else None

    def read(self, path: str) -> bytes | None:
        with suppress(NotThere):
            return b"".join(self.chunks(path))
        return None

    def chunks(self, path: str, start: int = 0) -> Iterator[bytes]:
        row = self._row(path)
        if start < row.size:
            yield from self._pieces(row, path, start)

    def part(self, path: str, start: int, size: int) -> bytes:
        return b"".join(self._pieces(self._row(path), path, start, start + size))

    def upload(self, source: str, path: str, sending: Sending = AT_ONCE) -> int:
        return self._upload(source, path, self._rows([path], make=True)[path], sending)

    def put(self, path: str, data: bytes) -> None:
        self._send(data, path, self._rows([path], make=True)[path])

    def list(self, prefix: str) -> Iterable[Found]:
        start = prefix.strip("/")
        level = dict.fromkeys(self._folders(self._full(start)), start)
        while level:
            deeper: dict[str, str] = {}
            for some in _batches([*level], _FOLDERS):
                for row in self._asked(either("parents", some)):
                    path = f"{level[next(parent for parent in row.parents if parent in level)]}/{row.name}".lstrip("/")
                    if row.folder:
                        deeper[row.id] = path
                    elif row.has_bytes:
                        yield _found(path, row)
            level = deeper

    def named(self, files: Sequence[Found]) -> Sequence[Found]:
        return files

    def remove(self, path: str) -> None:
        self._remove(path, self._rows([path])[path])

    def close(self) -> None:
        self._drive.close()

    # --- many files

    def stat_all(self, paths: Sequence[str], jobs: int, take: Take[str, Found | None]) -> None:
        for path, rows in self._rows(paths, jobs=jobs).items():
            take(path, _found(path, rows[0]) if rows else None)

    def head_all(self, paths: Sequence[str], most: int, jobs: int, take: Take[str, Head]) -> None:
        def head(path: str) -> Head:
            row = self._first(path, there[path])
            return Head(b"".join(self._pieces(row, path, 0, min(row.size, most))), whole=row.size <= most)

        there = self._rows(paths, jobs=jobs)
        each(paths, head, jobs, take)

    def read_all(self, paths: Sequence[str], jobs: int, take: Take[str, bytes]) -> None:
        there = self._rows(paths, jobs=jobs)
        each(paths, lambda path: b"".join(self._pieces(self._first(path, there[path]), path, 0)), jobs, take)

    def upload_all(self, files: Sequence[tuple[str, str]], jobs: int, take: Take[tuple[str, str], int]) -> None:
        there = self._rows([path for _, path in files], make=True, jobs=jobs)
        each(files, lambda file: self._upload(*file, there[file[1]], AT_ONCE), jobs, take)

    def remove_all(self, paths: Sequence[str], jobs: int, take: Take[str, None]) -> None:
        there = self._rows(paths, jobs=jobs)
        each(paths, lambda path: self._remove(path, there[path]), jobs, take)

    # --- bytes

    def _pieces(self, row: Row, path: str, start: int, end: int | None = None) -> Iterator[bytes]:
        import urllib3

        end = row.size if end is None else end
        if start == end:  # Drive answers with an error to a question for nothing
            return
        answer = self._drive.bring(row.id, self._named(path), start=start, end=end)
        try:
            yield from answer.stream(_CHUNK)
        except urllib3.exceptions.HTTPError as why:
            raise StorageProblem(f"'{self._named(path)}' ended early: {why}", hint="run the command again") from why
        finally:
            answer.release_conn()

    def _upload(self, source: str, path: str, there: Sequence[Row], sending: Sending) -> int:
        with open(source, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size <= _WHOLE:
                self._send(file.read(), path, there)
                sending.moved(size)
                return size
            name = self._named(path)
            upload = Upload(
                self._drive.web,
                target=name,
                name=name,
                begin=lambda: self._drive.session(size, name, **self._place(path, there)),
                undo=lambda made: self._drive.remove(made["id"], name, trash=False),
            )
            upload.send(file, size, sending)
            return size

    def _send(self, data: bytes, path: str, there: Sequence[Row]) -> None:
        self._drive.send(data, self._named(path), **self._place(path, there))

    def _place(self, path: str, there: Sequence[Row]) -> dict[str, str]:
        """Over the file that is there, or as a new one."""
        if there:
            return {"over": there[0].id}
        folder, _, title = self._full(path).rpartition("/")
        return {"folder": self._folders(folder, make=True)[0], "title": title}

    def _remove(self, path: str, rows: Sequence[Row]) -> None:
        for row in rows:
            with suppress(NotThere):  # by somebody else
                self._drive.remove(row.id, self._named(path), trash=self._trash)

    # --- names

    def _named(self, path: str) -> str:
        return f"{self.url}/{path}" if path else self.url

    def _full(self, path: str) -> str:
        return f"{self._base}/{path}".strip("/")

    def _row(self, path: str) -> Row:
        return self._first(path, self._rows([path])[path])

    def _first(self, path: str, rows: Sequence[Row]) -> Row:
        if not rows:
            raise NotThere(f"'{self._named(path)}' is not there")
        return rows[0]

    def _rows(self, paths: Sequence[str], *, make: bool = False, jobs: int = 1) -> dict[str, tuple[Row, ...]]:
        """The files of each path, the oldest first; none where there are none. `make` their folders, where they are not there."""
        found: dict[str, tuple[Row, ...]] = dict.fromkeys(paths, ())
        parents = self._parents(paths, make=make)

        def ask(some: Sequence[str]) -> Sequence[Row]:
            names = sorted({os.path.basename(self._full(path)) for path in some})
            folders = sorted({folder for path in some for folder in parents[path]})
            return self._asked(f"{either('name', names)} and {either('parents', folders)}")

        def take(some: Sequence[str], rows: Sequence[Row] | StorageProblem | OSError) -> None:
            if isinstance(rows, Exception):
                raise rows
            for path in some:
                wanted = (os.path.basename(self._full(path)), set(parents[path]))
                found[path] = tuple(row for row in rows if row.has_bytes and row.name == wanted[0] and wanted[1] & set(row.parents))

        each([*map(tuple, _batches([path for path in paths if parents[path]], _NAMES))], ask, jobs, take)
        return found

    def _parents(self, paths: Sequence[str], *, make: bool = False) -> dict[str, tuple[str, ...]]:
        """The folders that each path is in. What is not there is asked for anew in every call: others may have made it."""
        with self._guard:
            self._known.clear()
            return {path: self._folders(os.path.dirname(self._full(path)), make=make) for path in paths}

    def _folders(self, full: str, *, make: bool = False) -> tuple[str, ...]:
        """The folders of a path from the top; none where there is no such path."""
        with self._guard:
            if full in self._ids:
                return self._ids[full]
            if not full:
                self._ids[""] = (self._at_the_top(),)
                return self._ids[""]
            above, _, title = full.rpartition("/")
            parents = self._folders(above, make=make)
            if not parents:
                return ()
            if above not in self._known:
                self._known[above] = {}
                for row in self._asked(f"{either('parents', parents)} and mimeType = '{FOLDER}'"):
                    self._known[above][row.name] = (*self._known[above].get(row.name, ()), row.id)
            ids = self._known[above].get(title, ())
            if not ids and make:
                ids = (self._drive.make_folder(parents[0], title, self._named("")),)
                self._known[above][title] = ids
                self._known[full] = {}
            if ids:
                self._ids[full] = ids
            return ids

    def _at_the_top(self) -> str:
        """The id of the folder of the url, which may have been given by another name."""
        with suppress(NotThere):
            found = self._drive.row(self._top, self.url)
            if found.folder:
                return found.id
            raise StorageProblem(f"'{self.url}' is no folder of Drive but a file", hint="name the folder that it is in")
        raise StorageProblem(
            f"'{self.url}': Drive knows no such folder, or does not show it to this account",
            hint="see the id in the url, and that the folder is shared with the account that is used",
        )

    def _asked(self, query: str) -> Sequence[Row]:
        return [*self._drive.rows(query, self.url)]


def _found(path: str, row: Row) -> Found:
    return Found(path, row.size, row.checksum)


def _batches(items: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
