"""Aliyun's Object Storage Service, through opendal. Keys come from the options, else from the environment."""

import os
from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from dvc.storage.contract import Capabilities, Unavailable
from dvc.storage.options import text
from dvc.storage.through_opendal import OpendalStorage, operator

# Our options, the variables that stand in for them, and what opendal calls both.
_NAMES = (
    ("oss_key_id", "OSS_ACCESS_KEY_ID", "access_key_id"),
    ("oss_key_secret", "OSS_ACCESS_KEY_SECRET", "access_key_secret"),
)


def open_oss(url: str, options: Mapping[str, object]) -> OpendalStorage:
    """Unavailable where no bucket or no endpoint is named."""
    parts = urlsplit(url)
    if not parts.netloc:
        raise Unavailable(f"'{url}' names no bucket", hint="write it as oss://BUCKET/PATH")
    endpoint = text(options, "oss_endpoint") or os.environ.get("OSS_ENDPOINT", "")
    if not endpoint:
        raise Unavailable(
            f"'{url}': OSS has an endpoint for each region, and none is set",
            hint="set the remote's `oss_endpoint` (such as oss-cn-hangzhou.aliyuncs.com), or OSS_ENDPOINT",
        )
    endpoint = endpoint if "://" in endpoint else f"https://{endpoint}"
    settings = {"bucket": parts.netloc, "root": "/" + parts.path.strip("/"), "endpoint": endpoint.rstrip("/")}
    for option, variable, theirs in _NAMES:
        if value := text(options, option) or os.environ.get(variable, ""):
            settings[theirs] = value
    if _is_address(urlsplit(endpoint).hostname or ""):
        settings["addressing_style"] = "path"  # else the bucket is a part of the host's name
    return OpendalStorage(url, operator("oss", "oss", url, settings), Capabilities(jobs=64))


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return host == "localhost"
    return True
