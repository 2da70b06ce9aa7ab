"""Values of a remote's options as its kind wants them. Options were checked when the configuration was read."""

from collections.abc import Mapping

from dvc.storage.contract import Unavailable

TRUE = ("true", "yes", "on", "1")


def text(options: Mapping[str, object], name: str) -> str:
    """The option's text, "" where it is not set; a list that bare commas made is joined again."""
    value = options.get(name)
    return "" if value is None else ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def flag(options: Mapping[str, object], name: str, *, default: bool = False) -> bool:
    value = text(options, name).lower()
    return default if not value else value in TRUE


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
