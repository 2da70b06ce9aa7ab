"""Data behind a URL as an External: what it is called by its storage, and its way here. Bytes are never taken on trust alone:
an output's hash is made of what arrived."""

import hashlib
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from dvc import engine
from dvc.exceptions import EngineProblem, TargetNotFound
from dvc.formats import cjson
from dvc.model.hashes import MD5, Oid, TreeId
from dvc.model.stage import Content
from dvc.registry.external import Row, put_listing
from dvc.storage.contract import Found, Storage
from dvc.store.objects import Store

_BUCKETS = ("azure", "gs", "oss", "s3")


class FarExternal:
    """See `external.External`. `path` is the file or folder in `storage`."""

    def __init__(self, storage: Storage, path: str, name: str) -> None:
        self.name = name
        self._storage = storage
        self._path = path

    @property
    def versioned(self) -> bool:
        return False

    def exists(self) -> bool:
        return self._found() is not None or self.is_folder()

    def is_folder(self) -> bool:
        return self._storage.capabilities.lists and any(True for _ in self._storage.list(self._path))

    def content(self) -> Content:
        found = self._found()
        if self._storage.capabilities.named_by == MD5:
            return self._hashed(found)
        return self._of_file(found) if found is not None else self._of_folder(self._members())

    def store(self, store: Store, *, jobs: int = 0) -> tuple[Content, Content]:
        found = self._found()
        if found is not None:
            oid, size = self._object(store, found)
            content = Content(oid, size)
            return content if self._storage.capabilities.named_by == MD5 else self._of_file(found), content
        members = self._members()
        with store.work() as work:
            made = os.path.join(work, "data")
            self._copy_all(members, made, jobs)
            listing = put_listing(made, engine.scan(made, base="", rules=(), jobs=jobs), store, jobs)
        manifest = listing.manifest()
        content = Content(store.put_tree(manifest), listing.size, len(manifest))
        return content if self._storage.capabilities.named_by == MD5 else self._of_folder(members), content

    def copy(self, target: str, *, jobs: int = 0) -> int:
        found = self._found()
        if found is not None:
            self._copy(found, target)
            return 1
        members = self._members()
        self._copy_all(members, target, jobs)
        return len(members)

    def rows(self, level: int | None) -> Iterator[Row]:
        found = self._found()
        if found is not None:
            yield Row(self._listed_as(), is_folder=False, size=found.size if found.size >= 0 else None)
            return
        folders = set()
        for member in self._members():
            path = self._below(member.path)
            parts = path.split("/")
            if level is None or len(parts) <= level:
                yield Row(path, is_folder=False, size=member.size)
            elif (folder := "/".join(parts[:level])) not in folders:
                folders.add(folder)
                yield Row(folder, is_folder=True, size=None)

    def _listed_as(self) -> str:
        """A file that is listed by itself: in a bucket, DVC shows it without the kind of the storage."""
        kind, _, bucket = self._storage.url.partition("://")
        return f"{bucket}/{self._path}" if kind in _BUCKETS else self.name

    # --- what it is

    def _found(self) -> Found | None:
        """The file; None where there is none, though there may be a folder."""
        return self._storage.stat(self._path)

    def _members(self) -> list[Found]:
        """The files of the folder, sorted by path. TargetNotFound where there are none: such storages know no empty folders."""
        if not self._storage.capabilities.lists:
            raise TargetNotFound(f"'{self.name}' does not exist")
        members = sorted(self._storage.list(self._path))
        if not members:
            raise TargetNotFound(f"'{self.name}' does not exist")
        return members

    def _of_file(self, found: Found) -> Content:
        (found,) = self._storage.named([found])
        key = self._storage.capabilities.named_by
        foreign = {key: found.etag} if found.etag else {}
        # As DVC has it, also where versions are not followed.
        foreign |= {"version_id": found.version} if found.version else {}
        return Content(size=found.size if found.size >= 0 else None, foreign=foreign)

    def _of_folder(self, members: list[Found]) -> Content:
        key = self._storage.capabilities.named_by
        rows = [{key: member.etag, "relpath": self._below(member.path)} for member in self._storage.named(members)]
        digest = hashlib.md5(cjson.text(rows).encode(), usedforsecurity=False).hexdigest()
        return Content(TreeId(MD5, digest), sum(max(member.size, 0) for member in members), len(members))

    def _hashed(self, found: Found | None) -> Content:
        """By reading it: such a storage has no name for what its files hold."""
        if found is not None:
            return Content(Oid(MD5, self._digest(self._path)), found.size)
        members = self._members()
        with ThreadPoolExecutor(self._storage.capabilities.jobs) as pool:
            digests = list(pool.map(lambda member: self._digest(member.path), members))
        manifest = engine.manifest([(self._below(member.path), digest) for member, digest in zip(members, digests, strict=True)])
        return Content(TreeId(MD5, manifest.hex()), sum(max(member.size, 0) for member in members), len(manifest))

    def _digest(self, path: str) -> str:
        digest = hashlib.md5(usedforsecurity=False)
        for piece in self._storage.chunks(path):
            digest.update(piece)
        return digest.hexdigest()

    def _below(self, path: str) -> str:
        return path[len(self._path) :].lstrip("/") if self._path else path

    # --- its bytes

    def _object(self, store: Store, found: Found) -> tuple[Oid, int]:
        """The file as an object, hashed while it arrives."""
        with store.work() as work:
            self._copy(found, os.path.join(work, "data"))
            (row,) = put_listing(work, engine.stat(work, ["data"]), store, 0)
        return Oid(MD5, row.digest or ""), row.size

    def _pieces(self, found: Found) -> Iterator[bytes]:
        return self._storage.chunks(found.path)

    def _copy(self, found: Found, target: str) -> None:
        try:
            with open(target, "xb") as file:
                file.writelines(self._pieces(found))
        except OSError as error:
            raise EngineProblem("io", target, error.strerror or str(error)) from error

    def _copy_all(self, members: list[Found], target: str, jobs: int) -> None:
        os.makedirs(target, exist_ok=True)

        def one(member: Found) -> None:
            parts = self._below(member.path).split("/")
            if any(part in ("", ".", "..") for part in parts):
                raise TargetNotFound(f"'{self.name}' holds '{member.path}', which is no name that a file here can have")
            full = os.path.join(target, *parts)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            self._copy(member, full)

        with ThreadPoolExecutor(jobs or self._storage.capabilities.jobs) as pool:
            for _ in pool.map(one, members):
                pass
