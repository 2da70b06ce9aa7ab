"""Sharing data through web servers: nginx and Apache, plain and over TLS, with each way to say who one is."""

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.servers.apache import PASSWORD, USER, apache, forward_proxy
from tests.servers.nginx import nginx
from tests.servers.tls import certificates
from tests.servers.web import web
from tests.world import World

WHO = {"user": USER, "password": PASSWORD}
LARGE = bytes(range(256)) * (40 * 4096)  # 40 MiB


def remote(world: World, url: str, options: Mapping[str, str]) -> None:
    """Make it the default remote, with these options and no others."""
    (world.path / ".dvc/config.local").unlink(missing_ok=True)
    assert world.dvc(["remote", "add", "-q", "-d", "-f", "store", url]).ok
    for name, value in options.items():
        assert world.dvc(["remote", "modify", "-q", "--local", "store", name, value]).ok


def comes_and_goes(world: World) -> None:
    """What is pushed is there, and comes back to a machine that has nothing."""
    world.track("data", "data")
    pushed = world.dvc("push")
    assert pushed.ok, pushed.err
    shutil.rmtree(world.path / ".dvc/cache")
    (world.path / "data").unlink()
    pulled = world.dvc("pull")
    assert pulled.ok, pulled.err
    assert world.read("data") == "data"


@pytest.mark.parametrize("serve", [nginx, apache])
def test_over_tls_a_server_is_trusted_when_its_authority_is_named_or_nobody_looks(world: World, serve: object) -> None:
    world.project()
    served = world.ext / "served"
    served.mkdir()
    made = certificates(world.ext)
    assert callable(serve)
    with serve(served, tls=made) as port:
        remote(world, f"webdavs://localhost:{port}/by-authority", {**WHO, "ssl_verify": made.authority})
        comes_and_goes(world)
        remote(world, f"webdavs://localhost:{port}/by-nobody", {**WHO, "ssl_verify": "false"})
        comes_and_goes(world)
        assert world.dvc(["remote", "modify", "-q", "--local", "store", "ssl_verify", str(world.ext / "none.pem")]).ok
        assert "none.pem" in world.dvc("push").err
        for verify in ({}, {"ssl_verify": "true"}):
            remote(world, f"webdavs://localhost:{port}/untrusted", {**WHO, **verify})
            refused = world.dvc("push")
            assert refused.code == 1
            assert "no trusted connection" in refused.err
            assert "ssl_verify" in refused.err
        assert not (served / "untrusted").exists()


def test_an_https_remote_is_trusted_by_its_authority(world: World) -> None:
    world.project()
    served = world.ext / "served"
    served.mkdir()
    made = certificates(world.ext)
    with nginx(served, tls=made) as port:
        remote(world, f"https://localhost:{port}/x", {**WHO, "auth": "basic", "method": "PUT", "ssl_verify": made.authority})
        comes_and_goes(world)


def test_a_server_that_wants_a_certificate_gets_the_one_that_is_named(world: World) -> None:
    world.project()
    served = world.ext / "served"
    served.mkdir()
    made, mine = certificates(world.ext), certificates(world.ext, "client")
    with nginx(served, tls=made, client_certificate=True) as port:
        remote(world, f"webdavs://localhost:{port}/x", {**WHO, "ssl_verify": made.authority})
        assert world.dvc("push").ok  # there is nothing to push yet
        world.track("data", "data")
        assert world.dvc("push").code == 1
        assert world.dvc(["remote", "modify", "-q", "--local", "store", "cert_path", mine.certificate]).ok
        assert world.dvc(["remote", "modify", "-q", "--local", "store", "key_path", mine.key]).ok
        comes_and_goes(world)


def test_digest_authentication_for_both_kinds(world: World) -> None:
    world.project()
    served = world.ext / "served"
    served.mkdir()
    with apache(served, digest=True) as port:
        remote(world, f"http://127.0.0.1:{port}/http", {**WHO, "auth": "digest", "method": "PUT"})
        comes_and_goes(world)
        remote(world, f"webdav://127.0.0.1:{port}/dav", WHO)
        comes_and_goes(world)
        world.track("more", "more")
        assert world.dvc("remote modify -q --local store password wrong").ok
        refused = world.dvc("push")
        assert refused.code == 1
        assert "access denied" in refused.err
        assert "wrong" not in refused.err
        remote(world, f"http://127.0.0.1:{port}/http", {**WHO, "auth": "basic"})
        assert "access denied" in world.dvc("push").err


@pytest.mark.parametrize("serve", [nginx, apache])
def test_a_large_file_over_webdav(world: World, serve: object) -> None:
    world.project()
    assert callable(serve)
    with serve(world.ext) as port:
        remote(world, f"webdav://127.0.0.1:{port}/sp%20ace/x", WHO)
        world.track("large", LARGE)
        pushed = world.dvc("push")
        assert pushed.ok, pushed.err
        (there,) = [path for path in (world.ext / "sp ace/x").rglob("*") if path.is_file()]
        assert there.read_bytes() == LARGE
        shutil.rmtree(world.path / ".dvc/cache")
        (world.path / "large").unlink()
        assert world.dvc("pull").ok
        assert (world.path / "large").read_bytes() == LARGE


