"""How an SSH remote's options say who we are and how to get there, in asyncssh's words. What they leave open `~/.ssh/config` says."""

import os
from collections.abc import Mapping
from importlib.util import find_spec
from urllib.parse import unquote, urlsplit

from dvc.storage.contract import AccessDenied, StorageProblem, Unavailable
from dvc.storage.options import flag, password_of, text


def login(url: str, options: Mapping[str, object]) -> dict[str, object]:
    """The arguments of `asyncssh.connect`. Unavailable for what cannot be honoured here; may ask on the terminal."""
    parts = urlsplit(url)
    if not parts.hostname:
        raise Unavailable(f"'{url}' names no host", hint="write it as ssh://USER@HOST/PATH")
    settings: dict[str, object] = {"host": parts.hostname}
    port = text(options, "port") or (str(parts.port) if parts.port else "")
    user = text(options, "user") or unquote(parts.username or "")
    settings |= {key: value for key, value in (("port", int(port or 0)), ("username", user)) if value}
    password = text(options, "password") or unquote(parts.password or "")
    if not password and flag(options, "ask_password"):
        password = password_of(parts.hostname, user)
    if password:
        settings["password"] = password
    settings |= _key(options)
    settings |= _kerberos(parts.hostname, flag(options, "gss_auth"))
    if not flag(options, "allow_agent", default=True):
        settings["agent_path"] = None
    if text(options, "timeout"):
        seconds = int(text(options, "timeout"))
        settings |= {"connect_timeout": seconds, "login_timeout": seconds}
    return settings


def _key(options: Mapping[str, object]) -> dict[str, object]:
    settings: dict[str, object] = {}
    keyfile = os.path.expanduser(text(options, "keyfile"))
    if keyfile:
        if not os.path.isfile(keyfile):
            raise Unavailable(f"the remote's `keyfile` '{keyfile}' is not there", hint="name the file of a private key")
        settings["client_keys"] = [keyfile]
    passphrase = text(options, "passphrase")
    if not passphrase and flag(options, "ask_passphrase"):
        passphrase = password_of(keyfile or "the key", "")
    if passphrase:
        settings["passphrase"] = passphrase
    return settings


def _kerberos(host: str, wanted: bool) -> dict[str, object]:
    if not wanted:
        return {"gss_host": None}  # as DVC: not without being asked
    if find_spec("gssapi") is None:
        raise Unavailable("`gss_auth` needs the package gssapi", hint="install it: pip install 'asyncssh[gssapi]'")
    return {"gss_host": host}


def refused(host: str, named: str, why: Exception) -> AccessDenied | None:
    """What it means where a server, or a key of ours, lets us not in; None for anything else."""
    import asyncssh

    if isinstance(why, asyncssh.HostKeyNotVerifiable):
        return AccessDenied(f"the key of host '{host}' is not known or not the one it was", hint=f"connect once by hand: `ssh {host}`")
    if isinstance(why, (asyncssh.KeyEncryptionError, asyncssh.KeyImportError)):
        return AccessDenied(
            f"'{named}': the private key cannot be used: {why}", hint="see the remote's `keyfile` and `passphrase` (or `ask_passphrase`)"
        )
    if isinstance(why, (asyncssh.PermissionDenied, asyncssh.SFTPPermissionDenied)):
        return AccessDenied(f"'{named}': access denied: {why}", hint="see the remote's `user`, `keyfile` and `password`")
    return None


def unreachable(url: str, why: Exception) -> StorageProblem:
    """`why`: what came of the last try. A time that is up has no words of its own."""
    said = str(why) or ("it did not answer in time" if isinstance(why, TimeoutError) else type(why).__name__)
    return StorageProblem(f"'{url}' cannot be reached: {said}", hint="see that the host is up, and the port and `~/.ssh/config` are right")
