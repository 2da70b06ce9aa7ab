"""S3 and what speaks its protocol. What is sent goes with its checksum, which the server holds against what came."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dvc.storage.contract import Capabilities, Unavailable
from dvc.storage.kinds.s3_keys import profile_settings, signing_keys
from dvc.storage.options import flag, refuse, text, verify_of
from dvc.storage.through_opendal import OpendalStorage, operator
from dvc.storage.trust import believe, unseen

_PATIENCE = 60.0  # seconds, as AWS's own client has it
_SLOWEST = 80.0  # seconds that a part takes on a link of 100 kB/s

if TYPE_CHECKING:
    from dvc.storage.kinds.s3_parts import S3Parts
    from dvc.storage.kinds.sigv4 import Keys

# Options of ours, and what opendal calls them.
_NAMES = {
    "acl": "default_acl",
    "access_key_id": "access_key_id",
    "secret_access_key": "secret_access_key",
    "session_token": "session_token",
    "sse": "server_side_encryption",
    "sse_kms_key_id": "server_side_encryption_aws_kms_key_id",
    "sse_customer_algorithm": "server_side_encryption_customer_algorithm",
    "sse_customer_key": "server_side_encryption_customer_key",
}


def open_s3(url: str, options: Mapping[str, object]) -> OpendalStorage:
    """Raises Unavailable for options that cannot be honoured, AccessDenied where a profile gives no keys."""
    refuse(options, "s3", "grant_full_control", "grant_read", "grant_read_acp", "grant_write_acp")
    parts = urlsplit(url)
    if not parts.netloc:
        raise Unavailable(f"'{url}' names no bucket", hint="write it as s3://BUCKET/PATH")
    settings = {"bucket": parts.netloc, "root": "/" + parts.path.strip("/"), "checksum_algorithm": "crc32c"}
    settings |= {theirs: text(options, ours) for ours, theirs in _NAMES.items() if text(options, ours)}
    if flag(options, "allow_anonymous_login"):
        settings |= {"skip_signature": "true", "disable_config_load": "true", "disable_ec2_metadata": "true"}
    else:
        settings |= profile_settings(options, settings)
    bundle = settings.pop("ca_bundle", "") or os.environ.get("AWS_CA_BUNDLE", "")
    settings["endpoint"] = _endpoint(options, settings.get("endpoint", ""), bundle)
    region = text(options, "region") or settings.get("region") or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    settings["region"] = region or "us-east-1"
    settings = {name: value for name, value in settings.items() if value}
    seconds = float(text(options, "connect_timeout") or _PATIENCE) + float(text(options, "read_timeout") or _PATIENCE)
    store = operator("s3", "s3", url, settings, timeout=seconds, io_timeout=seconds + _SLOWEST)
    keys = signing_keys(settings)
    large = None if keys is None else lambda: _parts(url, options, settings, keys)
    return OpendalStorage(url, store, Capabilities(jobs=64, versions=True, resumes=large is not None), large=large)


def _parts(url: str, options: Mapping[str, object], settings: Mapping[str, str], keys: "Keys") -> "S3Parts":
    from dvc.storage.kinds.s3_parts import S3Parts
    from dvc.storage.kinds.web import Web

    connect, read = (float(text(options, name) or _PATIENCE) for name in ("connect_timeout", "read_timeout"))
    web = Web(url, options, jobs=8, connect=connect, read=read + _SLOWEST)
    endpoint = settings.get("endpoint") or f"https://s3.{settings['region']}.amazonaws.com"
    wanted = {
        "x-amz-acl": settings.get("default_acl", ""),
        "x-amz-server-side-encryption": settings.get("server_side_encryption", ""),
        "x-amz-server-side-encryption-aws-kms-key-id": settings.get("server_side_encryption_aws_kms_key_id", ""),
    }
    headers = {name: value for name, value in wanted.items() if value}
    return S3Parts(web, f"{endpoint}/{settings['bucket']}", settings["root"], settings["region"], keys, headers)


def _endpoint(options: Mapping[str, object], of_profile: str, bundle: str) -> str:
    """The server's URL, "" for AWS itself, after what `ssl_verify` wants is arranged for."""
    endpoint = (text(options, "endpointurl") or of_profile).rstrip("/")
    if endpoint and "://" not in endpoint:
        raise Unavailable(f"the remote's `endpointurl` '{endpoint}' is no URL", hint="write it as https://HOST:PORT")
    if not endpoint and not flag(options, "use_ssl", default=True):
        return "http://s3.amazonaws.com"
    verify = verify_of(options)
    if isinstance(verify, str) or (verify and bundle):
        believe(verify if isinstance(verify, str) else os.path.expanduser(bundle))
    if verify or not endpoint.startswith("https:"):
        if not verify and not endpoint:
            raise Unavailable("`ssl_verify = false` is served for servers of your own only", hint="unset it, or set `endpointurl`")
        return endpoint
    there = urlsplit(endpoint)
    return f"http://127.0.0.1:{unseen(there.hostname or '', there.port or 443)}{there.path}"
