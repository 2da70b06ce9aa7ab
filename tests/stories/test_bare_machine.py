"""A machine with the `dvc` command and nothing else: each kind of remote serves, or says what to install."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dvc.formats.config_schema import SCHEMES
from tests.servers.process import free_port
from tests.world import World

# What stands for the kind in a configuration, so that the package is what is lacking first.
URLS = {
    "azure": "azure://container/path",
    "gdrive": "gdrive://folder/path",
    "gs": "gs://bucket/path",
    "hdfs": "hdfs://127.0.0.1:{port}/path",
    "http": "http://127.0.0.1:{port}/path",
    "https": "https://127.0.0.1:{port}/path",
    "oss": "oss://bucket/path",
    "s3": "s3://bucket/path",
    "ssh": "ssh://127.0.0.1:{port}/path",
    "webdav": "webdav://127.0.0.1:{port}/path",
    "webdavs": "webdavs://127.0.0.1:{port}/path",
    "webhdfs": "webhdfs://127.0.0.1:{port}/path",
}
PLAIN = ("http", "https", "webdav", "webdavs", "webhdfs")
OPTIONS = {
    "azure": {"account_name": "me", "account_key": "a2V5"},
    "gdrive": {"gdrive_client_id": "me", "gdrive_client_secret": "secret"},
    "oss": {"oss_endpoint": "http://127.0.0.1:9", "oss_key_id": "me", "oss_key_secret": "secret"},
}
# Only what the package itself depends on can be imported.
_RUN = """
import sys

class Bare:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("opendal", "asyncssh", "google", "boto3", "botocore", "azure", "oss2", "cryptography"):
            raise ModuleNotFoundError(f"No module named '{name}'", name=name)

sys.meta_path.insert(0, Bare())
from dvc.cli import script
sys.exit(script())
"""


def test_every_kind_is_looked_at_here() -> None:
    assert set(URLS) == set(SCHEMES) - {""}


@pytest.mark.parametrize("kind", URLS)
def test_a_kind_serves_or_says_what_to_install(world: World, kind: str) -> None:
    world.project()
    assert world.dvc(["remote", "add", "-q", "-d", "there", URLS[kind].format(port=free_port())]).ok
    for name, value in OPTIONS.get(kind, {}).items():
        assert world.dvc(["remote", "modify", "-q", "--local", "there", name, value]).ok
    world.track("f", "1")
    for words in (["push"], ["status", "-c"], ["list-url", "remote://there"]):
        done = subprocess.run(
            [sys.executable, "-c", _RUN, *words],
            cwd=world.path,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == (255 if "list-url" in words else 1), (words, done)
        assert "Traceback" not in done.stderr
        if kind in PLAIN:
            assert "install" not in done.stderr
        else:
            assert f"pip install 'cairn-dvc[{kind}]'" in done.stderr, (words, done.stderr)
