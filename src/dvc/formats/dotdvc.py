"""`.dvc` files: tracked data and imports. Owns reading, writing and the checksum that imports carry.

Implements docs/formats/dotdvc.md. The schema is closed: keys that DVC 3 does not know are refused, and none are invented.
"""

import re
from collections.abc import Callable, Mapping
from typing import TypeVar, cast

from dvc.formats import cjson, entries, schema
from dvc.formats.emit import dump
from dvc.formats.scalars import is_typed
from dvc.formats.schema import Invalid, Path
from dvc.formats.yaml import load
from dvc.formats.yamledit import edit
from dvc.model.hashes import MD5, Oid, TreeId
from dvc.model.stage import EMPTY, Content, DbDep, Dep, Out, PathDep, RepoDep, Stage
from dvc.values import replace

T = TypeVar("T")

_TOP = ("desc", "md5", "wdir", "frozen", "deps", "outs", "always_changed", "meta", "locked")
_OUT = entries.CONTENT_KEYS | {
    "path", "fs_config", "cache", "persist", "remote", "push", *entries.ANNOTATION_KEYS
}  # fmt: skip
_DEP = entries.CONTENT_KEYS | {"path", "fs_config", "repo", "db"}
_REPO = ("url", "rev", "rev_lock", "config", "remote")
_DB = ("connection", "file_format", "query", "table")
_OLD_KEYS = {
    "cmd": "stages live in dvc.yaml since DVC 1.0: move this one there (`dvc stage add`), and delete the `.dvc` file",
    "metric": "metrics live in dvc.yaml since DVC 1.0: list the file under `metrics` there",
    "plot": "plots live in dvc.yaml since DVC 1.0: list the file under `plots` there",
}
# Dropped, at any depth, before the checksum is taken: changing them makes no import stale.
_UNCOUNTED = frozenset(("desc", "type", "labels", "meta", "locked", "frozen", "metric", "persist", "isexec", "size", "nfiles"))

# The shape that `dvc add` writes, in nearly every file there is: read without a YAML parser. A digest must hold a letter
# that no number has, a path only what needs no quotes.
_CANONICAL = re.compile(
    r"outs:\n- md5: (?=[0-9a-f]*[acdf])([0-9a-f]{32})(\.dir)?\n"
    r"(?:  size: (0|[1-9][0-9]*)\n)?(?:  nfiles: (0|[1-9][0-9]*)\n)?(?:  (isexec): true\n)?"
    r"  hash: md5\n  path: ((?!\.\.\.)[\w./][\w./@+=(),-]*)\n",
    re.ASCII,
)


def read(text: str, file: str) -> Stage:
    """The stage that `text` states. `file` is the path of the file relative to the project's root. Raises FormatProblem."""
    match = _CANONICAL.fullmatch(text)
    if match and not is_typed(match[6]):
        return _canonical(match, file)
    value = load(text, file)
    try:
        return _stage({} if value is None else schema.mapping(value, ()), file)
    except Invalid as problem:
        raise schema.locate(problem, text, file) from None


def _canonical(match: "re.Match[str]", file: str) -> Stage:
    digest, folder, size, nfiles, isexec, path = match.groups()
    content = Content(
        oid=TreeId(MD5, digest) if folder else Oid(MD5, digest),
        size=None if size is None else int(size),
        nfiles=None if nfiles is None else int(nfiles),
        isexec=isexec is not None,
    )
    return Stage(file=file, outs=(Out(path=path, content=content),))


def _stage(value: Mapping[str, object], file: str) -> Stage:
    schema.closed(value, (), _TOP, _OLD_KEYS)
    return Stage(
        file=file,
        wdir=_optional(value, "wdir", (), schema.text) or ".",
        deps=tuple(_dep(item, ("deps", at)) for at, item in enumerate(schema.items(value.get("deps"), ("deps",)))),
        outs=tuple(_out(item, ("outs", at)) for at, item in enumerate(schema.items(value.get("outs"), ("outs",)))),
        frozen=_optional(value, "frozen", (), schema.flag) or _optional(value, "locked", (), schema.flag) or False,
        always_changed=_optional(value, "always_changed", (), schema.flag) or False,
        desc=_optional(value, "desc", (), schema.text),
        meta=value.get("meta"),
        md5=_optional(value, "md5", (), schema.text) or None,
    )


def _optional(entry: Mapping[str, object], key: str, path: Path, check: Callable[[object, Path], T]) -> T | None:
    value = entry.get(key)
    return None if value is None else check(value, (*path, key))


