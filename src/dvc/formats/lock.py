"""`dvc.lock`: what each pipeline stage ran with, and what it made. Owns reading and rewriting entries.

Implements docs/formats/pipelines.md. A stage's entry is replaced as a whole; everything around it stays as it was.
"""

import re
from collections.abc import Iterable, Mapping

from dvc.formats import entries, schema
from dvc.formats.emit import dump
from dvc.formats.scalars import is_typed
from dvc.formats.schema import Invalid, Path
from dvc.formats.yaml import load
from dvc.formats.yamledit import edit
from dvc.model.hashes import MD5, MD5_DOS2UNIX
from dvc.model.stage import Content
from dvc.values import dataclass, field

Cmd = str | tuple[str, ...]

_TOP = ("schema", "stages", "datasets")
_STAGE = ("cmd", "deps", "params", "outs")
_ENTRY = entries.CONTENT_KEYS | {"path", "dataset", *entries.ANNOTATION_KEYS, "remote", "push", "persist", "cache"}
_OLD_HINT = "it has no schema 2.0: run `dvc repro` or `dvc commit` with DVC 2 once, or delete the file and run `dvc repro`"
HEAD = "schema: '2.0'\nstages:\n"
_NAME = re.compile(r"[\w./][\w./@+=,-]{0,100}", re.ASCII)
_BLOCK = re.compile(r"  [\w./][\w./@+=,-]*:\n(?:    .*\n)+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Recorded:
    """One dependency or output of an entry. `dataset` for `ds://NAME` dependencies."""

    path: str
    content: Content
    dataset: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class LockEntry:
    """What the lock holds of one stage. `params`: file to key to value, keys as the stage names them."""

    cmd: Cmd | None = None
    deps: tuple[Recorded, ...] = ()
    params: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    outs: tuple[Recorded, ...] = ()


@dataclass(frozen=True, slots=True)
class Lock:
    """The whole file. Entries keep the order of their first save."""

    stages: Mapping[str, LockEntry] = field(default_factory=dict)
    datasets: tuple[Mapping[str, object], ...] = ()


def read(text: str, file: str) -> Lock:
    """Raises FormatProblem for what is no lock of schema 2.0."""
    value = load(text, file)
    if value is None:
        return Lock()
    try:
        return _lock(schema.mapping(value, ()))
    except Invalid as problem:
        raise schema.locate(problem, text, file) from None


def read_entry(text: str, file: str) -> LockEntry:
    """One entry that is a document of its own: the run-cache keeps them so. Raises FormatProblem."""
    try:
        return _entry(load(text, file), ())
    except Invalid as problem:
        raise schema.locate(problem, text, file) from None


def _lock(value: Mapping[str, object]) -> Lock:
    version = value.get("schema")
    if version is None:
        raise Invalid((), "the lock file is of an old form (schema 1.0)", _OLD_HINT)
    if version != "2.0":
        raise Invalid(("schema",), f"schema '{version}' is not supported, only '2.0' is", "was it written by a newer version?")
    schema.closed(value, (), _TOP)
    stages = value.get("stages")
    stages = {} if stages is None else schema.mapping(stages, ("stages",))
    datasets = schema.items(value.get("datasets"), ("datasets",))
    return Lock(
        stages={str(name): _entry(item, ("stages", name)) for name, item in stages.items()},
        datasets=tuple(schema.mapping(item, ("datasets", at)) for at, item in enumerate(datasets)),
    )


def _entry(item: object, path: Path) -> LockEntry:
    entry = schema.mapping(item, path)
    schema.closed(entry, path, _STAGE)
    return LockEntry(
        cmd=_cmd(entry.get("cmd"), (*path, "cmd")),
        deps=_recorded(entry.get("deps"), (*path, "deps")),
        params=_params(entry.get("params"), (*path, "params")),
        outs=_recorded(entry.get("outs"), (*path, "outs")),
    )


def _cmd(value: object, path: Path) -> Cmd | None:
    if value is None:
        return None
    if isinstance(value, list):
        return tuple(schema.text(line, (*path, at)) for at, line in enumerate(value))
    return schema.text(value, path)


def _recorded(value: object, path: Path) -> tuple[Recorded, ...]:
    found = []
    for at, item in enumerate(schema.items(value, path)):
        here = (*path, at)
        entry = schema.mapping(item, here)
        schema.closed(entry, here, _ENTRY)
        if not isinstance(entry.get("path"), str):
            raise Invalid(here, f"`{schema.spot(here)}` has no `path`")
        dataset = entry.get("dataset")
        found.append(
            Recorded(
                path=str(entry["path"]),
                content=entries.read_content(entry, here),
                dataset=None if dataset is None else schema.mapping(dataset, (*here, "dataset")),
            )
        )
    return tuple(found)


def _params(value: object, path: Path) -> Mapping[str, Mapping[str, object]]:
    if value is None:
        return {}
    params = schema.mapping(value, path)
    return {str(file): schema.mapping(keys or {}, (*path, file)) for file, keys in params.items()}


def entry_value(entry: LockEntry) -> dict[str, object]:
    """The entry as the map that is written, also hashed into run-cache keys."""
    value: dict[str, object] = {}
    if entry.cmd is not None:
        value["cmd"] = list(entry.cmd) if isinstance(entry.cmd, tuple) else entry.cmd
    if entry.deps:
        value["deps"] = [_recorded_value(item) for item in sorted(entry.deps, key=lambda item: item.path)]
    if entry.params:
        files = sorted(entry.params, key=lambda file: (file != "params.yaml", file))
        value["params"] = {file: {key: entry.params[file][key] for key in sorted(entry.params[file])} for file in files}
    if entry.outs:
        value["outs"] = [_recorded_value(item) for item in sorted(entry.outs, key=lambda item: item.path)]
    return value


def _recorded_value(item: Recorded) -> dict[str, object]:
    content = item.content
    value: dict[str, object] = {"path": item.path}
    if item.dataset is not None:
        return value | {"dataset": dict(item.dataset)}
    if content.algorithm != MD5_DOS2UNIX:
        value["hash"] = MD5
    if "files" in content.foreign:
        return value | {"files": content.foreign["files"]}
    named = entries.content_value(content)
    for key in ("md5", "etag", "checksum", "size", "nfiles", "isexec", "version_id", "cloud"):
        if key in named:
            value[key] = named[key]
    return value


def put_entry(old_text: str | None, name: str, entry: LockEntry, *, file: str = "dvc.lock") -> str:
    """The lock with `entry` under `name`: in its old place, or at the end."""
    return put_entries(old_text, {name: entry}, file=file)


def put_entries(old_text: str | None, new: Mapping[str, LockEntry], *, file: str = "dvc.lock") -> str:
    """As `put_entry`, for many at once: the text is parsed once."""
    stages = {name: entry_value(entry) for name, entry in new.items()}
    if old_text and (spliced := _splice(old_text, stages)) is not None:
        return spliced
    old = load(old_text, file) if old_text else None
    if not isinstance(old, dict):
        return dump({"schema": "2.0", "stages": stages})
    read_stages = old.get("stages")
    value = old | {"stages": (read_stages if isinstance(read_stages, dict) else {}) | stages}
    return edit(old_text, value, file, whole={("stages", name) for name in stages})


def _splice(text: str, new: Mapping[str, Mapping[str, object]]) -> str | None:
    """`text` with the blocks of these stages put in, nothing else touched; None where its layout is not the usual one."""
    by_name = cut(text)
    if by_name is None:
        return None
    for name, entry in new.items():
        block = _block(name, entry, by_name.get(name, ""))
        if block is None:
            return None
        by_name[name] = block
    return HEAD + "".join(by_name.values())


def cut(text: str) -> dict[str, str] | None:
    """The text of each stage's entry, by name; they make up the file, with `HEAD` before them. None where the layout is another."""
    if not text.startswith(HEAD) or not text.endswith("\n"):
        return None
    # One block for each stage: a line that is indented by two, and the deeper ones after it.
    blocks = _BLOCK.findall(text, len(HEAD))
    if len(HEAD) + sum(map(len, blocks)) != len(text):
        return None
    by_name = {block[2 : block.index(":\n")]: block for block in blocks}
    return by_name if len(by_name) == len(blocks) else None


def block(name: str, entry: LockEntry, old: str = "") -> str | None:
    """The text of one entry, to stand among others as `cut` gives them; `old` itself where that says the same (comments stay).

    None for a name that takes more than this: use `put_entry`.
    """
    return _block(name, entry_value(entry), old)


def _block(name: str, entry: Mapping[str, object], old: str) -> str | None:
    if not _NAME.fullmatch(name) or is_typed(name):
        return None
    if "#" in old and load(old, name) == {name: entry}:
        return old
    return dump({"stages": {name: entry}}).partition("\n")[2]


def put_datasets(old_text: str | None, datasets: Iterable[Mapping[str, object]], *, file: str = "dvc.lock") -> str:
    """The lock with these records of datasets in place of the old ones."""
    records = [dict(record) for record in datasets]
    old = load(old_text, file) if old_text else None
    if not isinstance(old, dict):
        return dump({"schema": "2.0", "datasets": records, "stages": {}})
    return edit(old_text, old | {"datasets": records}, file)


def remove_entry(old_text: str, name: str, *, file: str = "dvc.lock") -> str | None:
    """The lock without `name`; None when nothing is left in it. Unknown names change nothing."""
    old = load(old_text, file)
    if not isinstance(old, dict) or not isinstance(old.get("stages"), dict) or name not in old["stages"]:
        return old_text
    stages = {key: item for key, item in old["stages"].items() if key != name}
    if not stages and not old.get("datasets"):
        return None
    return edit(old_text, old | {"stages": stages}, file)
