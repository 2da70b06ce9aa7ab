"""Apache with mod_dav on a free port, for the user that runs the tests, with a user and a password by basic or digest authentication."""

import base64
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.process import free_port, serving
from tests.servers.tls import Certificates

APACHE = "/usr/sbin/apache2"
_MODULES = "/usr/lib/apache2/modules"
_LOADED = "mpm_event authn_core authz_core authn_file authz_user auth_basic auth_digest dav dav_fs dav_lock dir ssl socache_shmcb"
USER, PASSWORD, REALM = "me", "secret", "files"
# It refuses to serve as root: then it is another user, who may reach root's files.
_OTHER = "setpriv --reuid=www-data --regid=www-data --clear-groups --inh-caps=+dac_override --ambient-caps=+dac_override"
_AS = _OTHER.split() if os.getuid() == 0 else []

_CONFIG = """
ServerRoot {here}
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
{modules}
PidFile {here}/pid
ErrorLog {here}/errors
DefaultRuntimeDir {here}
Mutex file:{here}
StartServers 1
ThreadsPerChild 32
MaxRequestWorkers 64
DavLockDB {here}/locks
DirectorySlash On
DocumentRoot {root}
{tls}
<Directory {root}>
  Dav On
  AuthName "{realm}"
  AuthType {kind}
  {users}
  Require valid-user
</Directory>
"""


@contextmanager
def apache(root: Path, *, tls: Certificates | None = None, digest: bool = False) -> Iterator[int]:
    """The port of a server over `root`."""
    with tempfile.TemporaryDirectory(prefix="apache-") as folder:
        here = Path(folder)
        port = free_port()
        _users(here)
        secret = hashlib.md5(f"{USER}:{REALM}:{PASSWORD}".encode(), usedforsecurity=False).hexdigest()
        (here / "digests").write_text(f"{USER}:{REALM}:{secret}\n")
        (here / "config").write_text(
            _CONFIG.format(
                here=here,
                port=port,
                modules=_modules(_LOADED),
                root=root,
                tls=f"SSLEngine On\nSSLCertificateFile {tls.certificate}\nSSLCertificateKeyFile {tls.key}" if tls else "",
                realm=REALM,
                kind="Digest" if digest else "Basic",
                users=f"AuthUserFile {here}/digests\nAuthDigestProvider file" if digest else f"AuthUserFile {here}/users",
            )
        )
        with serving([*_AS, APACHE, "-D", "FOREGROUND", "-f", f"{here}/config"], port):
            yield port


@contextmanager
def apache_dav(root: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """A server over `root`: its URL, and the options that a WebDAV remote on it needs."""
    with apache(root) as port:
        yield f"webdav://127.0.0.1:{port}", {"user": USER, "password": PASSWORD}


@contextmanager
def apache_http(root: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """The same for an HTTP remote. It makes no folders on PUT."""
    with apache(root) as port:
        yield f"http://127.0.0.1:{port}", {"auth": "basic", "user": USER, "password": PASSWORD, "method": "PUT"}


_PROXY = """
ServerRoot {here}
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
{modules}
PidFile {here}/pid
ErrorLog {here}/errors
LogFormat "%m %U %>s" short
CustomLog {here}/seen short
DefaultRuntimeDir {here}
Mutex file:{here}
StartServers 1
ProxyRequests On
AllowCONNECT 1-65535
<Proxy "*">
  AuthName "{realm}"
  AuthType Basic
  AuthUserFile {here}/users
  Require valid-user
</Proxy>
"""
_PROXY_MODULES = "mpm_event authn_core authz_core authn_file authz_user auth_basic proxy proxy_http proxy_connect"


@contextmanager
def forward_proxy() -> Iterator[tuple[int, Path]]:
    """A proxy for HTTP and, by CONNECT, for HTTPS, with the same user: its port, and the log of what it was asked for."""
    with tempfile.TemporaryDirectory(prefix="proxy-") as folder:
        here = Path(folder)
        port = free_port()
        _users(here)
        (here / "config").write_text(_PROXY.format(here=here, port=port, modules=_modules(_PROXY_MODULES), realm=REALM))
        with serving([*_AS, APACHE, "-D", "FOREGROUND", "-f", f"{here}/config"], port):
            yield port, here / "seen"


def _users(here: Path) -> None:
    hashed = base64.b64encode(hashlib.sha1(PASSWORD.encode(), usedforsecurity=False).digest()).decode()
    (here / "users").write_text(f"{USER}:{{SHA}}{hashed}\n")


def _modules(names: str) -> str:
    return "\n".join(f"LoadModule {name}_module {_MODULES}/mod_{name}.so" for name in names.split())
