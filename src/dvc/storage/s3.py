"""S3 and what speaks its protocol. Credentials come from the options, else from where AWS's tools find them."""

import configparser
import os
from collections.abc import Mapping
from urllib.parse import urlsplit

from dvc.storage.contract import Capabilities, Unavailable
from dvc.storage.options import flag, refuse, text
from dvc.storage.through_opendal import OpendalStorage, operator

# Options of ours, and what opendal calls them.
_NAMES = {
    "access_key_id": "access_key_id",
    "secret_access_key": "secret_access_key",
    "session_token": "session_token",
    "sse": "server_side_encryption",
    "sse_kms_key_id": "server_side_encryption_aws_kms_key_id",
    "sse_customer_algorithm": "server_side_encryption_customer_algorithm",
    "sse_customer_key": "server_side_encryption_customer_key",
}


def open_s3(url: str, options: Mapping[str, object]) -> OpendalStorage:
    """Raises Unavailable for options that cannot be honoured."""
    refuse(options, "s3", "acl", "grant_full_control", "grant_read", "grant_read_acp", "grant_write_acp", "connect_timeout", "read_timeout")
    if text(options, "ssl_verify").lower() not in ("", "true", "yes", "on", "1"):
        refuse(options, "s3", "ssl_verify")
    parts = urlsplit(url)
    if not parts.netloc:
        raise Unavailable(f"'{url}' names no bucket", hint="write it as s3://BUCKET/PATH")
    settings = {"bucket": parts.netloc, "root": "/" + parts.path.strip("/")}
    settings |= {theirs: text(options, ours) for ours, theirs in _NAMES.items() if text(options, ours)}
    settings |= _profile(options, settings)
    endpoint = text(options, "endpointurl") or settings.pop("endpoint", "")
    if endpoint:
        settings["endpoint"] = endpoint.rstrip("/")
    elif not flag(options, "use_ssl", default=True):
        settings["endpoint"] = "http://s3.amazonaws.com"
    region = text(options, "region") or settings.get("region") or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    settings["region"] = region or "us-east-1"
    if flag(options, "allow_anonymous_login"):
        settings |= {"allow_anonymous": "true", "disable_config_load": "true", "disable_ec2_metadata": "true"}
    return OpendalStorage(url, operator("s3", "s3", url, settings), Capabilities(jobs=64, versions=True))


def _profile(options: Mapping[str, object], given: Mapping[str, str]) -> dict[str, str]:
    """What a named profile of AWS's own files says, as far as the options do not."""
    name = text(options, "profile")
    files = {"configpath": text(options, "configpath"), "credentialpath": text(options, "credentialpath")}
    if not name and not any(files.values()):
        return {}
    home = os.path.expanduser("~/.aws")
    config = _section(files["configpath"] or os.path.join(home, "config"), name, "profile ")
    keys = _section(files["credentialpath"] or os.path.join(home, "credentials"), name, "")
    found = {**config, **keys}
    if name and not found:
        raise Unavailable(f"there is no AWS profile '{name}'", hint="`aws configure list-profiles` shows what there is")
    if name and "aws_access_key_id" not in found and "access_key_id" not in given:
        raise Unavailable(
            f"the AWS profile '{name}' has no keys of its own, and roles and single sign-on are not served by this version",
            hint="export temporary keys: `aws configure export-credentials --format env`",
        )
    wanted = {
        "access_key_id": found.get("aws_access_key_id"),
        "secret_access_key": found.get("aws_secret_access_key"),
        "session_token": found.get("aws_session_token"),
        "region": found.get("region"),
        "endpoint": found.get("endpoint_url"),
    }
    return {key: value for key, value in wanted.items() if value and key not in given}


def _section(path: str, name: str, prefix: str) -> dict[str, str]:
    parser = configparser.RawConfigParser()
    try:
        parser.read(os.path.expanduser(path), encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError) as why:
        raise Unavailable(f"'{path}' cannot be read: {why}") from why
    section = "default" if name in ("", "default") else prefix + name
    return dict(parser[section]) if section in parser else {}