def _out(item: object, path: Path) -> Out:
    entry = schema.mapping(item, path)
    schema.closed(entry, path, _OUT, _OLD_KEYS)
    cache = _optional(entry, "cache", path, schema.flag)
    push = _optional(entry, "push", path, schema.flag)
    return Out(
        path=_path(entry, path),
        content=entries.read_content(entry, path),
        cache=True if cache is None else cache,
        persist=_optional(entry, "persist", path, schema.flag) or False,
        push=True if push is None else push,
        remote=_optional(entry, "remote", path, schema.text),
        annotations=entries.read_annotations(entry, path),
        fs_config=_optional(entry, "fs_config", path, schema.mapping) or EMPTY,
    )


def _path(entry: Mapping[str, object], path: Path) -> str:
    if "path" not in entry:
        raise Invalid(path, f"`{schema.spot(path)}` has no `path`")
    text = schema.text(entry["path"], (*path, "path"))
    if not text:
        raise Invalid((*path, "path"), f"`{schema.spot((*path, 'path'))}` is empty")
    return text


def _dep(item: object, path: Path) -> Dep:
    entry = schema.mapping(item, path)
    schema.closed(entry, path, _DEP)
    if "db" in entry:
        db = schema.mapping(entry["db"], (*path, "db"))
        schema.closed(db, (*path, "db"), _DB)
        return DbDep(db=db)
    if "repo" in entry:
        repo = schema.mapping(entry["repo"], (*path, "repo"))
        schema.closed(repo, (*path, "repo"), _REPO)
        if "url" not in repo:
            raise Invalid((*path, "repo"), f"`{schema.spot((*path, 'repo'))}` has no `url`")
        for key in ("url", "rev", "rev_lock"):
            _optional(repo, key, (*path, "repo"), schema.text)
        return RepoDep(path=_path(entry, path), repo=repo)
    return PathDep(
        path=_path(entry, path),
        content=entries.read_content(entry, path),
        fs_config=_optional(entry, "fs_config", path, schema.mapping) or EMPTY,
    )


def write(stage: Stage, old_text: str | None = None) -> str:
    """The file's text. With `old_text` what the user wrote around the values stays as it was.

    `stage.md5` is written as it stands, and only beside dependencies; `sealed` brings it up to date.
    """
    value = _value(stage)
    return dump(value) if old_text is None else edit(old_text, value, stage.file)


def sealed(stage: Stage) -> Stage:
    """`stage` with the checksum that belongs to it: None for plain data."""
    return replace(stage, md5=checksum(stage) if stage.deps else None)


def checksum(stage: Stage) -> str:
    """The `md5` of an import: changes whenever what is imported, or from where, does."""
    import hashlib

    document = {key: item for key, item in _value(stage).items() if key not in ("md5", "meta", "desc")}
    return hashlib.md5(cjson.text(cjson.without(document, _UNCOUNTED)).encode(), usedforsecurity=False).hexdigest()


def _value(stage: Stage) -> dict[str, object]:
    value: dict[str, object] = {}
    if stage.desc:
        value["desc"] = stage.desc
    if stage.md5 and stage.deps:
        value["md5"] = stage.md5
    if stage.wdir != ".":
        value["wdir"] = stage.wdir
    if stage.frozen:
        value["frozen"] = True
    if stage.deps:
        value["deps"] = [_dep_value(dep) for dep in stage.deps]
    value["outs"] = [_out_value(out) for out in stage.outs]
    if stage.always_changed:
        value["always_changed"] = True
    if stage.meta is not None:
        value["meta"] = stage.meta
    return value


def _dep_value(dep: Dep) -> dict[str, object]:
    if isinstance(dep, DbDep):
        return {"db": dict(dep.db)}
    if isinstance(dep, RepoDep):
        return {"path": dep.path, "repo": dict(dep.repo)}
    return _entry_value(dep.content, dep.path, dep.fs_config) | _files(dep.content)


def _out_value(out: Out) -> dict[str, object]:
    value = _entry_value(out.content, out.path, out.fs_config)
    value |= entries.annotation_value(out.annotations)
    if not out.cache:
        value["cache"] = False
    if out.persist:
        value["persist"] = True
    if out.remote is not None:
        value["remote"] = out.remote
    if not out.push:
        value["push"] = False
    return value | _files(out.content)


def _entry_value(content: Content, path: str, fs_config: Mapping[str, object]) -> dict[str, object]:
    value = entries.content_value(content)
    value["path"] = path
    if fs_config:
        value["fs_config"] = dict(fs_config)
    return value


def _files(content: Content) -> dict[str, object]:
    return {"files": cast("list[object]", content.foreign["files"])} if "files" in content.foreign else {}
