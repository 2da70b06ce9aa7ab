"""nginx with its WebDAV modules on a free port, for the user that runs the tests, with a user and a password."""

import base64
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.process import free_port, serving
from tests.servers.tls import Certificates

NGINX = "/usr/sbin/nginx"
_DAV = "/usr/lib/nginx/modules/ngx_http_dav_ext_module.so"
USER, PASSWORD = "me", "secret"

# As the user who starts it; every path it would write to lies in `{here}`.
_CONFIG = """
load_module {dav};
daemon off; worker_processes 1; error_log {here}/errors; pid {here}/pid; {user}
events {{ worker_connections 512; }}
http {{
  access_log {here}/access; default_type application/octet-stream; client_max_body_size 0;
  client_body_temp_path {here}/body; proxy_temp_path {here}/proxy; fastcgi_temp_path {here}/fastcgi;
  uwsgi_temp_path {here}/uwsgi; scgi_temp_path {here}/scgi;
  dav_ext_lock_zone zone=locks:1m;
  server {{
    listen 127.0.0.1:{port} {tls};
    root {root};
    auth_basic "files"; auth_basic_user_file {here}/users;
    location / {{
      dav_methods PUT DELETE MKCOL COPY MOVE; dav_ext_methods PROPFIND OPTIONS LOCK UNLOCK; dav_ext_lock zone=locks;
      create_full_put_path {full_put_path}; {client}
    }}
  }}
}}
"""


@contextmanager
def nginx(root: Path, *, tls: Certificates | None = None, make_folders: bool = True, client_certificate: bool = False) -> Iterator[int]:
    """The port of a server over `root`. `make_folders`: PUT makes the folders that are missing. `client_certificate`: it wants one."""
    with tempfile.TemporaryDirectory(prefix="nginx-") as folder:
        here = Path(folder)
        port = free_port()
        hashed = base64.b64encode(hashlib.sha1(PASSWORD.encode(), usedforsecurity=False).digest()).decode()
        (here / "users").write_text(f"{USER}:{{SHA}}{hashed}\n")
        client = ""
        if tls and client_certificate:
            client = f"}} ssl_client_certificate {tls.authority}; ssl_verify_client on; location /none {{"
        (here / "config").write_text(
            _CONFIG.format(
                dav=_DAV,
                here=here,
                user="user root;" if os.getuid() == 0 else "",
                port=port,
                tls=f"ssl; ssl_certificate {tls.certificate}; ssl_certificate_key {tls.key}" if tls else "",
                root=root,
                full_put_path="on" if make_folders else "off",
                client=client,
            )
        )
        with serving([NGINX, "-p", folder, "-e", f"{here}/errors", "-c", f"{here}/config"], port):
            yield port


@contextmanager
def nginx_dav(root: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """A server over `root`: its URL, and the options that a WebDAV remote on it needs."""
    with nginx(root) as port:
        yield f"webdav://127.0.0.1:{port}", {"user": USER, "password": PASSWORD}


@contextmanager
def nginx_http(root: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """The same for an HTTP remote; nginx takes files by PUT."""
    with nginx(root) as port:
        yield f"http://127.0.0.1:{port}", {"auth": "basic", "user": USER, "password": PASSWORD, "method": "PUT"}
