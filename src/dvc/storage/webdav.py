"""WebDAV, plain (`webdav://`) or over TLS (`webdavs://`). Uploads get their final name by MOVE: servers show a PUT while it arrives."""

import subprocess
from collections.abc import Mapping
from urllib.parse import urlsplit

from dvc.storage.contract import Capabilities, Unavailable
from dvc.storage.options import flag, password_of, refuse, text
from dvc.storage.through_opendal import OpendalStorage, operator


def open_webdav(url: str, options: Mapping[str, object]) -> OpendalStorage:
    """Raises Unavailable for options that cannot be honoured."""
    refuse(options, "webdav", "cert_path", "key_path", "custom_auth_header", "timeout")
    if text(options, "ssl_verify").lower() not in ("", "true", "yes", "on", "1"):
        refuse(options, "webdav", "ssl_verify")
    parts = urlsplit(url)
    scheme = "https" if parts.scheme == "webdavs" else "http"
    port = f":{parts.port}" if parts.port else ""
    settings = {"endpoint": f"{scheme}://{parts.hostname or ''}{port}", "root": "/" + parts.path.strip("/")}
    user = text(options, "user") or parts.username or ""
    password = text(options, "password") or parts.password or ""
    if user and not password and flag(options, "ask_password"):
        password = password_of(parts.hostname or url, user)
    if user:
        settings |= {"username": user, "password": password}
    token = text(options, "token") or _token(text(options, "bearer_token_command"))
    if token:
        settings["token"] = token
    return OpendalStorage(url, operator("webdav", "webdav", url, settings), Capabilities(jobs=16), renames=True)


def _token(command: str) -> str:
    """What the user's command prints; it is run by a shell, as it was written."""
    if not command:
        return ""
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)  # noqa: S602 - the user's own command
    if done.returncode != 0:
        raise Unavailable(f"`bearer_token_command` failed: {done.stderr.strip() or done.returncode}", hint="run it by hand to see why")
    return done.stdout.strip()
