"""What is special to HDFS and WebHDFS: users and their rights, tokens, proxies, and what this version refuses."""

import json
import os
import re
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.servers.hdfs import OWNER, cluster, hdfs
from tests.servers.nginx import NGINX
from tests.servers.process import free_port, serving
from tests.servers.tls import Certificates, certificates
from tests.servers.web import web
from tests.world import World


@pytest.fixture
def place(world: World) -> Iterator[str]:
    """A project with one tracked file, and a folder of the cluster that only its owner may look into."""
    world.project()
    world.track("f", "1")
    with hdfs(world.ext):  # for `hadoop`
        yield cluster().folder(mode="700")


def forget_for(world: World, command: str) -> None:
    """What a command that sends needs is here, and what one that fetches needs is not."""
    shutil.rmtree(world.path / ".dvc/cache", ignore_errors=True)
    if command != "fetch":
        world.track("f", "1")


def remote(world: World, url: str, **options: str) -> None:
    assert world.dvc(["remote", "add", "-q", "-f", "-d", "far", url]).ok
    for name, value in options.items():
        assert world.dvc(["remote", "modify", "-q", "far", name, value]).ok


def by_rpc(place: str, user: str = "") -> str:
    return f"hdfs://{user and user + '@'}127.0.0.1:{cluster().rpc}{place}"


def by_http(place: str, user: str = "") -> str:
    return f"webhdfs://{user and user + '@'}127.0.0.1:{cluster().http}{place}"


def test_who_may_not_look_is_told_so_and_nothing_is_taken_for_missing(world: World, place: str) -> None:
    for url in (by_rpc(place), by_http(place)):
        remote(world, url, user=OWNER)
        assert world.dvc("push").ok
        remote(world, url, user="mallory")
        for command in ("push", "status -c", "fetch"):
            forget_for(world, command)
            failed = world.dvc(command)
            assert failed.code != 0, command
            assert "denied" in failed.err
            assert "user" in failed.err


def test_the_user_may_stand_in_the_url(world: World, place: str) -> None:
    cluster().call("PUT", place, "SETPERMISSION", permission="777")
    for number, url in enumerate((by_rpc(place, "alice"), by_http(place, "bob"))):
        world.track(f"f{number}", f"text {number}")
        remote(world, url)
        assert world.dvc(f"push f{number}").ok
    owners = set()
    for file in cluster().files(place):
        owners.add(json.loads(cluster().call("GET", file, "GETFILESTATUS"))["FileStatus"]["owner"])
    assert owners == {"alice", "bob"}


def test_hdfs_users_are_not_mixed_up_and_not_handed_on(world: World, place: str) -> None:
    remote(world, by_rpc(place), user="alice")
    assert world.dvc(["remote", "add", "-q", "other", by_rpc(place, OWNER)]).ok
    cluster().call("PUT", place, "SETPERMISSION", permission="777")
    (world.path / "dvc.yaml").write_text("stages:\n  who:\n    cmd: echo user=$HADOOP_USER_NAME > who\n    deps: [f]\n    outs: [who]\n")
    assert world.dvc("push").ok
    (world.path / "f").unlink()
    assert world.dvc("repro --pull").ok
    assert world.read("who") == "user=\n"
    world.track("g", "2")
    world.write("g.dvc", world.read("g.dvc") + "  remote: other\n")
    mixed = world.dvc("push f g")
    assert (mixed.code != 0, "only one user" in mixed.err) == (True, True)


def test_a_name_node_that_does_not_answer_is_said_at_once(world: World, place: str) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        for url in (f"hdfs://127.0.0.1:{port}/x", f"webhdfs://127.0.0.1:{port}/x"):
            remote(world, url)
            failed = world.dvc("push")
            assert failed.code != 0
            assert "cannot be reached" in failed.err


