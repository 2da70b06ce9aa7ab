"""Show and change configuration: one level's file is read, changed as a value, checked with the others, and replaced.

Implements docs/formats/config.md. Paths that a user types are relative to where they type; in the file they are relative
to the file's folder, and shown absolute.
"""

import os
from collections.abc import Callable, Mapping

from dvc.exceptions import ConfigProblem, NotInProject
from dvc.formats import config_schema
from dvc.formats.config import Section, Settings, Value, write
from dvc.project import config as configs
from dvc.project.files import atomic_write
from dvc.project.project import find_root
from dvc.values import dataclass

PROJECT = "project"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a configuration command was called. `root` is None outside of a project."""

    cwd: str
    root: str | None
    environ: Mapping[str, str]

    def path(self, level: str) -> str:
        """The level's file. Raises NotInProject for a level that only a project has."""
        found = configs.paths(self.root, self.environ).get(level)
        if found is None:
            raise NotInProject(self.cwd)
        return found

    def shown(self, path: str) -> str:
        """A configuration file as people know it: from the root where it is in the project."""
        inside = self.root is not None and path.startswith(os.path.join(self.root, ""))
        return os.path.relpath(path, self.root) if inside else path


def place(cwd: str, environ: Mapping[str, str]) -> Place:
    here = os.path.realpath(cwd)
    try:
        root = find_root(here)
    except NotInProject:
        root = None
    return Place(here, root, environ)


def levels(where: Place, level: str | None = None) -> tuple[configs.Level, ...]:
    """The chosen level, or all of them, lowest first, as their files stand."""
    paths = configs.paths(where.root, where.environ) if level is None else {level: where.path(level)}
    return tuple(configs.Level(name, path, configs.read_level(path)) for name, path in paths.items())


def merged(where: Place, level: str | None = None) -> Settings:
    """What holds, or what one level says; local paths absolute."""
    return configs.merge(levels(where, level))


def change(where: Place, level: str | None, edit: Callable[[Settings], None]) -> None:
    """Apply `edit` to the file of `level` (the project's when None). Nothing is written when `edit` raises or the outcome is not valid."""
    name = level or PROJECT
    path = where.path(name)
    before = levels(where)
    settings: Settings = {
        section: dict(options) for section, options in next(each for each in before if each.name == name).settings.items()
    }
    edit(settings)
    after = tuple(configs.Level(each.name, each.path, settings) if each.name == name else each for each in before)
    config_schema.check(settings, where.shown(path))
    whole = configs.merge(after)
    config_schema.check(whole, "the configuration")
    for section, options in whole.items():
        if isinstance(section, tuple) and section[0] == "remote" and "url" not in options:
            raise ConfigProblem(f"remote '{section[1]}' would have no url", hint=f"set one with `dvc remote modify {section[1]} url URL`")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    atomic_write(path, write(settings) or "\n", shown=where.shown(path))


def typed(where: Place, level: str | None, section: Section, option: str, value: str) -> str:
    """A value as a file holds it: local paths relative to the level's file."""
    if not configs.is_path(section, option):
        return value
    return configs.for_file(value, where.cwd, where.path(level or PROJECT))


def put(settings: Settings, section: Section, option: str, value: Value) -> None:
    settings.setdefault(section, {})[option] = value


def drop(settings: Settings, section: Section, option: str) -> None:
    """Take an option out. Raises ConfigProblem where it is not set."""
    if option not in settings.get(section, {}):
        raise ConfigProblem(
            f"'{configs.spelled(section)}.{option}' is not set", hint="`dvc config -l --show-origin` shows what is, and where"
        )
    del settings[section][option]


def text(value: Value) -> str:
    """A value as it is shown."""
    return value if isinstance(value, str) else ",".join(value)
