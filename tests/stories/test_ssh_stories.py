"""Sharing data over SSH, with each way in: passwords, locked keys, agents, hosts behind hosts."""

import getpass
import shutil
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.servers.process import free_port
from tests.servers.sshd import agent, by_password, host
from tests.world import World

ME = getpass.getuser()


def remote(world: World, url: str, options: Mapping[str, str]) -> None:
    """Make it the default remote, with these options and no others."""
    (world.path / ".dvc/config.local").unlink(missing_ok=True)
    assert world.dvc(["remote", "add", "-q", "-d", "-f", "host", url]).ok
    for name, value in options.items():
        assert world.dvc(["remote", "modify", "-q", "--local", "host", name, value]).ok


def comes_and_goes(world: World, text: str) -> None:
    world.track("data", text)
    pushed = world.dvc("push")
    assert pushed.ok, pushed.err
    shutil.rmtree(world.path / ".dvc/cache")
    (world.path / "data").unlink()
    pulled = world.dvc("pull")
    assert pulled.ok, pulled.err
    assert world.read("data") == text


def is_refused(world: World, *words: str) -> None:
    world.track("data", "never sent")
    failed = world.dvc("push")
    assert failed.code == 1
    for word in words:
        assert word in failed.err


def test_by_password(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.project()
    with by_password() as port:
        remote(world, f"ssh://127.0.0.1:{port}{world.ext}/a", {"user": "me", "password": "secret"})
        comes_and_goes(world, "1")
        remote(world, f"ssh://127.0.0.1{world.ext}/b", {"user": "me", "password": "secret", "port": str(port), "timeout": "20"})
        comes_and_goes(world, "2")
        asked: list[str] = []

        def ask(prompt: str) -> str:
            asked.append(prompt)
            return "secret"

        monkeypatch.setattr("getpass.getpass", ask)
        remote(world, f"ssh://me@127.0.0.1:{port}{world.ext}/c", {"ask_password": "true"})
        comes_and_goes(world, "3")
        assert set(asked) == {"Password for me@127.0.0.1: "}
        remote(world, f"ssh://127.0.0.1:{port}{world.ext}/d", {"user": "me", "password": "wr0ng"})
        is_refused(world, "access denied")
        assert "wr0ng" not in world.dvc("push").err
        assert not (world.ext / "d").exists()


def test_by_a_key_with_a_passphrase(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.project()
    with host(passphrase="open sesame") as made:
        url, key = f"ssh://{ME}@127.0.0.1:{made.port}{world.ext}/a", {"keyfile": made.key}
        remote(world, url, {**key, "passphrase": "open sesame"})
        comes_and_goes(world, "1")
        monkeypatch.setattr("getpass.getpass", lambda _: "open sesame")
        remote(world, url, {**key, "ask_passphrase": "true"})
        comes_and_goes(world, "2")
        remote(world, url, {**key, "passphrase": "wr0ng"})
        is_refused(world, "private key", "`passphrase`")
        remote(world, url, key)
        is_refused(world, "private key", "`passphrase`")
        remote(world, url, {"keyfile": str(world.ext / "none")})
        is_refused(world, "none' is not there")


def test_by_an_agent_unless_it_is_not_wanted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.project()
    with host() as made, agent(made.key) as at:
        monkeypatch.setenv("SSH_AUTH_SOCK", at)
        remote(world, f"ssh://{ME}@127.0.0.1:{made.port}{world.ext}/a", {})
        comes_and_goes(world, "1")
        remote(world, f"ssh://{ME}@127.0.0.1:{made.port}{world.ext}/a", {"allow_agent": "false"})
        is_refused(world, "access denied")


def test_a_host_behind_another_as_the_users_configuration_says(world: World) -> None:
    world.project()
    with host() as jump, host() as behind:
        (world.home / ".ssh/config").write_text(
            f"Host jump\n  HostName 127.0.0.1\n  Port {jump.port}\n  User {ME}\n  IdentityFile {jump.key}\n"
            f"Host store\n  HostName 127.0.0.1\n  Port {behind.port}\n  User {ME}\n  IdentityFile {behind.key}\n  ProxyJump jump\n"
        )
        remote(world, f"ssh://store{world.ext}/a", {})
        comes_and_goes(world, "1")
        assert f"127.0.0.1 port {behind.port}" in jump.log.read_text()


def test_a_host_that_is_not_known_or_not_the_one_it_was(world: World) -> None:
    world.project()
    with host() as made:
        remote(world, f"ssh://{ME}@127.0.0.1:{made.port}{world.ext}/a", {"keyfile": made.key})
        comes_and_goes(world, "1")
        known = world.home / ".ssh/known_hosts"
        with host() as other:
            known.write_text(known.read_text().splitlines()[1].replace(str(other.port), str(made.port)) + "\n")
        is_refused(world, "not known or not the one it was", "ssh 127.0.0.1")
        known.unlink()
        is_refused(world, "not known or not the one it was", "ssh 127.0.0.1")


def test_a_host_that_does_not_answer(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dvc.storage.patience.PAUSE", 0.01)
    world.project()
    remote(world, f"ssh://{ME}@127.0.0.1:{free_port()}/a", {})
    is_refused(world, "cannot be reached", "Connect call failed")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        remote(world, f"ssh://{ME}@127.0.0.1:{silent.getsockname()[1]}/a", {"timeout": "1"})
        is_refused(world, "cannot be reached")


def test_kerberos_says_what_it_needs(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gssapi", None)
    world.project()
    remote(world, f"ssh://127.0.0.1{Path('/nowhere')}", {"gss_auth": "true"})
    is_refused(world, "pip install 'asyncssh[gssapi]'")
