"""Owns the configuration as a value: four files, the higher one wins option by option, paths in it made absolute.

Implements docs/formats/config.md. The dialect is `formats.config`; this module knows where the files are and what a path
in them is relative to.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from dvc import env
from dvc.exceptions import ConfigProblem, DvcException
from dvc.formats import config as text_format
from dvc.formats import config_schema
from dvc.formats.config import Section, Settings, Value
from dvc.project import files

LEVELS = ("system", "global", "project", "local")
"""Lowest first."""

DEFAULT_LINKS = ("reflink", "copy")
_PATHS = frozenset(
    (
        "url", "keyfile", "cert_path", "key_path", "credentialpath", "configpath",
        "gdrive_service_account_json_file_path", "gdrive_user_credentials_file",
    )
)  # fmt: skip
_TRUE = ("true", "yes", "on", "1", "t", "y")
_FALSE = ("false", "no", "off", "0", "f", "n")


@dataclass(frozen=True, slots=True)
class Level:
    """One file as it stands: `settings` is empty where there is none."""

    name: str
    path: str
    settings: Mapping[Section, Mapping[str, Value]]


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
        """Raises ConfigProblem for what is neither true nor false."""
        value = self.text(section, option).strip().lower()
        if not value:
            return default
        if value in _TRUE:
            return True
        if value in _FALSE:
            return False
        raise self._wrong(section, option, "must be true or false")

    def integer(self, section: Section, option: str, default: int = 0) -> int:
        """A count of at least 1. Raises ConfigProblem."""
        value = self.text(section, option).strip()
        if not value:
            return default
        if not value.isdecimal() or int(value) < 1:
            raise self._wrong(section, option, "must be a positive number")
        return int(value)

    def choice(self, section: Section, option: str, choices: tuple[str, ...], default: str) -> str:
        value = self.text(section, option).strip().lower()
        if value and value not in choices:
            raise self._wrong(section, option, f"must be one of {', '.join(choices)}")
        return value or default

    def remotes(self) -> Mapping[str, Mapping[str, Value]]:
        """The options of each remote, local paths in them absolute."""
        return {section[1]: options for section, options in self.merged.items() if isinstance(section, tuple) and section[0] == "remote"}

    def link_types(self) -> tuple[str, ...]:
        """How files are put into the workspace, best first."""
        text = self.text("cache", "type")
        types = tuple(part.strip().lower() for part in text.split(",") if part.strip())
        for each in types:
            if each not in ("reflink", "hardlink", "symlink", "copy"):
                raise self._wrong("cache", "type", "must be one or more of reflink, hardlink, symlink, copy")
        return types or DEFAULT_LINKS

    @property
    def cache_dir(self) -> str:
        """Absolute."""
        if self.root is None:
            raise ConfigProblem("there is no cache outside of a project", hint="run `dvc init` to start one here")
        return os.path.expanduser(self.text("cache", "dir")) or os.path.join(self.root, ".dvc", "cache")

    @property
    def dir_mode(self) -> int:
        """The mode of new folders of objects, before the umask."""
        return 0o2775 if self.choice("cache", "shared", ("group",), "") == "group" else 0o777

    def level(self, name: str) -> Level:
        return next(level for level in self.levels if level.name == name)

    def _wrong(self, section: Section, option: str, why: str) -> ConfigProblem:
        name = f"{spelled(section)}.{option}"
        return ConfigProblem(f"'{name}' is '{self.text(section, option)}', but {why}", hint=f"set it with `dvc config {name} VALUE`")


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


def load(root: str | None, environ: Mapping[str, str]) -> Config:
    """All levels, merged. Raises ConfigProblem for a file that does not parse, an option that there is not, a wrong value."""
    levels = tuple(Level(name, path, read_level(path)) for name, path in paths(root, environ).items())
    for level in levels:
        config_schema.check(dict(level.settings), level.path)  # type: ignore[arg-type]
    merged = merge(levels)
    config_schema.check(merged, "the configuration")
    return Config(levels, merged, root)


def read_level(path: str) -> Settings:
    try:
        data = files.read(path)
    except DvcException as error:
        raise ConfigProblem(f"cannot read the configuration: {error.message}", hint="see the file's permissions") from error
    if not data:
        return {}
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise ConfigProblem(f"'{path}' is not UTF-8 text", hint="save it as UTF-8") from None
    return text_format.read(text, path)


def write_level(path: str, settings: Mapping[Section, Mapping[str, Value]]) -> None:
    """Rewrite one file whole; its folder is made."""
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
    except OSError as error:
        raise files.problem(error, path) from error
    files.atomic_write(path, text_format.write(settings))


def merge(levels: tuple[Level, ...]) -> Settings:
    merged: Settings = {}
    for level in levels:
        folder = os.path.dirname(level.path)
        for section, options in level.settings.items():
            into = merged.setdefault(section, {})
            for option, value in options.items():
                into[option] = absolute(value, folder) if is_path(section, option) else value
    return merged


# --- paths in values


def is_path(section: Section, option: str) -> bool:
    """Whether the option names a place that may be relative to the configuration file."""
    if section == "cache":
        return option == "dir"
    return isinstance(section, tuple) and section[0] == "remote" and option in _PATHS


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
