"""What an import's `repo:` map says: where the source is, how it is opened, and at which revision. Pure but for one look at folders."""

import os
from collections.abc import Mapping

from dvc.exceptions import ConfigProblem
from dvc.model.stage import RepoDep
from dvc.project import config as configs
from dvc.registry.repository import SourceOptions
from dvc.values import replace


def options_of(dep: RepoDep, cwd: str, *, locked: bool) -> SourceOptions:
    """How to open the source of `dep`: at the revision it was imported from (`locked`), or where its branch or tag is now."""
    repo = dep.repo
    rev = (repo.get("rev_lock") if locked else None) or repo.get("rev")
    given = repo.get("config")
    sections: Mapping[object, Mapping[str, object]] | None = None
    if isinstance(given, str):
        sections = read_config(given, cwd)
    elif isinstance(given, Mapping):
        sections = _sections(given)
    remote = repo.get("remote")
    at = None if rev is None else str(rev)
    if isinstance(remote, Mapping):
        return SourceOptions(at, sections, None, {str(key): str(value) for key, value in remote.items()})
    return SourceOptions(at, sections, None if remote is None else str(remote))


def read_config(path: str, cwd: str) -> dict[object, dict[str, object]]:
    """The sections of a configuration file, its relative paths made absolute as in the project's own file."""
    full = os.path.join(cwd, path)
    if not os.path.isfile(full):
        raise ConfigProblem(f"there is no configuration file '{path}'")
    level = configs.Level("given", full, configs.read_level(full))
    return {section: dict(values) for section, values in configs.merge((level,)).items()}


def _sections(given: Mapping[str, object]) -> dict[object, Mapping[str, object]]:
    """`{core: {..}, remote: {NAME: {..}}}` as the configuration has it."""
    found: dict[object, Mapping[str, object]] = {}
    for section, values in given.items():
        if not isinstance(values, Mapping):
            continue
        if section in ("remote", "db"):
            found.update({(section, str(name)): options for name, options in values.items() if isinstance(options, Mapping)})
        else:
            found[section] = values
    return found


def place_of(dep: RepoDep, root: str, folder: str, cwd: str) -> tuple[str, str]:
    """(url, the folder that it is relative to). A path is written as it was typed, wherever that was: so it is looked for from
    the folder of the `.dvc` file, from here, and from the project's root."""
    url = str(dep.repo["url"])
    if "://" in url or os.path.isabs(url):
        return url, root
    for base in (os.path.join(root, folder), cwd, root):
        if os.path.isdir(os.path.join(base, url)):
            return url, base
    return url, cwd


def written(url: str, options: SourceOptions, config_path: str | None, lock: str | None) -> dict[str, object]:
    """The `repo:` map of a new import, its keys in the order in which they are written."""
    repo: dict[str, object] = {"url": url}
    if options.rev is not None:
        repo["rev"] = options.rev
    if lock is not None:
        repo["rev_lock"] = lock
    if options.remote_config and options.remote is not None:
        repo["config"] = {"core": {"remote": options.remote}, "remote": {options.remote: dict(options.remote_config)}}
    elif config_path is not None:
        repo["config"] = config_path
    if options.remote_config and options.remote is None:
        repo["remote"] = dict(options.remote_config)  # of whichever remote is the source's default one
    elif options.remote is not None and not options.remote_config:
        repo["remote"] = options.remote
    return repo


def moved(dep: RepoDep, rev: str | None, lock: str | None) -> RepoDep:
    """The dependency at another revision; `rev` None leaves which one it follows."""
    repo = dict(dep.repo)
    if rev is not None:
        repo["rev"] = rev
    if lock is None:
        repo.pop("rev_lock", None)
    else:
        repo["rev_lock"] = lock
    return replace(dep, repo=repo)
