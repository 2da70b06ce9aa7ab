"""What shows Google who we are, for Drive. Never prints a key or a token.

A service account (`gdrive_use_service_account`), by its key; else a person, by the credentials that a login left behind: the file of
the remote's option, the variable GDRIVE_CREDENTIALS_DATA, or what DVC keeps in the user's cache folder (`profile` names one of several).
"""

import glob
import json
import os
from collections.abc import Mapping
from typing import Any

from dvc.storage.contract import Unavailable
from dvc.storage.kinds.google_account import Token
from dvc.storage.kinds.identity import Identity
from dvc.storage.options import flag, text

_SCOPES = ("https://www.googleapis.com/auth/drive", "https://www.googleapis.com/auth/drive.appdata")
_DATA = "GDRIVE_CREDENTIALS_DATA"
_KEPT = "~/.cache/pydrive2fs"  # with a folder for each client id
_TOKENS = "https://oauth2.googleapis.com/token"
_LOG_IN = "log in with DVC once, or use a service account (`gdrive_use_service_account`, `gdrive_service_account_json_file_path`)"


def identity(options: Mapping[str, object]) -> Identity:
    """Unavailable for credentials that are not there or cannot be read, and where google-auth is not installed."""
    try:
        import google.auth  # noqa: F401 - asked for here, so that it can be said what to install
    except ImportError:
        raise Unavailable(
            "remotes of kind 'gdrive' need the package google-auth", hint="install it: pip install 'cairn-dvc[gdrive]'"
        ) from None
    return _service(options) if flag(options, "gdrive_use_service_account") else _person(options)


def _service(options: Mapping[str, object]) -> Identity:
    from google.oauth2 import service_account

    path = text(options, "gdrive_service_account_json_file_path")
    data = os.environ.get(_DATA, "")
    if not path and not data:
        raise Unavailable(
            "the key of the service account is not named", hint=f"set the remote's `gdrive_service_account_json_file_path`, or {_DATA}"
        )
    by = f"'{path}'" if path else _DATA
    found = _read(path, by) if path else _parsed(data, by)
    try:
        # With a user of the domain whose files they are, if the account may act for one.
        made = service_account.Credentials.from_service_account_info(
            found, scopes=_SCOPES, subject=text(options, "gdrive_service_account_user_email") or None
        )
    except ValueError as why:
        raise Unavailable(f"{by} is no key of a service account: {why}", hint="download the key anew, as JSON") from why
    return Token(made)


def _person(options: Mapping[str, object]) -> Identity:
    from google.oauth2 import credentials

    if data := os.environ.get(_DATA, ""):
        found, by = _parsed(data, _DATA), _DATA
    else:
        path = os.path.expanduser(text(options, "gdrive_user_credentials_file")) or _kept(options)
        found, by = _read(path, f"'{path}'"), f"'{path}'"
    client, secret = (
        found.get("client_id") or text(options, "gdrive_client_id"),
        found.get("client_secret") or text(options, "gdrive_client_secret"),
    )
    if not found.get("refresh_token") or not client or not secret:
        raise Unavailable(f"{by} holds no login to Google Drive that can be used: it lacks a refresh token or a client", hint=_LOG_IN)
    return Token(
        credentials.Credentials(
            None,
            refresh_token=found["refresh_token"],
            client_id=client,
            client_secret=secret,
            token_uri=found.get("token_uri") or _TOKENS,
        )
    )


def _kept(options: Mapping[str, object]) -> str:
    """The file that a login with DVC left: of the client that is set, or of the only one."""
    name = f"{text(options, 'profile') or 'default'}.json"
    client = glob.escape(text(options, "gdrive_client_id")) or "*"
    found = glob.glob(os.path.join(os.path.expanduser(_KEPT), client, name))
    if len(found) == 1:
        return found[0]
    if found:
        raise Unavailable("there are logins to Google Drive of several clients", hint="set the remote's `gdrive_client_id`")
    raise Unavailable("there is no login to Google Drive", hint=f"set the remote's `gdrive_user_credentials_file`, or {_LOG_IN}")


def _read(path: str, by: str) -> Mapping[str, Any]:
    try:
        with open(os.path.expanduser(path), encoding="utf-8") as file:
            return _parsed(file.read(), by)
    except OSError as why:
        raise Unavailable(f"{by}, which is to hold the credentials for Google Drive, cannot be read: {why.strerror}", hint=_LOG_IN) from why


def _parsed(data: str, by: str) -> Mapping[str, Any]:
    try:
        found = json.loads(data)
    except ValueError as why:
        raise Unavailable(f"{by}, which is to hold the credentials for Google Drive, is no JSON", hint=_LOG_IN) from why
    if not isinstance(found, dict):
        raise Unavailable(f"{by} holds no credentials", hint=_LOG_IN)
    return found
