"""Sharing data through Azure Blob Storage and Google Cloud Storage: real servers of theirs for tests, and what goes wrong."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

import dvc
from dvc.storage.contract import AT_ONCE, Storage
from dvc.storage.kinds.gcs_session import Sessions
from dvc.storage.kinds.google_account import Rights
from dvc.storage.remotes import open_storage
from tests.servers import azure as azurite
from tests.servers.azure import azure
from tests.servers.gcs import gcs
from tests.servers.lending import lending
from tests.world import World

SERVERS = {"azure": azure, "gs": gcs}


class Cloud:
    """`url` is the bucket's or container's; `bucket` is it, past `dvc`."""

    def __init__(self, kind: str, url: str, options: dict[str, str]) -> None:
        self.kind = kind
        self.url = url
        self.options = options
        opened = open_storage(url, options)
        assert opened is not None
        self.bucket: Storage = opened

    def objects(self) -> list[str]:
        return sorted(found.path for found in self.bucket.list("team/store"))


@pytest.fixture(params=list(SERVERS))
def cloud(request: pytest.FixtureRequest, world: World) -> Iterator[Cloud]:
    """A project with a default remote in each kind of cloud."""
    yield from opened(request.param, world)


@pytest.fixture
def container(world: World) -> Iterator[Cloud]:
    yield from opened("azure", world)


@pytest.fixture
def bucket(world: World) -> Iterator[Cloud]:
    yield from opened("gs", world)


def opened(kind: str, world: World) -> Iterator[Cloud]:
    world.project()
    with SERVERS[kind](world.ext) as (url, options):
        assert world.dvc(["remote", "add", "-q", "-d", "cloud", f"{url}/team/store"]).ok
        configure(world, **options)
        made = Cloud(kind, url, options)
        yield made
        made.bucket.close()


def configure(world: World, **options: str) -> None:
    for name, value in options.items():
        assert world.dvc(["remote", "modify", "-q", "--local", "cloud", name, value]).ok


def alone(world: World, words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`dvc WORDS` in a process of its own: opendal keeps all threads of its process waiting while it asks who we are."""
    environ = {**os.environ, "PYTHONPATH": os.path.dirname(os.path.dirname(dvc.__file__)), **environment}
    return subprocess.run(
        [sys.executable, "-m", "dvc", *words.split()], cwd=world.path, env=environ, capture_output=True, text=True, check=False, timeout=120
    )


def test_what_is_pushed_comes_back_and_gc_removes_what_nobody_uses(world: World, cloud: Cloud) -> None:
    for n in range(80):
        world.write(f"many/{n}", f"file {n}")
    assert world.dvc("add -q many").ok
    world.track("one.txt", "one")
    assert world.dvc("status -c --json").json.keys() == {"many", "one.txt"} or world.dvc("status -c").out
    assert world.dvc("push").out == "82 files pushed\n"
    assert world.dvc("push").out == "Everything is up to date.\n"
    assert world.dvc("status -c --json").json == {}
    world.forget("many", "one.txt")
    assert world.dvc("fetch one.txt").ok
    assert world.dvc("pull many/7").ok
    assert [p.name for p in (world.path / "many").iterdir()] == ["7"]
    assert world.dvc("pull").ok
    assert (world.read("many/79"), world.read("one.txt")) == ("file 79", "one")
    world.track("one.txt", "two")
    assert world.dvc("gc -w -c -f").ok
    assert len(cloud.objects()) == 81


def test_a_process_that_has_nothing_to_send_ends_well(world: World, cloud: Cloud) -> None:
    world.track("f", "1")
    assert world.dvc("push").ok
    for _ in range(10):
        done = alone(world, "push")
        assert (done.returncode, done.stdout, done.stderr) == (0, "Everything is up to date.\n", "")