def test_webdav_without_folders_made_by_the_server(world: World) -> None:
    world.project()
    with nginx(world.ext, make_folders=False) as port:
        remote(world, f"webdav://127.0.0.1:{port}/a/b", WHO)
        comes_and_goes(world)


def test_data_of_a_webdav_server_is_imported_and_updated(world: World) -> None:
    world.project()
    (world.ext / "sets/a").mkdir(parents=True)
    (world.ext / "sets/a/one ü").write_text("1")
    (world.ext / "sets/two").write_text("2")
    with nginx(world.ext) as port:
        remote(world, f"webdav://127.0.0.1:{port}", WHO)
        assert world.dvc("list-url -R remote://store/sets").out.split("\n")[:2] == ["a/one ü", "two"]
        imported = world.dvc("import-url remote://store/sets sets")
        assert imported.ok, imported.err
        assert world.read("sets/a/one ü") == "1"
        assert world.dvc("status").out == "Data and pipelines are up to date.\n"
        (world.ext / "sets/two").write_text("other")
        assert world.dvc("update sets.dvc").ok
        assert world.read("sets/two") == "other"


def test_a_token_comes_from_a_command_and_anew_when_it_is_refused(world: World) -> None:
    world.project()
    tokens = world.ext / "tokens"
    tokens.write_text("old\nnew\n")
    # Each run prints the next token.
    command = f"head -1 {tokens}; sed -i 1d {tokens}"
    with web(world.ext / "served", header=("Authorization", "Bearer new")) as server:
        remote(world, server.url.replace("http", "webdav"), {"bearer_token_command": command})
        world.track("data", "data")
        pushed = world.dvc("push")
        assert pushed.ok, pushed.err
        assert tokens.read_text() == ""
        assert world.dvc("remote modify -q --local store bearer_token_command 'echo no login >&2; exit 3'").ok
        world.track("data", "more")
        failed = world.dvc("push")
        assert failed.code == 1
        assert "no login" in failed.err


def test_a_header_of_ones_own(world: World) -> None:
    world.project()
    with web(world.ext / "served", header=("X-Token", "secret")) as server:
        for number, (url, options) in enumerate(
            (
                (server.url, {"auth": "custom", "custom_auth_header": "X-Token", "password": "secret"}),
                (server.url.replace("http", "webdav"), {"custom_auth_header": "X-Token", "password": "secret"}),
            )
        ):
            remote(world, f"{url}/{number}", options)
            comes_and_goes(world)
        remote(world, server.url, {"auth": "custom", "password": "secret"})
        assert "custom_auth_header" in world.dvc("push").err


def test_a_password_is_asked_for_on_the_terminal(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.project()
    asked: list[str] = []

    def ask(prompt: str) -> str:
        asked.append(prompt)
        return PASSWORD

    monkeypatch.setattr("getpass.getpass", ask)
    with nginx(world.ext) as port:
        remote(world, f"http://127.0.0.1:{port}/x", {"auth": "basic", "user": USER, "ask_password": "true", "method": "PUT"})
        comes_and_goes(world)
        remote(world, f"webdav://127.0.0.1:{port}/x", {"user": USER, "ask_password": "true"})
        world.track("data", "more")
        assert world.dvc("push").ok
    assert asked
    assert set(asked) == {"Password for me@127.0.0.1: "}


def test_through_the_proxy_that_the_environment_names(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.project()
    served = world.ext / "served"
    served.mkdir()
    made = certificates(world.ext)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("NO_PROXY", "")
    with nginx(served, tls=made) as port, nginx(served) as plain, forward_proxy() as (proxy, seen):
        monkeypatch.setenv("http_proxy", f"http://{USER}:{PASSWORD}@127.0.0.1:{proxy}")
        monkeypatch.setenv("https_proxy", f"http://{USER}:{PASSWORD}@127.0.0.1:{proxy}")
        remote(world, f"webdavs://localhost:{port}/a", {**WHO, "ssl_verify": made.authority})
        comes_and_goes(world)
        remote(world, f"http://127.0.0.1:{plain}/b", {**WHO, "auth": "basic", "method": "PUT"})
        comes_and_goes(world)
        assert {line.split()[0] for line in seen.read_text().splitlines()} >= {"CONNECT", "PUT", "GET"}
        monkeypatch.setenv("http_proxy", f"http://{USER}:wrong@127.0.0.1:{proxy}")
        world.track("data", "more")
        assert "access denied (HTTP 407)" in world.dvc("push").err
        monkeypatch.setenv("http_proxy", "socks5://127.0.0.1:9")
        assert "socks5" in world.dvc("push").err
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        assert world.dvc("push").ok


def test_webdav_needs_no_package_of_its_own(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opendal", None)
    world.project()
    with nginx(world.ext) as port:
        remote(world, f"webdav://127.0.0.1:{port}/a", WHO)
        comes_and_goes(world)


def test_files_come_as_they_lie_on_the_server(world: World) -> None:
    """A server that calls a compressed file so must not have it unpacked on the way."""
    world.project()
    packed = bytes.fromhex("1f8b08000000000002ff4b04000000ffff030043beb7e801000000")
    Path(world.ext / "served").mkdir()
    (world.ext / "served/a.gz").write_bytes(packed)
    with web(world.ext / "served", encoding="gzip") as server:
        assert world.dvc(["get-url", f"{server.url}/a.gz"]).ok
    assert (world.path / "a.gz").read_bytes() == packed
