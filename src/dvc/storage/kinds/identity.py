"""Who we are to a server that speaks HTTP: the headers that say so, and what to do when a server wants them otherwise (401).

One identity serves all threads of a storage. Passwords are never printed and never kept anywhere but here.
"""

import base64
import hashlib
import os
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol
from urllib.request import parse_http_list, parse_keqv_list

from dvc.storage.contract import Unavailable

_HASHES: Mapping[str, Callable[[bytes], "hashlib._Hash"]] = {
    "MD5": lambda data: hashlib.md5(data, usedforsecurity=False),
    "SHA-256": hashlib.sha256,
}


class Identity(Protocol):
    def headers(self, method: str, target: str) -> Mapping[str, str]:
        """What to send along with a request; `target` is the path and query as they are sent."""

    def learn(self, challenges: Sequence[str]) -> bool:
        """A request was answered with 401 and these `WWW-Authenticate` headers. True: ask once more, `headers` differ now."""


class Fixed:
    """The same headers with every request; nothing is left to try when they are refused."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers

    def headers(self, method: str, target: str) -> Mapping[str, str]:
        return self._headers

    def learn(self, challenges: Sequence[str]) -> bool:
        return False


def basic(user: str, password: str) -> Fixed:
    return Fixed({"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()})


class Bearer:
    """A token that a command of the user's prints. It is run when a token is first wanted, and again when one is refused."""

    def __init__(self, command: str) -> None:
        self._command = command
        self._lock = threading.Lock()
        self._token = ""
        self._fresh = False  # no request has been let in with this token yet

    def headers(self, method: str, target: str) -> Mapping[str, str]:
        with self._lock:
            if not self._token:
                self._token, self._fresh = _printed(self._command), True
            return {"Authorization": f"Bearer {self._token}"}

    def learn(self, challenges: Sequence[str]) -> bool:
        with self._lock:
            token, old = _printed(self._command), self._token
            self._token = token
            return token != old


def _printed(command: str) -> str:
    """What the user's command prints; it is run by a shell, as it was written."""
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)  # noqa: S602 - the user's own command
    token = done.stdout.strip()
    if done.returncode != 0 or not token:
        said = done.stderr.strip() or (f"it ended with {done.returncode}" if done.returncode else "it printed nothing")
        raise Unavailable(f"`bearer_token_command` failed: {said}", hint="run it by hand to see why")
    return token


class Digest:
    """Digest access authentication (RFC 7616), with `qop=auth` or, as old servers have it, without.

    `first`: what is sent until a server asks for this; nothing, or basic authentication where a server may want either.
    """

    def __init__(self, user: str, password: str, first: Mapping[str, str] | None = None) -> None:
        self._user, self._password = user, password
        self._first = first or {}
        self._lock = threading.Lock()
        self._asked: Mapping[str, str] | None = None
        self._count = 0

    def learn(self, challenges: Sequence[str]) -> bool:
        wanted = [found for text in challenges for found in _digests(text)]
        usable = next((one for one in wanted if _hash_of(one) and _quality(one) is not None), None)
        if usable is None:
            return False
        with self._lock:
            known = self._asked
            again = known is None or usable.get("stale", "").lower() == "true" or usable.get("nonce") != known.get("nonce")
            self._asked, self._count = usable, 0
        return again

    def headers(self, method: str, target: str) -> Mapping[str, str]:
        with self._lock:
            asked = self._asked
            self._count += 1
            count = f"{self._count:08x}"
        return self._first if asked is None else {"Authorization": self._answer(asked, count, method, target)}

    def _answer(self, asked: Mapping[str, str], count: str, method: str, target: str) -> str:
        make, session = _HASHES[_hash_of(asked)], asked.get("algorithm", "").upper().endswith("-SESS")
        quality, realm, nonce, own = _quality(asked), asked.get("realm", ""), asked.get("nonce", ""), os.urandom(8).hex()

        def hashed(*parts: str) -> str:
            return make(":".join(parts).encode()).hexdigest()

        secret = hashed(self._user, realm, self._password)
        if session:
            secret = hashed(secret, nonce, own)
        request = hashed(method, target)
        between = (nonce, count, own, quality) if quality else (nonce,)
        said = {"username": self._user, "realm": realm, "nonce": nonce, "uri": target, "response": hashed(secret, *between, request)}
        said |= {name: asked[name] for name in ("opaque",) if name in asked}
        if session or quality:
            said["cnonce"] = own
        bare = {"algorithm": asked["algorithm"]} if "algorithm" in asked else {}
        bare |= {"qop": quality, "nc": count} if quality else {}
        quoted = [f'{name}="{_escaped(value)}"' for name, value in said.items()]
        return "Digest " + ", ".join([*quoted, *(f"{name}={value}" for name, value in bare.items())])


def _digests(text: str) -> list[Mapping[str, str]]:
    """The `Digest` challenges of one header, which may have several challenges in it."""
    found: list[list[str]] = []
    for item in parse_http_list(text):
        word, space, rest = item.partition(" ")
        if space and "=" not in word:
            found.append([word.lower(), rest])
        elif found:
            found[-1].append(item)
    return [parse_keqv_list([item for item in items if "=" in item]) for kind, *items in found if kind == "digest"]


def _hash_of(asked: Mapping[str, str]) -> str:
    """The challenge's hash function, "" for one that is not known here."""
    name = asked.get("algorithm", "MD5").upper().removesuffix("-SESS")
    return name if name in _HASHES else ""


def _quality(asked: Mapping[str, str]) -> str | None:
    """`auth`, "" where the server knows none, None where it insists on another."""
    offered = [word.strip() for word in asked.get("qop", "").split(",") if word.strip()]
    return "auth" if "auth" in offered else None if offered else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