@pytest.mark.parametrize("size", [8 << 20, (8 << 20) + 1, 40 << 20])
def test_a_large_file_goes_in_parts_and_comes_back_whole(world: World, cloud: Cloud, size: int) -> None:
    data = (bytes(range(256)) * (-(-size // 256)))[:size]
    world.track("large.bin", data)
    assert world.dvc("push").ok
    world.forget("large.bin")
    assert world.dvc("pull").ok
    assert (world.path / "large.bin").read_bytes() == data


def test_a_bucket_that_is_not_there_is_said(world: World, cloud: Cloud) -> None:
    world.track("f", "1")
    assert world.dvc(f"remote modify -q cloud url {cloud.kind}://elsewhere/store").ok
    for command in ("push", "status -c"):
        failed = world.dvc(command)
        assert failed.code != 0
        assert "elsewhere" in failed.err
        assert "make the bucket" in failed.err
    world.forget("f")
    failed = world.dvc("pull")
    assert failed.code != 0
    assert "make the bucket" in failed.err


def test_files_and_folders_are_imported_and_followed(world: World, cloud: Cloud) -> None:
    cloud.bucket.put("in/a", b"a")
    cloud.bucket.put("in/deep/b", b"bb")
    assert world.dvc(["remote", "modify", "-q", "cloud", "url", cloud.url]).ok
    assert world.dvc("list-url -R remote://cloud/in").out == "a\ndeep/b\n"
    assert world.dvc("import-url remote://cloud/in copy").ok
    assert world.dvc("import-url remote://cloud/in/a one").ok
    assert (world.read("copy/deep/b"), world.read("one")) == ("bb", "a")
    assert world.dvc("status").out.endswith("Data and pipelines are up to date.\n")
    cloud.bucket.put("in/a", b"another")
    assert world.dvc("update one.dvc").ok
    assert world.read("one") == "another"
    cloud.bucket.remove("in/a")
    assert world.dvc("update copy.dvc").ok
    assert not world.exists("copy/a")
    assert world.dvc("update one.dvc").code == 1
    assert world.read("one") == "another"
    assert world.dvc("get-url remote://cloud/in got").ok
    assert world.read("got/deep/b") == "bb"


def test_a_url_is_read_without_a_remote(world: World, cloud: Cloud) -> None:
    cloud.bucket.put("in/a", b"a")
    given = [part for name, value in cloud.options.items() for part in ("--fs-config", f"{name}={value}")]
    assert world.dvc(["get-url", f"{cloud.url}/in/a", "got", *given]).ok
    assert world.dvc(["list-url", f"{cloud.url}/in", *given]).out == "a\n"
    assert world.read("got") == "a"
    assert world.dvc(["import-url", f"{cloud.url}/in/a", "one", *given]).ok
    assert world.read("one.dvc").count("fs_config") == 1  # of the dependency's, not of the output's
    assert world.dvc("update one.dvc").ok


def test_odd_names_are_names(world: World, cloud: Cloud) -> None:
    names = ["a b", "ä#b?c", "100%", "+&=;", "x%2Fy"]
    for name in names:
        cloud.bucket.put(f"odd #?%/{name}", name.encode())
    assert world.dvc(["remote", "modify", "-q", "cloud", "url", cloud.url]).ok
    assert world.dvc(["list-url", "-R", "remote://cloud/odd #?%"]).out.splitlines() == sorted(names)
    assert world.dvc(["get-url", "remote://cloud/odd #?%", "got"]).ok
    assert all(world.read(f"got/{name}") == name for name in names)


# --- what a dependency records


def test_azure_names_what_a_blob_holds_in_quotes(world: World, container: Cloud) -> None:
    container.bucket.put("in/a", b"a")
    assert world.dvc(["remote", "modify", "-q", "cloud", "url", container.url]).ok
    assert world.dvc("import-url remote://cloud/in/a one").ok
    assert "deps:\n- etag: '\"0x" in world.read("one.dvc")


def test_google_names_what_an_object_holds_in_hexadecimal(world: World, bucket: Cloud) -> None:
    bucket.bucket.put("in/a", b"a")
    bucket.bucket.put("in/b", b"")
    assert world.dvc(["remote", "modify", "-q", "cloud", "url", bucket.url]).ok
    assert world.dvc("import-url remote://cloud/in/a one").ok
    assert "deps:\n- etag: 0cc175b9c0f1b6a831c399e269772661\n" in world.read("one.dvc")  # this server takes the MD5 for it
    assert world.dvc("import-url remote://cloud/in all").ok
    assert "deps:\n- md5: 98f54f6638c31a9fa618f278f5987b98.dir\n" in world.read("all.dvc")


# --- who we are


def test_a_wrong_key_is_said_and_nothing_is_taken_for_missing(world: World, container: Cloud) -> None:
    world.track("f", "1")
    world.track("large", b"0" * (9 << 20))
    assert world.dvc("push f").ok
    wrong = azurite.KEY[:20] + "wrong" + azurite.KEY[25:]
    configure(world, connection_string=container.options["connection_string"].replace(azurite.KEY, wrong))
    for command in ("push f", "push large", "status -c", "gc -w -c -f"):
        failed = world.dvc(command)
        assert failed.code != 0
        assert "denied" in failed.err
        assert "wrong" not in failed.err
    world.forget("f", "large")
    failed = world.dvc("pull")
    assert failed.code != 0
    assert "denied" in failed.err


@pytest.mark.parametrize("connection", ["AccountName=acc;AccountKey=no-base64!", "garbage", "AccountKey=a2V5"])
def test_a_connection_string_that_is_none_is_said(world: World, container: Cloud, connection: str) -> None:
    world.track("f", "1")
    configure(world, connection_string=connection)
    failed = world.dvc("push")
    assert failed.code != 0
    assert "bug" not in failed.err
    assert "no-base64" not in failed.err
    assert container.url in failed.err


def test_the_account_comes_from_where_azure_users_have_it(world: World, container: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    (world.path / ".dvc/config.local").unlink()
    world.track("f", "1")
    failed = world.dvc("push")
    assert failed.code != 0
    assert "no storage account" in failed.err
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", container.options["connection_string"])
    assert world.dvc("push").out == "1 file pushed\n"
    monkeypatch.delenv("AZURE_STORAGE_CONNECTION_STRING")
    (world.home / ".azure").mkdir()
    (world.home / ".azure/config").write_text(f"[storage]\nconnection_string = {container.options['connection_string']}\n")
    assert world.dvc("push").out == "Everything is up to date.\n"


def test_a_shared_access_signature_opens_what_it_is_for(world: World, container: Cloud) -> None:
    name, endpoint = container.url.removeprefix("azure://"), container.options["connection_string"].split("BlobEndpoint=")[1].rstrip(";")
    world.track("f", "1")
    world.track("large", b"0" * (9 << 20))
    for_reading = azurite.signature(name, "rl")
    configure(world, connection_string=f"BlobEndpoint={endpoint};AccountName={azurite.ACCOUNT};SharedAccessSignature={for_reading}")
    for command in ("push f", "push large"):
        failed = world.dvc(command)
        assert failed.code != 0
        assert "denied" in failed.err
        assert "sig=" not in failed.err
    for_all = azurite.signature(name)
    configure(world, connection_string=f"BlobEndpoint={endpoint};AccountName={azurite.ACCOUNT};SharedAccessSignature={for_all}")
    assert world.dvc("push").out == "2 files pushed\n"
    world.forget("f", "large")
    configure(world, connection_string=f"BlobEndpoint={endpoint};AccountName={azurite.ACCOUNT};SharedAccessSignature={for_reading}")
    assert world.dvc("pull").ok


@pytest.mark.parametrize("secret", ["right", "wrong"])
def test_a_client_of_azures_directory_gets_its_token(world: World, container: Cloud, secret: str) -> None:
    world.track("f", "1")
    world.track("large", b"0" * (9 << 20))
    with lending("client_secret=right") as lender:
        configure(world, connection_string=f"BlobEndpoint={lender.url}/acc;AccountName=acc;", tenant_id="us", client_id="me")
        configure(world, client_secret=secret)
        for name in ("f", "large"):
            done = alone(world, f"push {name}", AZURE_AUTHORITY_HOST=lender.url)
            assert (done.returncode == 0) == (secret == "right"), done.stderr
            assert secret == "right" or "denied" in done.stderr or "no token" in done.stderr
            assert "wrong" not in done.stderr
        assert sorted(map(len, lender.blobs.values())) == ([1, 9 << 20] if secret == "right" else [])


def test_an_identity_of_the_environment_can_be_ruled_out(world: World, container: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    world.track("f", "1")
    monkeypatch.setenv("AZURE_CLIENT_ID", "me")
    configure(world, connection_string="AccountName=acc;", exclude_environment_credential="true")
    failed = world.dvc("push")
    assert failed.code != 0
    assert "unset AZURE_CLIENT_ID" in failed.err


@pytest.mark.parametrize(("option", "value"), [("connection_timeout", "3")])
def test_an_option_that_cannot_be_honoured_is_refused(world: World, container: Cloud, option: str, value: str) -> None:
    world.track("f", "1")
    configure(world, **{option: value})
    failed = world.dvc("push")
    assert failed.code != 0
    assert f"'{option}'" in failed.err
    assert not container.objects()


@pytest.mark.parametrize("content", [None, "no JSON", "[]", "{}"])
def test_a_file_that_is_no_credentials_is_said(world: World, bucket: Cloud, tmp_path: Path, content: str | None) -> None:
    world.track("f", "1")
    path = tmp_path / "key.json"
    if content is not None:
        path.write_text(content)
    configure(world, credentialpath=str(path))
    failed = world.dvc("push")
    assert failed.code != 0
    assert str(path) in failed.err
    assert "`credentialpath`" in failed.err
    assert not bucket.objects()


def test_an_identity_of_another_cloud_gets_its_token(world: World, bucket: Cloud, tmp_path: Path) -> None:
    world.track("f", "1")
    (tmp_path / "subject").write_text("who-we-are")
    with lending("who-we-are", behind=int(bucket.options["endpointurl"].rsplit(":", 1)[1])) as lender:
        credentials = {
            "type": "external_account",
            "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/x",
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
            "token_url": f"{lender.url}/v1/token",
            "credential_source": {"file": str(tmp_path / "subject"), "format": {"type": "text"}},
        }
        (tmp_path / "key.json").write_text(json.dumps(credentials))
        configure(world, endpointurl=lender.url, credentialpath=str(tmp_path / "key.json"))
        assert alone(world, "push").returncode == 0
        assert lender.asked
        (tmp_path / "subject").write_text("another")
        failed = alone(world, "status -c")
        assert failed.returncode != 0
        assert "denied" in failed.stderr
    assert len(bucket.objects()) == 1


def test_large_files_go_by_a_service_accounts_token(bucket: Cloud, tmp_path: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    (tmp_path / "large").write_bytes(b"0" * (9 << 20))
    with lending("assertion=", behind=int(bucket.options["endpointurl"].rsplit(":", 1)[1])) as lender:
        account = {"type": "service_account", "client_email": "me@x", "token_uri": f"{lender.url}/token", "private_key": pem}
        (tmp_path / "key.json").write_text(json.dumps(account))
        storage = open_storage(bucket.url, {"endpointurl": lender.url, "credentialpath": str(tmp_path / "key.json")})
        assert storage is not None
        assert storage.upload(str(tmp_path / "large"), "large") == 9 << 20
        storage.close()
    found = bucket.bucket.stat("large")
    assert found is not None
    assert found.size == 9 << 20


def test_the_account_of_a_machine_of_googles_gets_its_token(bucket: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "large").write_bytes(b"0" * (9 << 20))
    with lending("", behind=int(bucket.options["endpointurl"].rsplit(":", 1)[1])) as lender:
        monkeypatch.setenv("GCE_METADATA_HOST", lender.url.removeprefix("http://"))
        sessions = Sessions(Rights(machine=True), lender.url, "bucket", "")
        with (tmp_path / "large").open("rb") as file:
            sessions.upload(file, 9 << 20, "large", AT_ONCE)
        sessions.close()
    assert bucket.bucket.stat("large") is not None
