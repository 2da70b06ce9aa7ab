"""The entries `cloud:` and `files:`: versions that storages gave to files. Owns both, between text and `model.versions`.

Implements docs/formats/cloud.md. A `Content` keeps them as they were read (`foreign`), so that what nobody touches is written back as
it was. A folder recorded by `files:` has no `md5:`: its name is made of what the files are called.
"""

from collections.abc import Iterable, Mapping
from typing import cast

from dvc.formats import cjson, schema
from dvc.formats.schema import Invalid, Path
from dvc.model.hashes import MD5, Algorithm, TreeId
from dvc.model.stage import EMPTY, Content
from dvc.model.versions import Member, Version
from dvc.values import replace

CLOUD, FILES = "cloud", "files"


# --- reading


def read_cloud(value: object, path: Path) -> Mapping[str, object]:
    """Checked, and as it was."""
    entry = schema.mapping(value, path)
    for remote, version in entry.items():
        for key, item in schema.mapping(version, (*path, remote)).items():
            if key in ("etag", "version_id") and item is not None:
                _text(item, (*path, remote, key))
    return entry


def read_files(value: object, path: Path) -> list[object]:
    """Checked, and as it was. A name that would lead out of the folder, or that stands twice, is refused."""
    rows = schema.items(value, path)
    seen = set()
    for at, item in enumerate(rows):
        here = (*path, at)
        entry = schema.mapping(item, here)
        name = schema.text(entry.get("relpath"), (*here, "relpath"))
        if not _is_inside(name):
            raise Invalid((*here, "relpath"), f"`{schema.spot((*here, 'relpath'))}` is no path inside of the folder: '{name}'")
        if name in seen:
            raise Invalid((*here, "relpath"), f"'{name}' stands twice in `{schema.spot(path)}`")
        seen.add(name)
        if entry.get("md5") is not None:
            _digest(entry["md5"], (*here, "md5"))
        if entry.get("size") is not None:
            schema.count(entry["size"], (*here, "size"))
        if entry.get(CLOUD) is not None:
            read_cloud(entry[CLOUD], (*here, CLOUD))
    return rows


def _is_inside(name: str) -> bool:
    return bool(name) and "\0" not in name and not any(part in ("", ".", "..") for part in name.split("/"))


def _text(value: object, path: Path) -> str:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else schema.text(value, path)


def _digest(value: object, path: Path) -> str:
    spelled = _text(value, path)
    if len(spelled) != 32 or set(spelled.lower()) - set("0123456789abcdef"):
        raise Invalid(path, f"`{schema.spot(path)}` is no hash: '{spelled}'")
    return spelled.lower()


# --- contents to values


def members(content: Content) -> tuple[Member, ...] | None:
    """The files of a folder that is recorded file by file; None for any other content."""
    rows = content.foreign.get(FILES)
    return None if rows is None else tuple(_member(cast("Mapping[str, object]", row)) for row in cast("list[object]", rows))


def versions(content: Content) -> Mapping[str, Version]:
    """Where cloud-versioned remotes have a file, by remote."""
    return _versions(content.foreign)


def own_version(content: Content) -> Version:
    """What the source of a dependency calls the file; its `id` is "" where versions are not followed."""
    return Version(str(content.foreign.get("etag") or ""), str(content.foreign.get("version_id") or ""))


def _member(row: Mapping[str, object]) -> Member:
    md5, size = row.get("md5"), row.get("size")
    return Member(
        str(row["relpath"]),
        None if md5 is None else str(md5).lower(),
        size if isinstance(size, int) else None,
        row.get("isexec") is True,
        _versions(row),
    )


def _versions(entry: Mapping[str, object]) -> Mapping[str, Version]:
    found = {}
    if entry.get("version_id") is not None:
        found[""] = _version(entry)
    for remote, version in cast("Mapping[str, Mapping[str, object]]", entry.get(CLOUD) or {}).items():
        found[remote] = _version(version)
    return found


def _version(entry: Mapping[str, object]) -> Version:
    return Version(str(entry.get("etag") or ""), str(entry.get("version_id") or ""))


def folder(rows: Iterable[Member], algorithm: Algorithm = MD5) -> Content:
    """What the folder of these files is, without how it is recorded. Its `oid` is None where a file's hash is not known."""
    known = sorted(rows, key=lambda row: row.path)
    sizes = [row.size for row in known]
    oid = None
    if all(row.md5 is not None for row in known):
        import hashlib

        text = cjson.text([{"md5": row.md5, "relpath": row.path} for row in known])
        oid = TreeId(algorithm, hashlib.md5(text.encode(), usedforsecurity=False).hexdigest())
    return Content(oid, None if None in sizes else sum(size for size in sizes if size is not None), len(known))


# --- values to contents


def with_members(content: Content, rows: Iterable[Member]) -> Content:
    """The folder, recorded file by file."""
    ordered = sorted(rows, key=lambda row: row.path)
    made = folder(ordered)
    return replace(made, algorithm=content.algorithm, foreign={FILES: [_member_value(row) for row in ordered]})


def source_files(rows: Iterable[tuple[str, int | None, Version]]) -> list[object]:
    """The `files:` of a dependency: path, size and version of each."""
    value: list[object] = []
    for path, size, version in sorted(rows, key=lambda row: row[0]):
        row: dict[str, object] = {"relpath": path, "etag": version.etag}
        if size is not None:
            row["size"] = size
        value.append(row | ({"version_id": version.id} if version.id else {}))
    return value


def with_version(content: Content, remote: str, version: Version) -> Content:
    """The file, with what `remote` (and nobody else) has of it."""
    return replace(content, foreign={CLOUD: {remote: _version_value(version)}})


def unversioned(content: Content) -> Content:
    """The file or folder, with nothing that any remote has of it."""
    rows = members(content)
    if rows is not None:
        return with_members(content, [replace(row, versions={}) for row in rows])
    return replace(content, foreign=EMPTY) if content.foreign else content


def carried(old: Content, rows: Iterable[Member]) -> Content:
    """What is recorded of a folder that now holds `rows`: file by file if `old` was, with the versions of what stayed the same."""
    before = members(old)
    if before is None:
        return folder(rows)
    known = {row.path: row for row in before}
    kept = []
    for row in rows:
        was = known.get(row.path)
        kept.append(replace(row, versions=was.versions, isexec=was.isexec) if was is not None and was.md5 == row.md5 else row)
    return with_members(old, kept)


def _member_value(row: Member) -> dict[str, object]:
    value: dict[str, object] = {"relpath": row.path}
    if row.md5 is not None:
        value["md5"] = row.md5
    if row.size is not None:
        value["size"] = row.size
    if row.isexec:
        value["isexec"] = True
    named = {remote: _version_value(version) for remote, version in row.versions.items() if remote}
    if named:
        value[CLOUD] = named
    elif "" in row.versions:
        version = row.versions[""]
        value |= {"version_id": version.id, "etag": version.etag}
    return value


def _version_value(version: Version) -> dict[str, object]:
    return {"etag": version.etag, "version_id": version.id}
