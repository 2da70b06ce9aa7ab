"""Azure Blob Storage: `azure://CONTAINER/PATH`. Which account, and by what right: see `azure_account`."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from dvc.storage.contract import Capabilities, Unavailable
from dvc.storage.kinds.azure_account import account_of
from dvc.storage.options import refuse, text
from dvc.storage.through_opendal import OpendalStorage, operator

if TYPE_CHECKING:
    from dvc.storage.kinds.azure_blocks import Blocks


def open_azure(url: str, options: Mapping[str, object]) -> OpendalStorage:
    """Raises Unavailable for options that cannot be honoured, and where no account is named."""
    refuse(options, "azure", "connection_timeout")
    container, _, path = url.partition("://")[2].partition("/")
    container = container or os.environ.get("AZURE_STORAGE_CONTAINER_NAME", "")
    if not container:
        raise Unavailable(f"'{url}' names no container", hint="write it as azure://CONTAINER/PATH")
    account, root = account_of(url, options), path.strip("/")
    settings = {"container": container, "root": f"/{root}", **account.settings()}
    store = operator("azblob", "azure", url, settings, timeout=_seconds(options, "timeout"), io_timeout=_seconds(options, "read_timeout"))
    resumes = account.signs

    def blocks() -> "Blocks":
        from dvc.storage.kinds.azure_blocks import Blocks

        return Blocks(account, container, root)

    return OpendalStorage(url, store, Capabilities(jobs=64, resumes=resumes), etag=_quoted, large=blocks if resumes else None)


def _seconds(options: Mapping[str, object], name: str) -> float:
    return float(text(options, name) or 0)


def _quoted(etag: str) -> str:
    """As dependencies record it: with its quotes, which Azure leaves away in listings."""
    bare = etag.strip('"')
    return f'"{bare}"' if bare else ""
