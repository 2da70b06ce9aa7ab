"""Add, change, rename and remove remotes: edits of the configuration (docs/formats/config.md)."""

from dvc.exceptions import ConfigProblem, DvcException, RemoteNotFound
from dvc.formats.config import Settings
from dvc.ops import settings as ops
from dvc.ops.settings import Place
from dvc.project import config as configs


class NoDefaultRemote(DvcException):
    code = "no-default-remote"


def add(where: Place, level: str | None, name: str, url: str, *, default: bool = False, force: bool = False) -> None:
    """Make the remote `name`, in place of one of that name with `force`."""
    section = ("remote", name.lower())
    if not name:
        raise ConfigProblem("a remote needs a name", hint="`dvc remote add NAME URL`")

    def edit(settings: Settings) -> None:
        if section in settings and not force:
            raise ConfigProblem(f"remote '{section[1]}' exists already. Use `-f` to force.", hint="or give the new one another name")
        settings[section] = {"url": ops.typed(where, level, section, "url", url)}
        if default:
            ops.put(settings, "core", "remote", section[1])

    ops.change(where, level, edit)


def known(where: Place, level: str | None, name: str) -> tuple[str, str]:
    """The section of a remote. Raises RemoteNotFound for one that no level (or not the one that is asked for) has."""
    names = [section[1] for section in ops.merged(where, level) if isinstance(section, tuple) and section[0] == "remote"]
    if name.lower() not in names:
        raise RemoteNotFound(name, names)
    return "remote", name.lower()


def modify(where: Place, level: str | None, name: str, option: str, value: str | None) -> None:
    """Set one option, or unset it when `value` is None; one that is not set is passed over then."""
    section = known(where, None, name)

    def edit(settings: Settings) -> None:
        if value is None:
            settings.get(section, {}).pop(option, None)
        else:
            ops.put(settings, section, option, ops.typed(where, level, section, option, value))

    ops.change(where, level, edit)


def remove(where: Place, level: str | None, name: str) -> None:
    """Take a remote out of one level, and out of every `core.remote` that names it."""
    section = known(where, level or ops.PROJECT, name)

    def edit(settings: Settings) -> None:
        del settings[section]

    ops.change(where, level, edit)
    _follow(where, section[1], None)


def rename(where: Place, level: str | None, name: str, new: str) -> None:
    """Give a remote another name, and every `core.remote` that names it."""
    target = ("remote", new.lower())
    if not new:
        raise ConfigProblem("a remote needs a name", hint=f"`dvc remote rename {name} NAME`")
    if target in ops.merged(where):
        raise ConfigProblem(f"a remote '{target[1]}' exists already", hint="choose another name")
    section = known(where, level or ops.PROJECT, name)

    def edit(settings: Settings) -> None:
        settings[target] = settings.pop(section)
        if settings.get("core", {}).get("remote") == section[1]:
            settings["core"]["remote"] = target[1]

    ops.change(where, level, edit)
    _follow(where, section[1], target[1])


def _follow(where: Place, old: str, new: str | None) -> None:
    for level in configs.paths(where.root, where.environ):
        if ops.levels(where, level)[0].settings.get("core", {}).get("remote") != old:
            continue
        if new is None:
            ops.change(where, level, lambda settings: ops.drop(settings, "core", "remote"))
        else:
            ops.change(where, level, lambda settings: ops.put(settings, "core", "remote", new))


def default(where: Place, level: str | None) -> str:
    """The default remote's name. Raises NoDefaultRemote."""
    name = ops.merged(where, level).get("core", {}).get("remote")
    if not name:
        raise NoDefaultRemote("No default remote set")
    return ops.text(name)


def set_default(where: Place, level: str | None, name: str | None) -> None:
    """Make a remote the default one; None unsets, if one is set."""

    def unset(settings: Settings) -> None:
        settings.get("core", {}).pop("remote", None)

    if name is None:
        ops.change(where, level, unset)
    else:
        section = known(where, None, name)
        ops.change(where, level, lambda settings: ops.put(settings, "core", "remote", section[1]))