def test_hdfs_checksums_want_the_command_hadoop(world: World, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster().call("PUT", place, "SETPERMISSION", permission="777")
    remote(world, by_http(place), user=OWNER)
    assert world.dvc("push").ok
    (file,) = cluster().files(place)
    url = by_rpc(file)
    assert world.dvc(["import-url", url, "by-rpc"]).ok
    assert world.dvc(["import-url", by_http(file, OWNER), "by-http"]).ok
    sums = [re.findall(r"- checksum: ([0-9a-f]{56,64})\n", world.read(f"{name}.dvc")) for name in ("by-rpc", "by-http")]
    assert len(sums[0]) == len(sums[1]) == 1
    assert sums[1][0].startswith(sums[0][0])  # WebHDFS pads them
    monkeypatch.setenv("PATH", os.path.dirname(shutil.which("git") or ""))
    failed = world.dvc(["import-url", url, "again"])
    assert failed.code != 0
    assert "hadoop" in failed.err
    assert not world.exists("again")


def test_a_token_goes_with_every_request_and_says_who_we_are(world: World, place: str, tmp_path: Path) -> None:
    (tmp_path / "gate").mkdir()  # a cluster without Kerberos does not look at tokens
    with web(tmp_path / "gate") as gate:
        remote(world, by_http("/x"), token="secret-token", data_proxy_target=gate.url)
        world.dvc("status -c")
        assert gate.asked
        assert all("delegation=secret-token" in path for _, path in gate.asked)
        remote(world, by_http("/x"), token="secret-token", user=OWNER, data_proxy_target=gate.url)
        failed = world.dvc("push")
        assert (failed.code != 0, "token" in failed.err, "secret" in failed.err) == (True, True, False)


def test_one_user_may_act_for_another(world: World, place: str) -> None:
    cluster().call("PUT", place, "SETPERMISSION", permission="777")
    remote(world, by_http(place), user=OWNER, proxy_to="carol")
    assert world.dvc("push").ok
    (file,) = cluster().files(place)
    assert json.loads(cluster().call("GET", file, "GETFILESTATUS"))["FileStatus"]["owner"] == "carol"
    remote(world, by_http(place), user="mallory", proxy_to="carol")
    failed = world.dvc("push")
    assert (failed.code != 0, "denied" in failed.err) == (True, True)


def test_a_gateway_is_asked_in_place_of_the_name_node_and_told_the_password(world: World, place: str, tmp_path: Path) -> None:
    (tmp_path / "gate").mkdir()
    with web(tmp_path / "gate", password="secret") as gate:
        remote(world, by_http("/x"), user="me", password="secret", data_proxy_target=f"{gate.url}/gateway")
        world.dvc("status -c")
        assert gate.asked
        assert all(path.startswith("/gateway/x/") for _, path in gate.asked)
        remote(world, by_http("/x"), user="me", password="wrong", data_proxy_target=f"{gate.url}/gateway")
        failed = world.dvc("status -c")
        assert (failed.code != 0, "denied" in failed.err, "wrong" in failed.err) == (True, True, False)


# nginx as a gateway: TLS before a name node that has none.
_GATEWAY = """
daemon off; worker_processes 1; error_log {here}/errors; pid {here}/pid;
events {{ worker_connections 128; }}
http {{
  access_log off; client_body_temp_path {here}/body; proxy_temp_path {here}/proxy; fastcgi_temp_path {here}/fastcgi;
  uwsgi_temp_path {here}/uwsgi; scgi_temp_path {here}/scgi;
  server {{
    listen 127.0.0.1:{port} ssl; ssl_certificate {certificate}; ssl_certificate_key {key};
    location / {{ proxy_pass http://127.0.0.1:{to}; proxy_redirect off; }}
  }}
}}
"""


@contextmanager
def over_tls(here: Path, made: Certificates, to: int) -> Iterator[int]:
    """The port of a gateway that takes TLS and asks the port `to`."""
    port = free_port()
    config = here / "config"
    config.write_text(_GATEWAY.format(here=here, port=port, to=to, certificate=made.certificate, key=made.key))
    with serving([NGINX, "-c", str(config), "-p", str(here), "-e", str(here / "errors")], port):
        yield port


def test_over_tls_a_name_node_is_trusted_when_its_authority_is_named_or_nobody_looks(world: World, place: str, tmp_path: Path) -> None:
    (tmp_path / "tls").mkdir()
    made = certificates(tmp_path / "tls")
    with over_tls(tmp_path, made, cluster().http) as port:
        url = f"webhdfs://127.0.0.1:{port}{place}"
        remote(world, url, user=OWNER, use_https="true")
        failed = world.dvc("push")
        assert (failed.code != 0, "ssl_verify" in failed.err) == (True, True)
        remote(world, url, user=OWNER, use_https="true", ssl_verify=made.authority)
        assert world.dvc("push").ok
        remote(world, url, user=OWNER, use_https="true", ssl_verify="false")
        assert world.dvc("status -c --json").json == {}


@pytest.mark.parametrize(
    ("url", "option", "value", "said"),
    [
        ("webhdfs://127.0.0.1:1/x", "kerberos", "true", "Kerberos"),
        ("webhdfs://127.0.0.1:1/x", "password", "secret", "user"),
        ("hdfs://127.0.0.1:1/x", "replication", "2", "replication"),
        ("hdfs:///x", "user", "me", "name node"),
        ("hdfs://host:port/x", "user", "me", "port"),
        ("webhdfs://me:secret@host:port/x", "user", "me", "port"),
        ("webhdfs:///x", "user", "me", "host"),
    ],
)
def test_what_cannot_be_honoured_is_refused(world: World, url: str, option: str, value: str, said: str) -> None:
    world.project()
    world.track("f", "1")
    remote(world, url, **{option: value})
    failed = world.dvc("push")
    assert failed.code != 0
    assert said in failed.err
    assert "secret" not in failed.err
