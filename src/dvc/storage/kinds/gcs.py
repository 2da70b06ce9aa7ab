"""Google Cloud Storage: `gs://BUCKET/PATH`. By what right: see `google_account`."""

import base64
import binascii
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from dvc.storage.contract import Capabilities, Unavailable
from dvc.storage.kinds.google_account import rights_of
from dvc.storage.options import text
from dvc.storage.through_opendal import OpendalStorage, operator

if TYPE_CHECKING:
    from dvc.storage.kinds.gcs_session import Sessions


def open_gcs(url: str, options: Mapping[str, object]) -> OpendalStorage:
    """Raises Unavailable for credentials that cannot be read. `projectname` is accepted: a bucket's objects are found without it."""
    bucket, _, path = url.partition("://")[2].partition("/")
    if not bucket:
        raise Unavailable(f"'{url}' names no bucket", hint="write it as gs://BUCKET/PATH")
    endpoint = _endpoint(text(options, "endpointurl") or os.environ.get("STORAGE_EMULATOR_HOST") or "https://storage.googleapis.com")
    rights, root = rights_of(options, endpoint), path.strip("/")
    settings = {"bucket": bucket, "root": f"/{root}", "endpoint": endpoint, **rights.settings()}

    def sessions() -> "Sessions":
        from dvc.storage.kinds.gcs_session import Sessions

        return Sessions(rights, endpoint, bucket, root)

    capabilities = Capabilities(jobs=64, resumes=rights.signs)
    store = operator("gcs", "gs", url, settings)
    return OpendalStorage(url, store, capabilities, etag=_hexed, large=sessions if rights.signs else None)


def _endpoint(given: str) -> str:
    """An emulator's is often given without `http://`."""
    return (given if "://" in given else f"http://{given}").rstrip("/")


def _hexed(etag: str) -> str:
    """As dependencies record it: the bytes that Google writes in base64, in hexadecimal."""
    try:
        return base64.b64decode(etag.strip('"'), validate=True).hex()
    except binascii.Error:
        return etag
