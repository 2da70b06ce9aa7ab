"""Values of a remote's options as its kind wants them. Options were checked when the configuration was read."""

import os
from collections.abc import Mapping

from dvc.storage.contract import Unavailable

TRUE = ("true", "yes", "on", "1")
FALSE = ("false", "no", "off", "0")


def text(options: Mapping[str, object], name: str) -> str:
    """The option's text, "" where it is not set; a list that bare commas made is joined again."""
    value = options.get(name)
    return "" if value is None else ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def flag(options: Mapping[str, object], name: str, *, default: bool = False) -> bool:
    value = text(options, name).lower()
    return default if not value else value in TRUE


def verify_of(options: Mapping[str, object]) -> bool | str:
    """`ssl_verify`: whether a server's certificate is looked at, or the file or folder of the authorities to trust."""
    value = text(options, "ssl_verify")
    if value.lower() in FALSE:
        return False
    return True if not value or value.lower() in TRUE else file_of(options, "ssl_verify", folder=True)


def file_of(options: Mapping[str, object], name: str, *, folder: bool = False) -> str:
    """The path that an option names. Unavailable where no such file is there."""
    path = os.path.expanduser(text(options, name))
    if not (os.path.isfile(path) or (folder and os.path.isdir(path))):
        raise Unavailable(f"the remote's option '{name}' names '{path}', which is not there", hint="name a file in PEM format")
    return path


def refuse(options: Mapping[str, object], kind: str, *names: str) -> None:
    """Raise Unavailable for an option that is set and cannot be honoured: better than to work without it in silence."""
    for name in names:
        if text(options, name):
            raise Unavailable(
                f"the option '{name}' of '{kind}' remotes is not served by this version", hint="unset it, if you can do without"
            )


def password_of(place: str, user: str) -> str:
    """Ask on the terminal; never shown, never kept."""
    import getpass

    try:
        return getpass.getpass(f"Password for {user + '@' if user else ''}{place}: ")
    except (EOFError, OSError) as why:
        raise Unavailable(f"no password for '{place}' can be asked for here", hint="set the remote's `password` with --local") from why
