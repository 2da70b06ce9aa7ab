"""A storage account of Azure, and what shows that we may use it. Never prints a key.

In this order: the remote's `connection_string`; its `account_name` with a key, a shared access signature or a client's secret; the
same from the environment (AZURE_STORAGE_...) and from the file of the `az` command; then what a machine or its user was lent: a
client in the environment (AZURE_CLIENT_ID, ...), a workload's or machine's managed identity, and who is logged in with `az`.
"""

import configparser
import os
from collections.abc import Mapping

from dvc.storage.contract import Unavailable
from dvc.storage.options import flag, text
from dvc.values import dataclass, field, replace

_SUFFIX = "core.windows.net"
# Azurite's account and key, which `UseDevelopmentStorage=true` stands for. Microsoft publishes them; they open nothing else.
_DEVELOPMENT = (
    "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1;"
    "AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)
# A client of Azure's directory: our options, and the variables by which Azure's libraries know it.
_CLIENT = {"tenant_id": "AZURE_TENANT_ID", "client_id": "AZURE_CLIENT_ID", "client_secret": "AZURE_CLIENT_SECRET"}
_OF_A_CLIENT = (*_CLIENT.values(), "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_FEDERATED_TOKEN_FILE")
_NOWHERE = "http://127.0.0.1:1"


@dataclass(frozen=True, slots=True)
class Client:
    """A program that Azure's directory knows."""

    tenant: str
    identifier: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Account:
    """One of `key`, `signature` and `client` is used, the first that there is. None, and not `anonymous`: an identity is looked for."""

    name: str
    endpoint: str
    key: str = field(default="", repr=False)
    signature: str = field(default="", repr=False)
    client: Client | None = None
    anonymous: bool = False

    @property
    def signs(self) -> bool:
        """Whether requests can be made in its name without opendal (`azure_signing`)."""
        return bool(self.key or self.signature or self.client or self.anonymous)

    def settings(self) -> dict[str, str]:
        """As opendal wants them."""
        found = {"account_name": self.name, "endpoint": self.endpoint}
        if self.anonymous:
            return {**found, "skip_signature": "true"}
        if self.key:
            return {**found, "account_key": self.key}
        return {**found, "sas_token": self.signature} if self.signature else found


def account_of(url: str, options: Mapping[str, object]) -> Account:
    """The account that `options`, else the environment, name. Unavailable: none, or what cannot be meant."""
    found = _named(url, options)
    if found.key or found.signature:
        return found
    if flag(options, "allow_anonymous_login"):
        return replace(found, anonymous=True)
    _lend_identity(url, options)
    tenant, identifier, secret = (text(options, option) or os.environ.get(variable, "") for option, variable in _CLIENT.items())
    return replace(found, client=Client(tenant, identifier, secret)) if tenant and identifier and secret else found


def _named(url: str, options: Mapping[str, object]) -> Account:
    name = text(options, "account_name")
    written = text(options, "connection_string")
    if written or not name:
        written = written or os.environ.get("AZURE_STORAGE_CONNECTION_STRING", "")
    if written:
        return _connection(url, written)
    env, file = os.environ, _of_az()
    if not name and not (env.get("AZURE_STORAGE_ACCOUNT") or env.get("AZURE_STORAGE_ACCOUNT_NAME")) and file.get("connection_string"):
        return _connection(url, file["connection_string"])
    name = name or env.get("AZURE_STORAGE_ACCOUNT") or env.get("AZURE_STORAGE_ACCOUNT_NAME") or file.get("account", "")
    if not name:
        raise Unavailable(
            f"'{url}': no storage account is named",
            hint="set the remote's `account_name` or, with --local, its `connection_string`; or AZURE_STORAGE_CONNECTION_STRING",
        )
    key, signature = text(options, "account_key"), text(options, "sas_token")
    if not key and not signature and not text(options, "client_secret") and not flag(options, "allow_anonymous_login"):
        key = env.get("AZURE_STORAGE_KEY") or env.get("AZURE_STORAGE_ACCOUNT_KEY") or file.get("key", "")
        signature = env.get("AZURE_STORAGE_SAS_TOKEN") or file.get("sas_token", "")
    return Account(name, f"https://{name}.blob.{_SUFFIX}", key, signature.lstrip("?"))


def _connection(url: str, written: str) -> Account:
    """The account of a connection string, whose parts are `NAME=VALUE` with semicolons between them."""
    parts = {name.strip().lower(): value.strip() for name, _, value in (part.partition("=") for part in written.split(";"))}
    if parts.get("usedevelopmentstorage", "").lower() == "true":
        return _connection(url, _DEVELOPMENT)
    endpoint = parts.get("blobendpoint", "").rstrip("/")
    name = parts.get("accountname") or endpoint.partition("://")[2].partition(".")[0]
    if not name:
        raise Unavailable(f"'{url}': the connection string names no account", hint="copy it anew: it has `AccountName=...;` in it")
    if not endpoint:
        endpoint = f"{parts.get('defaultendpointsprotocol', 'https')}://{name}.blob.{parts.get('endpointsuffix', _SUFFIX)}"
    return Account(name, endpoint, parts.get("accountkey", ""), parts.get("sharedaccesssignature", "").lstrip("?"))


def _of_az() -> Mapping[str, str]:
    """What the `az` command was told about storage (`az configure`)."""
    path = os.path.join(os.environ.get("AZURE_CONFIG_DIR") or os.path.expanduser("~/.azure"), "config")
    parser = configparser.RawConfigParser()
    try:
        parser.read(path, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError) as why:
        raise Unavailable(f"'{path}' cannot be read: {why}", hint="see what is wrong with it by `az configure --list-defaults`") from why
    return dict(parser["storage"]) if "storage" in parser else {}


def _lend_identity(url: str, options: Mapping[str, object]) -> None:
    """Have the identity that is looked for be the one that `options` name.

    opendal takes it from the environment of the process, whenever it needs a token. It is put there past `os.environ`, out of which
    the commands of stages get theirs.
    """
    if flag(options, "exclude_environment_credential") and any(os.environ.get(name) for name in _OF_A_CLIENT):
        raise Unavailable(
            f"'{url}': with `exclude_environment_credential` the environment must not name a client of Azure's",
            hint=f"unset {', '.join(name for name in _OF_A_CLIENT if os.environ.get(name))}",
        )
    wanted = {variable: text(options, option) for option, variable in _CLIENT.items() if text(options, option)}
    if flag(options, "exclude_managed_identity_credential"):
        wanted["AZURE_IMDS_ENDPOINT"] = _NOWHERE
    for variable, value in wanted.items():
        if _LENT.setdefault(variable, value) != value:
            raise Unavailable(
                f"'{url}': one command cannot be two clients of Azure's",
                hint="use one client for both remotes, or a shared access signature (`sas_token`)",
            )
        os.putenv(variable, value)


_LENT: dict[str, str] = {}  # what this process has put into its environment
