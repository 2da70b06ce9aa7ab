"""Whose keys an S3 remote uses: those of its options, of a named profile of AWS's own files, or what a session of AWS makes of one.

Where none of these says anything the client looks on its own: environment, default profile, the metadata service of a machine.
"""

import configparser
import os
from collections.abc import Mapping

from dvc.storage.contract import AccessDenied, Unavailable
from dvc.storage.kinds.sigv4 import Keys
from dvc.storage.options import text

# What makes a profile that has no keys of its own: somebody must be asked for them first.
_ELSEWHERE = (
    "role_arn",
    "sso_session",
    "sso_start_url",
    "sso_account_id",
    "credential_process",
    "web_identity_token_file",
    "login_session",
)


def profile_settings(options: Mapping[str, object], given: Mapping[str, str]) -> dict[str, str]:
    """What a profile says, in the names of `s3.open_s3`'s settings, as far as `given` does not. Unavailable, AccessDenied."""
    named = text(options, "profile")
    name = named or ("" if os.environ.get("AWS_ACCESS_KEY_ID") else os.environ.get("AWS_PROFILE", ""))
    config_path, keys_path = text(options, "configpath"), text(options, "credentialpath")
    if not (name or config_path or keys_path):
        return {}
    config_path = os.path.expanduser(config_path or os.environ.get("AWS_CONFIG_FILE") or "~/.aws/config")
    keys_path = os.path.expanduser(keys_path or os.environ.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials")
    found = {**_section(config_path, name, "profile "), **_section(keys_path, name, "")}
    if name and not found:
        raise Unavailable(f"there is no AWS profile '{name}'", hint="`aws configure list-profiles` shows what there is")
    wanted = {"region": found.get("region"), "endpoint": found.get("endpoint_url"), "ca_bundle": found.get("ca_bundle")}
    if "access_key_id" not in given:
        if found.get("aws_access_key_id"):
            wanted |= {
                "access_key_id": found["aws_access_key_id"],
                "secret_access_key": found.get("aws_secret_access_key"),
                "session_token": found.get("aws_session_token"),
            }
        elif name or any(key in found for key in _ELSEWHERE):
            wanted |= _of_session(name or "default", config_path, keys_path)
    return {key: value for key, value in wanted.items() if value and key not in given}


def _of_session(name: str, config_path: str, keys_path: str) -> dict[str, str | None]:
    """Keys for a while, from AWS's own library where it is installed: roles, single sign-on, a process."""
    try:
        import botocore.exceptions
        import botocore.session
    except ImportError:
        raise Unavailable(
            f"the AWS profile '{name}' has no keys of its own, and those of roles and single sign-on are had through boto3 only",
            hint="`pip install boto3`, or export temporary keys: `aws configure export-credentials --format env`",
        ) from None
    session = botocore.session.Session(profile=name)
    session.set_config_variable("config_file", config_path)
    session.set_config_variable("credentials_file", keys_path)
    try:
        credentials = session.get_credentials()
        keys = credentials and credentials.get_frozen_credentials()
    except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError, ValueError, OSError) as why:  # the process's own, too
        raise AccessDenied(
            f"the AWS profile '{name}' gives no keys: {why}", hint=f"`aws sso login --profile {name}`, if it is one of those"
        ) from why
    if not keys:
        raise AccessDenied(f"the AWS profile '{name}' gives no keys", hint=f"`aws configure --profile {name}` sets some")
    return {"access_key_id": keys.access_key, "secret_access_key": keys.secret_key, "session_token": keys.token}


def signing_keys(settings: Mapping[str, str]) -> Keys | None:
    """Keys to sign with: of the options, of the environment, or of AWS's own files, in this order, as opendal has it.

    None where there are none (those of a machine's role are opendal's alone), and where the customer's own key encrypts: then
    opendal sends large files too, and an interrupted upload begins anew.
    """
    if "skip_signature" in settings or "server_side_encryption_customer_key" in settings:
        return None
    if "access_key_id" in settings:
        return Keys(settings["access_key_id"], settings.get("secret_access_key", ""), settings.get("session_token", ""))
    env = os.environ
    if env.get("AWS_ACCESS_KEY_ID"):
        return Keys(env["AWS_ACCESS_KEY_ID"], env.get("AWS_SECRET_ACCESS_KEY", ""), env.get("AWS_SESSION_TOKEN", ""))
    found = _section(os.path.expanduser(env.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials"), "", "")
    if "aws_access_key_id" not in found:
        return None
    return Keys(found["aws_access_key_id"], found.get("aws_secret_access_key", ""), found.get("aws_session_token", ""))


def _section(path: str, name: str, prefix: str) -> dict[str, str]:
    parser = configparser.RawConfigParser()
    try:
        parser.read(path, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError) as why:
        raise Unavailable(f"'{path}' cannot be read: {why}") from why
    section = "default" if name in ("", "default") else prefix + name
    return dict(parser[section]) if section in parser else {}
