"""What shows Google that we may use a bucket. Never prints a key.

In this order: the remote's `credentialpath`; the file that GOOGLE_APPLICATION_CREDENTIALS names; that of `gcloud auth
application-default login`; the account of a machine of Google's, by its metadata service; nothing, which is enough for public data.
"""

import json
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING

from dvc.storage.contract import AccessDenied, Unavailable
from dvc.storage.kinds.identity import Fixed, Identity
from dvc.storage.kinds.web import Web
from dvc.storage.options import flag, text
from dvc.values import dataclass

if TYPE_CHECKING:
    import urllib3
    from google.auth.credentials import Credentials

_PATIENCE = 60  # seconds for an answer about who we are
_EARLY = 60  # seconds before its end that a token is replaced
_SCOPE = "https://www.googleapis.com/auth/devstorage.read_write"
_DEFAULT = "application_default_credentials.json"
# Set on machines that have a metadata service but do not say so in their BIOS.
_AT_GOOGLE = ("GCE_METADATA_HOST", "K_SERVICE", "CLOUD_RUN_JOB", "FUNCTION_TARGET", "GAE_ENV", "KUBERNETES_SERVICE_HOST")
_SIGNING = ("service_account", "authorized_user")  # kinds of credentials that we can make use of without opendal
_PRODUCT = "/sys/class/dmi/id/product_name"


@dataclass(frozen=True, slots=True)
class Rights:
    """`file`: credentials of a `kind` that Google's tools write; "" with `machine` set: the machine's own account; else none."""

    file: str = ""
    kind: str = ""
    machine: bool = False

    @property
    def signs(self) -> bool:
        """Whether requests can be made by them without opendal (`identity`)."""
        if not self.file and not self.machine:
            return True
        return self.machine or (self.kind in _SIGNING and find_spec("google.auth") is not None)

    def settings(self) -> dict[str, str]:
        """As opendal wants them."""
        if self.file:
            return {"credential_path": self.file, "disable_vm_metadata": "true", "disable_config_load": "true"}
        return {} if self.machine else {"skip_signature": "true"}


def rights_of(options: Mapping[str, object], endpoint: str) -> Rights:
    """Unavailable for a file that is named but cannot be credentials."""
    if flag(options, "allow_anonymous_login"):
        return Rights()
    if named := text(options, "credentialpath"):
        return _credentials(os.path.expanduser(named), "the remote's `credentialpath`")
    if named := os.environ.get("GOOGLE_APPLICATION_CREDENTIALS", ""):
        return _credentials(named, "GOOGLE_APPLICATION_CREDENTIALS")
    if endpoint.startswith("http://"):
        return Rights()  # an emulator: who we are is not told in clear text unless asked to
    folder = os.environ.get("CLOUDSDK_CONFIG") or os.path.expanduser("~/.config/gcloud")
    if os.path.exists(found := os.path.join(folder, _DEFAULT)):
        return _credentials(found, "the login of gcloud")
    return Rights(machine=_at_google())


def _credentials(path: str, by: str) -> Rights:
    """By the file `path`, if it can be credentials: what opendal cannot read it passes over without a word."""
    hint = "download the key of a service account anew, or log in: gcloud auth application-default login"
    try:
        with open(path, "rb") as file:
            found = json.load(file)
    except OSError as why:
        raise Unavailable(f"'{path}', named by {by}, cannot be read: {why.strerror}", hint=hint) from why
    except ValueError as why:
        raise Unavailable(f"'{path}', named by {by}, is no JSON: {why}", hint=hint) from why
    if not isinstance(found, dict) or "type" not in found:
        raise Unavailable(f"'{path}', named by {by}, holds no credentials of Google's", hint=hint)
    return Rights(path, str(found["type"]))


def _at_google() -> bool:
    if any(os.environ.get(name) for name in _AT_GOOGLE):
        return True
    try:
        with open(_PRODUCT, encoding="utf-8", errors="replace") as file:
            return file.read().startswith("Google")
    except OSError:
        return False


def identity(rights: Rights) -> Identity:
    """Who we are, for requests that opendal does not make, by rights that `signs`."""
    if not rights.file and not rights.machine:
        return Fixed({})
    if rights.machine:
        return Token(_Machine())
    from google.auth.exceptions import GoogleAuthError
    from google.oauth2 import credentials, service_account

    try:
        if rights.kind == "service_account":
            return Token(service_account.Credentials.from_service_account_file(rights.file, scopes=[_SCOPE]))
        return Token(credentials.Credentials.from_authorized_user_file(rights.file))
    except (GoogleAuthError, ValueError) as why:
        raise AccessDenied(f"'{rights.file}' holds no credentials that can be used: {why}", hint="download or make them anew") from why


class _Machine:
    """The account of this machine, as far as `Token` needs credentials. (The library's own want one more library.)"""

    def __init__(self) -> None:
        self.token = ""
        self._ends = 0.0

    @property
    def valid(self) -> bool:
        return time.time() < self._ends - _EARLY

    def refresh(self, ask: Callable[..., "urllib3.BaseHTTPResponse"]) -> None:
        host = os.environ.get("GCE_METADATA_HOST") or "metadata.google.internal"
        answer = ask(f"http://{host}/computeMetadata/v1/instance/service-accounts/default/token", headers={"Metadata-Flavor": "Google"})
        try:
            found = json.loads(answer.data)
            self.token, self._ends = str(found["access_token"]), time.time() + float(found["expires_in"])
        except (ValueError, KeyError, TypeError) as why:
            raise AccessDenied(
                f"'{host}' gives this machine no token (HTTP {answer.status})", hint="give the machine a service account"
            ) from why


class Token:
    """See `Identity`. A token is fetched when it is first wanted, and again when it has ended or is refused."""

    def __init__(self, credentials: "Credentials | _Machine") -> None:
        self._credentials = credentials
        self._lock = threading.Lock()

    def headers(self, method: str, target: str) -> Mapping[str, str]:
        with self._lock:
            if not self._credentials.valid:
                self._fetch()
            return {"Authorization": f"Bearer {self._credentials.token}"}

    def learn(self, challenges: Sequence[str]) -> bool:
        with self._lock:
            old = self._credentials.token
            self._fetch()
            return bool(self._credentials.token != old)

    def _fetch(self) -> None:
        if isinstance(self._credentials, _Machine):
            self._credentials.refresh(_ask)
            return
        from google.auth.exceptions import GoogleAuthError

        try:
            self._credentials.refresh(_ask)
        except GoogleAuthError as why:
            raise AccessDenied(
                f"Google gives no token: {why.args[0] if why.args else why}", hint="see that the credentials still hold"
            ) from why


def _ask(
    url: str, method: str = "GET", body: bytes | None = None, headers: Mapping[str, str] | None = None, **_: object
) -> "urllib3.BaseHTTPResponse":
    """A request of the library's, as its `transport.Request` has it: through the proxies that our own requests take."""
    web = Web(url, {}, jobs=1, connect=_PATIENCE, read=_PATIENCE)
    try:
        return web.ask(method, url, body=body, headers=headers)
    finally:
        web.close()
