"""A certificate authority of a test's own, and a certificate of its for this machine."""

import subprocess
from pathlib import Path
from typing import NamedTuple


class Certificates(NamedTuple):
    """Files: the authority's certificate, and a server's certificate and key, for `localhost` and 127.0.0.1."""

    authority: str
    certificate: str
    key: str


_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


def certificates(folder: Path, name: str = "server") -> Certificates:
    """New ones in `folder`; a second `name` there comes of the same authority."""
    authority, authority_key = folder / "authority.pem", folder / "authority.key"
    if not authority.exists():
        _openssl("req", "-x509", *_NEW_KEY, "-keyout", authority_key, "-out", authority, "-days", "30", "-subj", "/CN=authority of a test")
    request, certificate, key, names = (folder / f"{name}.{end}" for end in ("csr", "pem", "key", "ext"))
    names.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    _openssl("req", *_NEW_KEY, "-keyout", key, "-out", request, "-subj", f"/CN={name}")
    signing = ("-CA", authority, "-CAkey", authority_key, "-CAcreateserial", "-days", "30", "-extfile", names)
    _openssl("x509", "-req", "-in", request, *signing, "-out", certificate)
    return Certificates(str(authority), str(certificate), str(key))


def _openssl(*words: object) -> None:
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)
