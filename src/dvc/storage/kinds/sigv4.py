"""Signing requests to S3 (AWS Signature Version 4, header form), for those that opendal has no call for."""

import hashlib
import hmac
import time
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote, urlsplit

_ALGORITHM = "AWS4-HMAC-SHA256"


class Keys(NamedTuple):
    """Who we are. `token` goes with keys that are lent for a while, "" otherwise."""

    access: str
    secret: str
    token: str = ""


def query(parameters: Mapping[str, str]) -> str:
    """As it is signed, and so as it must be sent."""
    return "&".join(f"{quote(key, safe='-_.~')}={quote(value, safe='-_.~')}" for key, value in sorted(parameters.items()))


def signed(
    keys: Keys, region: str, method: str, address: str, headers: Mapping[str, str], body: bytes, now: float | None = None
) -> dict[str, str]:
    """`headers` with those that sign the request; `address` has its path and query as they are sent. The body is part of what is
    signed: a server refuses one that was changed on its way."""
    at = time.gmtime(now if now is not None else time.time())
    day, moment = time.strftime("%Y%m%d", at), time.strftime("%Y%m%dT%H%M%SZ", at)
    parts = urlsplit(address)
    digest = hashlib.sha256(body).hexdigest()
    sent = {**headers, "x-amz-content-sha256": digest, "x-amz-date": moment}
    if keys.token:
        sent["x-amz-security-token"] = keys.token
    named = {**{key.lower(): " ".join(value.split()) for key, value in sent.items()}, "host": parts.netloc.rpartition("@")[2]}
    names = ";".join(sorted(named))
    lines = "".join(f"{key}:{named[key]}\n" for key in sorted(named))
    request = f"{method}\n{parts.path or '/'}\n{parts.query}\n{lines}\n{names}\n{digest}"
    scope = f"{day}/{region}/s3/aws4_request"
    text = f"{_ALGORITHM}\n{moment}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = f"AWS4{keys.secret}".encode()
    for word in (day, region, "s3", "aws4_request"):
        key = hmac.new(key, word.encode(), "sha256").digest()
    signature = hmac.new(key, text.encode(), "sha256").hexdigest()
    return {**sent, "Authorization": f"{_ALGORITHM} Credential={keys.access}/{scope}, SignedHeaders={names}, Signature={signature}"}
