"""Owns the configuration as a value: four files, the higher one wins option by option, paths in it made absolute.

Implements docs/formats/config.md. The dialect is `formats.config`; this module knows where the files are and what a path
in them is relative to.
"""

import os
import sys
from collections.abc import Iterable, Mapping

from dvc import env
from dvc.exceptions import ConfigProblem, DvcException
from dvc.formats import config as text_format
from dvc.formats.config import Section, Settings, Value
from dvc.project import files
from dvc.values import dataclass, field

LEVELS = ("system", "global", "project", "local")
"""Lowest first."""

DEFAULT_LINKS = ("reflink", "copy")


@dataclass(frozen=True, slots=True)
class Level:
    """One file as it stands: `settings` is empty where there is none."""

    name: str
    path: str
    settings: Settings


@dataclass(frozen=True, slots=True)
class Config:
    """The levels merged. Named sections have a pair as key: `("remote", "r1")`; names are in lower case."""

    levels: tuple[Level, ...] = ()
    merged: Mapping[Section, Mapping[str, Value]] = field(default_factory=dict)
    root: str | None = None

    def get(self, section: Section, option: str, default: Value | None = None) -> Value | None:
        return self.merged.get(section, {}).get(option, default)

    def text(self, section: Section, option: str, default: str = "") -> str:
        """The value as one text: a list that bare commas made is joined again."""
        value = self.get(section, option)
        return default if value is None else value if isinstance(value, str) else ",".join(value)

    def boolean(self, section: Section, option: str, default: bool = False) -> bool:
        value = self.get(section, option)
        if value is None:
            return default
        from dvc.formats import config_schema

        return config_schema.boolean(value)

    def remotes(self) -> Mapping[str, Mapping[str, Value]]:
        """The options of each remote, local paths in them absolute."""
        return {section[1]: options for section, options in self.merged.items() if isinstance(section, tuple) and section[0] == "remote"}

    def link_types(self) -> tuple[str, ...]:
        """How files are put into the workspace, best first."""
        value = self.get("cache", "type")
        if value is None:
            return DEFAULT_LINKS
        from dvc.formats import config_schema

        return config_schema.link_types(value) or DEFAULT_LINKS

    @property
    def cache_dir(self) -> str:
        """Absolute."""
        if self.root is None:
            raise ConfigProblem("there is no cache outside of a project", hint="run `dvc init` to start one here")
        return os.path.expanduser(self.text("cache", "dir")) or os.path.join(self.root, ".dvc", "cache")

    @property
    def dir_mode(self) -> int:
        """The mode of new folders of objects, before the umask."""
        return 0o2775 if self.text("cache", "shared").lower() == "group" else 0o777

    def level(self, name: str) -> Level:
        return next(level for level in self.levels if level.name == name)


def spelled(section: Section) -> str:
    """`core`, `remote.r1`: as `dvc config` takes and shows it."""
    return section if isinstance(section, str) else f"{section[0]}.{section[1]}"


# --- files


def paths(root: str | None, environ: Mapping[str, str]) -> dict[str, str]:
    """The file of each level, lowest first; without a project (`root` None) the two that need none."""
    found = {"system": os.path.join(_system(environ), "config"), "global": os.path.join(_global(environ), "config")}
    if root is not None:
        found["project"] = os.path.join(root, ".dvc", "config")
        found["local"] = os.path.join(root, ".dvc", "config.local")
    return found


