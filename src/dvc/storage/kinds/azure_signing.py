"""Requests to Azure Blob Storage that say who we are, for those that opendal does not make."""

import base64
import hashlib
import hmac
import json
import os
import threading
import time
from collections.abc import Mapping
from email.utils import formatdate
from typing import Protocol
from urllib.parse import quote, unquote, urlencode, urlsplit

from dvc.storage.contract import AccessDenied
from dvc.storage.kinds.azure_account import Account, Client
from dvc.storage.kinds.web import Web

_VERSION = "2021-12-02"  # of the service's protocol
_AUTHORITY = "https://login.microsoftonline.com"
_EARLY = 300  # seconds before its end that a token is replaced


class Signer(Protocol):
    def __call__(self, method: str, address: str, headers: Mapping[str, str]) -> tuple[str, dict[str, str]]:
        """The address and the headers of a request as they are to be sent. AccessDenied."""


def signer(account: Account) -> Signer:
    """How requests to an account that `signs` are signed."""
    if account.key:
        return SharedKey(account.name, account.key)
    if account.signature:
        return _Signature(account.signature)
    if account.client is not None:
        return _Token(account.client)
    return _plain


def _plain(method: str, address: str, headers: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    return address, {**headers, "x-ms-version": _VERSION}


class SharedKey:
    """By the account's key: a hash over what is asked."""

    def __init__(self, account: str, key: str) -> None:
        self._account = account
        self._key = base64.b64decode(key)

    def __call__(self, method: str, address: str, headers: Mapping[str, str]) -> tuple[str, dict[str, str]]:
        said = {**headers, "x-ms-date": formatdate(usegmt=True), "x-ms-version": _VERSION}
        parts = urlsplit(address)
        length, proof = said.get("Content-Length", ""), said.get("Content-MD5", "")
        ours = "".join(f"{name}:{said[name]}\n" for name in sorted(said) if name.startswith("x-ms-"))
        asked = sorted(pair.partition("=")[::2] for pair in parts.query.split("&") if pair)
        what = "".join(f"\n{name}:{unquote(value)}" for name, value in asked)
        # Before the length two headers that we never send, and seven between the proof of the bytes and our own.
        text = f"{method}\n\n\n{length if length != '0' else ''}\n{proof}" + "\n" * 8 + f"{ours}/{self._account}{parts.path}{what}"
        signature = base64.b64encode(hmac.digest(self._key, text.encode(), hashlib.sha256)).decode()
        return address, {**said, "Authorization": f"SharedKey {self._account}:{signature}"}


class _Signature:
    """By a shared access signature, which is part of the address."""

    def __init__(self, signature: str) -> None:
        self._signature = signature

    def __call__(self, method: str, address: str, headers: Mapping[str, str]) -> tuple[str, dict[str, str]]:
        return f"{address}{'&' if '?' in address else '?'}{self._signature}", {**headers, "x-ms-version": _VERSION}


class _Token:
    """By a token that a client of Azure's directory gets for its secret; fetched when it is first wanted, and anew before it ends."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._token, self._ends = "", 0.0

    def __call__(self, method: str, address: str, headers: Mapping[str, str]) -> tuple[str, dict[str, str]]:
        with self._lock:
            if time.time() > self._ends - _EARLY:
                self._token, self._ends = self._fetched()
            return address, {**headers, "x-ms-version": _VERSION, "Authorization": f"Bearer {self._token}"}

    def _fetched(self) -> tuple[str, float]:
        client = self._client
        authority = os.environ.get("AZURE_AUTHORITY_HOST", "").rstrip("/") or _AUTHORITY
        authority = authority if "://" in authority else f"https://{authority}"
        asked = {
            "grant_type": "client_credentials",
            "scope": "https://storage.azure.com/.default",
            "client_id": client.identifier,
            "client_secret": client.secret,
        }
        web = Web(authority, {}, jobs=1, connect=60, read=60)
        try:
            answer = web.ask(
                "POST",
                f"{authority}/{quote(client.tenant, safe='')}/oauth2/v2.0/token",
                body=urlencode(asked).encode(),
                headers={"Content-Type": "application/x-www-form-urlencoded"},
            )
            found = json.loads(answer.data)
            return str(found["access_token"]), time.time() + float(found["expires_in"])
        except (ValueError, KeyError, TypeError) as why:
            raise AccessDenied(
                f"'{authority}' gives the client {client.identifier} no token (HTTP {answer.status})",
                hint="see the remote's `tenant_id`, `client_id` and `client_secret`",
            ) from why
        finally:
            web.close()
