"""S3 as companies run it: their own authorities, keys that a process gives, buckets that anyone may read."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers.s3 import BUCKET, KEY, SECRET, s3
from tests.servers.tls import certificates
from tests.world import Run, World


def apart(world: World, words: str, **environment: str) -> Run:
    """`dvc` in a process of its own: the HTTP client of S3 remotes reads the authorities once in each."""
    done = subprocess.run(
        [sys.executable, "-m", "dvc", *words.split()],
        cwd=world.path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return Run(done.returncode, done.stdout, done.stderr)


def remote(world: World, url: str, options: dict[str, str]) -> None:
    assert world.dvc(["remote", "add", "-q", "-d", "cloud", f"{url}/store"]).ok
    for name, value in options.items():
        assert world.dvc(["remote", "modify", "-q", "--local", "cloud", name, value]).ok


def test_a_server_with_an_authority_of_its_own(world: World) -> None:
    world.project()
    made = certificates(world.ext)
    (world.ext / "s3").mkdir()
    with s3(world.ext / "s3", tls=made) as (url, options):
        remote(world, url, options)
        world.track("f", "1")
        refused = apart(world, "push")
        assert refused.code == 1
        assert "certificate" in refused.err
        world.track("f", "1" * 20_000_000)  # goes in parts
        assert apart(world, "push", AWS_CA_BUNDLE=made.authority).out == "1 file pushed\n"
        world.track("f", "2")
        assert world.dvc(["remote", "modify", "-q", "--local", "cloud", "ssl_verify", made.authority]).ok
        assert apart(world, "push").out == "1 file pushed\n"
        assert world.dvc(["remote", "modify", "-q", "--local", "cloud", "ssl_verify", str(world.ext / "none.pem")]).ok
        missing = apart(world, "push")
        assert missing.code == 1
        assert "none.pem" in missing.err
        world.track("f", "3" * 20_000_000)
        assert world.dvc("remote modify -q --local cloud ssl_verify false").ok
        pushed = world.dvc("push")
        assert pushed.out == "1 file pushed\n", pushed.err
        shutil.rmtree(world.path / ".dvc/cache")
        (world.path / "f").unlink()
        assert world.dvc("pull").ok
        assert world.read("f") == "3" * 20_000_000
        assert world.dvc("remote modify -q --local --unset cloud endpointurl").ok
        world.track("f", "4")
        assert "servers of your own" in world.dvc("push").err


def test_keys_that_a_process_of_the_profile_gives(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.project()
    with s3(world.ext) as (url, options):
        keys = {"Version": 1, "AccessKeyId": options.pop("access_key_id"), "SecretAccessKey": options.pop("secret_access_key")}
        (world.home / "keys.json").write_text(json.dumps(keys))
        (world.home / ".aws").mkdir()
        (world.home / ".aws/config").write_text(f"[profile team]\ncredential_process = cat {world.home}/keys.json\n")
        remote(world, url, {**options, "profile": "team"})
        world.track("f", "1")
        pushed = world.dvc("push")
        assert pushed.ok, pushed.err
        assert world.dvc("remote modify -q --local --unset cloud profile").ok
        monkeypatch.setenv("AWS_PROFILE", "team")
        world.track("f", "2")
        assert world.dvc("push").out == "1 file pushed\n"
        (world.home / "keys.json").write_text("no keys")
        world.track("f", "3")
        failed = world.dvc("push")
        assert failed.code == 1
        assert "profile 'team' gives no keys" in failed.err
        monkeypatch.setitem(sys.modules, "botocore", None)
        monkeypatch.setitem(sys.modules, "botocore.exceptions", None)
        assert "pip install boto3" in world.dvc("push").err


def test_a_bucket_that_anyone_may_read_needs_no_keys_and_takes_nothing(world: World) -> None:
    import botocore.session

    world.project()
    with s3(world.ext) as (url, options):
        remote(world, url, options)
        world.track("f", "1")
        assert world.dvc("push").ok
        client = botocore.session.get_session().create_client(
            "s3", "us-east-1", endpoint_url=options["endpointurl"], aws_access_key_id=KEY, aws_secret_access_key=SECRET
        )
        public = {"Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject"], "Resource": f"arn:aws:s3:::{BUCKET}/*"}
        listed = {"Effect": "Allow", "Principal": "*", "Action": ["s3:ListBucket"], "Resource": f"arn:aws:s3:::{BUCKET}"}
        client.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [public, listed]}))
        client.close()
        for name in ("access_key_id", "secret_access_key"):
            assert world.dvc(["remote", "modify", "-q", "--local", "--unset", "cloud", name]).ok
        assert world.dvc("remote modify -q --local cloud allow_anonymous_login true").ok
        shutil.rmtree(world.path / ".dvc/cache")
        (world.path / "f").unlink()
        pulled = world.dvc("pull")
        assert pulled.ok, pulled.err
        world.track("f", "2")
        refused = world.dvc("push")
        assert refused.code == 1
        assert "access denied" in refused.err