def _system(environ: Mapping[str, str]) -> str:
    given = environ.get(env.SYSTEM_CONFIG_DIR)
    if given:
        return given
    if sys.platform == "win32":
        return os.path.join(environ.get("PROGRAMDATA", r"C:\ProgramData"), "iterative", "dvc")
    if sys.platform == "darwin":
        return "/Library/Application Support/dvc"
    return os.path.join((environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(os.pathsep)[0], "dvc")


def _global(environ: Mapping[str, str]) -> str:
    given = environ.get(env.GLOBAL_CONFIG_DIR)
    if given:
        return given
    home = environ.get("HOME") or os.path.expanduser("~")
    if sys.platform == "win32":
        return os.path.join(environ.get("LOCALAPPDATA", home), "iterative", "dvc")
    if sys.platform == "darwin":
        return os.path.join(home, "Library", "Application Support", "dvc")
    return os.path.join(environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config"), "dvc")


def names(root: str | None) -> tuple[str, ...]:
    """The levels there are, lowest first."""
    return LEVELS if root is not None else LEVELS[:2]


def load(root: str | None, environ: Mapping[str, str]) -> Config:
    """All levels, checked and merged. Raises ConfigProblem that names the file."""
    return _loaded(tuple(Level(name, path, read_level(path)) for name, path in paths(root, environ).items()), root)


def load_committed(root: str, data: bytes | None, environ: Mapping[str, str]) -> Config:
    """The same for a project that lies in a commit: `data` is its own file; what is local to a workspace plays no part."""
    levels = []
    for name, path in paths(root, environ).items():
        if name != "local":
            levels.append(Level(name, path, _parsed(data, path) if name == "project" else read_level(path)))
    return _loaded(tuple(levels), root)


def _loaded(levels: tuple[Level, ...], root: str | None) -> Config:
    used = [level for level in levels if level.settings]
    for level in used:
        check(level.settings, level.path)
    merged = merge(used)
    if len(used) > 1:
        # A remote's URL may be in one file and its options in another; the last one is where they stopped fitting.
        check(merged, used[-1].path)
    return Config(levels, merged, root)


def check(settings: Settings, path: str) -> None:
    """Raises ConfigProblem for a section, option or value that there is not."""
    from dvc.formats import config_schema

    config_schema.check(settings, path)


def read_level(path: str) -> Settings:
    try:
        data = files.read(path)
    except DvcException as error:
        raise ConfigProblem(f"cannot read the configuration: {error.message}", hint="see the file's permissions") from error
    return _parsed(data, path)


def _parsed(data: bytes | None, path: str) -> Settings:
    if not data:
        return {}
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise ConfigProblem(f"'{path}' is not UTF-8 text", hint="save it as UTF-8") from None
    return text_format.read(text, path)


def merge(levels: Iterable[Level]) -> Settings:
    """Option by option, later levels win; paths are made absolute."""
    merged: Settings = {}
    for level in levels:
        for section, options in absolute_settings(level.settings, level.path).items():
            merged.setdefault(section, {}).update(options)
    return merged


def absolute_settings(settings: Mapping[Section, Mapping[str, Value]], path: str) -> Settings:
    """The settings of the file `path`, with the paths in them absolute."""
    folder = os.path.dirname(path)
    return {
        section: {option: absolute(value, folder) if is_path(section, option) else value for option, value in options.items()}
        for section, options in settings.items()
    }


# --- paths in values


def is_path(section: Section, option: str) -> bool:
    """Whether the option names a place that may be relative to the configuration file."""
    if section == "cache":
        return option == "dir"
    if not isinstance(section, tuple) or section[0] != "remote":
        return False
    from dvc.formats import config_schema

    return option == "url" or option in config_schema.PATH_OPTIONS


def _moves(value: Value) -> bool:
    return isinstance(value, str) and bool(value) and "://" not in value and not value.startswith("~") and not os.path.isabs(value)


def absolute(value: Value, folder: str) -> Value:
    """A path of a file in `folder` made absolute; URLs, `~` and absolute ones stay."""
    return os.path.normpath(os.path.join(folder, str(value))) if _moves(value) else value


def for_file(value: str, cwd: str, path: str) -> str:
    """A path typed in `cwd`, as it is written into the configuration file `path`: relative to that file's folder."""
    if not _moves(value):
        return value
    return os.path.relpath(os.path.join(cwd, value), os.path.dirname(path)).replace(os.sep, "/")
