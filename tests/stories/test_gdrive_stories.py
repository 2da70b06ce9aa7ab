"""What is special to Google Drive: logins and service accounts, the trash, limits, and names that several things have."""

import json
import shutil
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from dvc.storage.kinds import gdrive_api
from dvc.storage.kinds.gdrive import GdriveStorage
from tests.servers.gdrive import CLIENT, FOLDER, gdrive
from tests.world import World


@pytest.fixture
def login(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project with one tracked file and a remote on Drive; the file with the login."""
    world.project()
    world.track("f", "1")
    monkeypatch.setattr("dvc.storage.patience.PAUSE", 0.002)
    with gdrive(world.ext) as (url, options):
        remote(world, f"{url}/team", **options)
        yield Path(options["gdrive_user_credentials_file"])


def forget_for(world: World, command: str) -> None:
    """What a command that sends needs is here, and what one that fetches needs is not."""
    shutil.rmtree(world.path / ".dvc/cache", ignore_errors=True)
    if command != "fetch":
        world.track("f", "1")


def remote(world: World, url: str, **options: str) -> None:
    assert world.dvc(["remote", "add", "-q", "-f", "-d", "far", url]).ok
    for name, value in options.items():
        assert world.dvc(["remote", "modify", "-q", "far", name, value]).ok


def storage(login: Path, **options: str) -> GdriveStorage:
    return GdriveStorage(f"gdrive://{FOLDER}", {"gdrive_user_credentials_file": str(login), **options})


@pytest.mark.parametrize("name", ["refresh_token", "client_secret"])
def test_a_login_that_is_refused_is_said(world: World, login: Path, name: str) -> None:
    login.write_text(json.dumps({**json.loads(login.read_text()), name: "wrong-one"}))
    for command in ("push", "status -c", "fetch"):
        forget_for(world, command)
        failed = world.dvc(command)
        assert failed.code != 0
        assert "no token" in failed.err
        assert "wrong-one" not in failed.err


@pytest.mark.parametrize("text", ["", "[]", "{}"])
def test_a_login_that_cannot_be_used_is_said(world: World, login: Path, text: str) -> None:
    login.write_text(text)
    failed = world.dvc("push")
    assert failed.code != 0
    assert "login.json" in failed.err
    login.unlink()
    assert "cannot be read" in world.dvc("push").err


def test_a_login_that_dvc_kept_is_found(world: World, login: Path) -> None:
    kept = world.home / ".cache/pydrive2fs" / CLIENT
    kept.mkdir(parents=True)
    login.rename(kept / "default.json")
    remote(world, f"gdrive://{FOLDER}/team")
    assert world.dvc("push").ok
    remote(world, f"gdrive://{FOLDER}/team", profile="work")
    assert "no login" in world.dvc("push").err
    (kept / "default.json").rename(kept / "work.json")
    assert world.dvc("status -c").ok


def test_a_login_comes_from_the_environment(world: World, login: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GDRIVE_CREDENTIALS_DATA", login.read_text())
    login.unlink()
    assert world.dvc("push").ok


def test_a_service_account_signs_with_its_key(world: World, login: Path) -> None:
    right, wrong = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
    public = right.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    (world.ext / "service.pem").write_bytes(public)
    key = world.ext / "key.json"
    account = {"gdrive_use_service_account": "true", "gdrive_service_account_json_file_path": str(key)}
    remote(world, f"gdrive://{FOLDER}/team", **account)
    for made, user, ok in (
        (right, "", True),
        (right, "someone@example.com", True),
        (right, "stranger@example.com", False),
        (wrong, "", False),
    ):
        pem = made.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        about = {"type": "service_account", "client_email": "robot@example.com", "private_key": pem.decode()}
        key.write_text(json.dumps({**about, "token_uri": f"{gdrive_api.SERVICE}/token"}))
        if user:
            assert world.dvc(["remote", "modify", "-q", "far", "gdrive_service_account_user_email", user]).ok
        done = world.dvc("push")
        assert done.ok is ok, done.err
        assert "PRIVATE" not in done.err
        world.dvc("remote modify -q --unset far gdrive_service_account_user_email")
    key.write_text("{}")
    assert "no key of a service account" in world.dvc("push").err


def test_a_folder_that_is_not_there_or_not_ours_is_said(world: World, login: Path) -> None:
    remote(world, "gdrive://nobodys-folder/team", gdrive_user_credentials_file=str(login))
    for command in ("push", "status -c", "fetch"):
        forget_for(world, command)
        failed = world.dvc(command)
        assert failed.code != 0
        assert "no such folder" in failed.err
    assert "names no folder" in world.dvc(["list-url", "gdrive:///x"]).err


def test_my_drive_and_the_hidden_folder_have_names_of_their_own(world: World, login: Path) -> None:
    for top in ("root", "appDataFolder"):
        remote(world, f"gdrive://{top}/team", gdrive_user_credentials_file=str(login))
        assert world.dvc("push").out == "1 file pushed\n"
        assert world.dvc("status -c --json").json == {}


def test_what_is_removed_goes_to_the_trash_where_that_is_wanted(world: World, login: Path) -> None:
    kept = storage(login, gdrive_trash_only="true")
    for one in (kept, storage(login)):
        one.put("x/f", b"1")
        one.remove("x/f")
        assert one.stat("x/f") is None
        assert list(one.list("x")) == []


def test_what_google_takes_for_malware_is_brought_when_asked_for(world: World, login: Path) -> None:
    storage(login).put("in/bad", b"malware")
    data = f"gdrive://{FOLDER}/in/bad"
    assert world.dvc(["remote", "add", "-q", "in", f"gdrive://{FOLDER}/in"]).ok
    assert world.dvc(["remote", "modify", "-q", "in", "gdrive_user_credentials_file", str(login)]).ok
    failed = world.dvc("get-url remote://in/bad")
    assert failed.code != 0
    assert "gdrive_acknowledge_abuse" in failed.err
    assert world.dvc("remote modify -q in gdrive_acknowledge_abuse true").ok
    assert world.dvc("get-url remote://in/bad").ok, data
    assert world.read("bad") == "malware"


def test_a_drive_that_has_too_many_requests_is_asked_again(world: World, login: Path) -> None:
    def busy(times: int) -> None:
        urllib.request.urlopen(f"{gdrive_api.SERVICE}/test/busy?times={times}").close()

    busy(4)
    assert world.dvc("push").ok
    busy(100)
    failed = world.dvc("status -c")
    assert failed.code != 0
    assert "too many requests" in failed.err


def test_several_things_of_one_name_are_one_path(world: World, login: Path) -> None:
    one, other = storage(login), storage(login)
    one.put("x/a", b"1")
    assert other.stat("x") is None
    for drive, name in ((one, "b"), (other, "c")):
        folder = drive._drive.make_folder(FOLDER, "twice", "")
        drive._drive.send(b"2", "", folder=folder, title=name)
        drive._drive.send(b"3", "", folder=folder, title="both")
    new = storage(login)
    assert sorted(found.path for found in new.list("")) == ["twice/b", "twice/both", "twice/both", "twice/c", "x/a"]
    assert new.read("twice/c") == b"2"
    new.put("twice/both", b"4")
    assert new.read("twice/both") == b"4"
    new.remove("twice/both")
    assert new.stat("twice/both") is None


def test_names_may_have_quotes_in_them(world: World, login: Path) -> None:
    names = ["it's", 'a "b"', "back\\slash", "ünïcode", "100%"]
    drive = storage(login)
    for name in names:
        drive.put(f"o'clock/{name}", name.encode())
    again = storage(login)
    for name in names:
        assert again.read(f"o'clock/{name}") == name.encode()
    assert sorted(found.path for found in again.list("o'clock")) == sorted(f"o'clock/{name}" for name in names)
