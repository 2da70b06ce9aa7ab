"""Outputs and dependencies as maps: what `.dvc` files, `dvc.lock` and `dvc.yaml` have in common about one entry.

Implements docs/formats/dotdvc.md and docs/formats/pipelines.md.
"""

import re
from collections.abc import Mapping

from dvc.formats import cloud, schema
from dvc.formats.hashes import parse, spell
from dvc.formats.schema import Invalid, Path
from dvc.model.hashes import MD5, MD5_DOS2UNIX
from dvc.model.stage import EMPTY, NO_ANNOTATIONS, Annotations, Content
from dvc.values import replace

# Kept as read: hash kinds of other storages and what cloud-versioned remotes add.
FOREIGN = ("version_id", "etag", "checksum", "cloud", "files")
CONTENT_KEYS = frozenset(("md5", "size", "nfiles", "isexec", "hash", *FOREIGN, "mode"))
ANNOTATION_KEYS = ("desc", "type", "labels", "meta")
# A hash becomes part of a path in the cache: nothing that could lead out of it may be in there.
_HASH = re.compile(r"\w[\w.-]{2,}", re.ASCII)


def read_content(entry: Mapping[str, object], path: Path) -> Content:
    """The hash, sizes and flags of an entry whose keys are known to be allowed."""
    kind = entry.get("hash")
    if kind is not None:
        schema.text(kind, (*path, "hash"))
    algorithm = MD5 if kind is not None else MD5_DOS2UNIX
    spelled = _hash(entry.get("md5"), (*path, "md5"))
    foreign: dict[str, object] = {}
    for key in FOREIGN:
        if entry.get(key) is not None:
            foreign[key] = _foreign(key, entry[key], (*path, key))
    size, nfiles = entry.get("size"), entry.get("nfiles")
    content = Content(
        oid=parse(spelled, algorithm) if spelled else None,
        size=None if size is None else schema.count(size, (*path, "size")),
        nfiles=None if nfiles is None else schema.count(nfiles, (*path, "nfiles")),
        isexec=schema.flag(entry["isexec"], (*path, "isexec")) if entry.get("isexec") is not None else False,
        algorithm=algorithm,
        foreign=foreign or EMPTY,
    )
    rows = cloud.members(content)
    if rows is None:
        return content
    whole = cloud.folder(rows, algorithm)
    return replace(content, oid=whole.oid, size=whole.size, nfiles=whole.nfiles)


def _hash(value: object, path: Path) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)  # 32 digits without quotes
    if not isinstance(value, str):
        raise schema.fail(value, path, "a hash")
    if not _HASH.fullmatch(value):
        raise Invalid(path, f"`{schema.spot(path)}` is no hash: '{value}'")
    return value


def _foreign(key: str, value: object, path: Path) -> object:
    if key == cloud.CLOUD:
        return cloud.read_cloud(value, path)
    if key == cloud.FILES:
        return cloud.read_files(value, path)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    spelled = schema.text(value, path)
    return spelled.lower() if key == "checksum" and not spelled.startswith('"') else spelled


def content_value(content: Content) -> dict[str, object]:
    """The content keys in the order of a `.dvc` file, up to `hash`. Without `files`, which goes last."""
    value: dict[str, object] = {}
    if "files" not in content.foreign:
        if content.oid is not None:
            value["md5"] = spell(content.oid)
        for key in ("etag", "checksum"):
            if key in content.foreign:
                value[key] = content.foreign[key]
        if content.size is not None:
            value["size"] = content.size
        if content.nfiles is not None:
            value["nfiles"] = content.nfiles
        if content.isexec:
            value["isexec"] = True
    for key in FOREIGN:
        if key in content.foreign and key != "files":
            value[key] = content.foreign[key]
    if content.algorithm != MD5_DOS2UNIX:
        value["hash"] = MD5
    return value


def read_annotations(entry: Mapping[str, object], path: Path) -> Annotations:
    if not any(key in entry for key in ANNOTATION_KEYS):
        return NO_ANNOTATIONS
    labels = entry.get("labels")
    return Annotations(
        desc=_optional_text(entry, "desc", path),
        type=_optional_text(entry, "type", path),
        labels=None
        if labels is None
        else tuple(schema.text(item, (*path, "labels", at)) for at, item in enumerate(schema.items(labels, (*path, "labels")))),
        meta=entry.get("meta"),
    )


def _optional_text(entry: Mapping[str, object], key: str, path: Path) -> str | None:
    value = entry.get(key)
    return None if value is None else schema.text(value, (*path, key))


def annotation_value(annotations: Annotations) -> dict[str, object]:
    value: dict[str, object] = {}
    if annotations.desc:
        value["desc"] = annotations.desc
    if annotations.type:
        value["type"] = annotations.type
    if annotations.labels:
        value["labels"] = list(annotations.labels)
    if annotations.meta:
        value["meta"] = annotations.meta
    return value
