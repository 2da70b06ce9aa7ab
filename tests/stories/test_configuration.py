"""Starting and ending a project, its configuration and its remotes."""

import os

import pytest

from tests.world import World


def test_init_writes_and_stages_three_files(world: World) -> None:
    world.git("init -q .")
    done = world.dvc("init")
    assert done.ok
    assert world.git("status --porcelain").splitlines() == ["A  .dvc/.gitignore", "A  .dvc/config", "A  .dvcignore"]
    assert world.exists(".dvc/tmp/btime")


def test_init_refuses_what_it_should_not_do(world: World) -> None:
    world.write("sub/x", "")
    outside = world.dvc("init")
    assert outside.code == 1
    assert "--no-scm" in outside.err
    world.git("init -q .")
    below = world.dvc("init", cwd="sub")
    assert below.code == 1
    assert "--subdir" in below.err
    assert world.dvc("init -q").ok
    again = world.dvc("init")
    assert again.code == 1
    assert "Use `-f` to force." in again.err
    assert world.dvc("init --no-scm --subdir").code == 255


@pytest.mark.parametrize("made_by_dvc", [False, True])
def test_our_own_files_do_not_show_in_a_git_that_comes_later(world: World, made_by_dvc: bool) -> None:
    world.project(scm=False)
    if made_by_dvc:  # which knows nothing of them
        (world.path / ".dvc/tmp/.gitignore").unlink()
    world.track("a", "1")
    assert world.dvc("status").ok
    world.git("init -q .")
    shown = world.git("status --porcelain -uall").split()
    assert {".dvc/tmp/lock", "a.dvc"} <= set(shown)
    assert not [name for name in shown if name.endswith(("/index", "/outs", "tmp/.gitignore"))]


def test_init_of_a_folder_that_git_ignores(world: World) -> None:
    world.git("init -q .")
    world.write(".gitignore", ".dvc\n")
    refused = world.dvc("init")
    assert refused.code == 1
    assert not world.exists(".dvc")
    assert not world.exists(".dvcignore")


def test_a_value_is_set_shown_and_unset(world: World) -> None:
    world.project()
    assert world.dvc("config core.autostage true").ok
    assert world.dvc("config CORE.AutoStage").out == "true\n"
    assert world.dvc("config --show-origin core.autostage").out == ".dvc/config\ttrue\n"
    assert world.dvc("config --local core.autostage false").ok
    assert world.dvc("config core.autostage").out == "false\n"
    assert world.dvc("config -l --show-origin").out == ".dvc/config\tcore.autostage=true\n.dvc/config.local\tcore.autostage=false\n"
    assert world.dvc("config -l").out == "core.autostage=true\ncore.autostage=false\n"
    assert world.dvc("config --local -u core.autostage").ok
    assert world.dvc("config -u core.autostage").ok
    assert world.read(".dvc/config") == "\n"


def test_four_levels(world: World) -> None:
    world.project()
    for level in ("system", "global", "project", "local"):
        assert world.dvc(f"config --{level} core.remote {level}").ok
        assert world.dvc("config core.remote").out == f"{level}\n"
    assert os.path.exists(world.home / ".config/dvc/config")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("config core.nothing 1", 251),
        ("config core.autostage maybe", 251),
        ("config cache.type teleport", 251),
        ("config --project core.remote", 251),
        ("config nodot", 254),
        ("config a.b.c", 254),
        ("config", 1),
        ("config -l core.remote", 1),
        ("config --show-origin core.remote x", 1),
        ("config --local --global core.remote", 254),
        ("config core.remote", 0),
        ("config --local cache.dir", 251),
    ],
)
def test_what_config_refuses(world: World, words: str, code: int) -> None:
    world.project()
    done = world.dvc(words)
    assert (done.code, done.out) == (code, "")
    assert world.read(".dvc/config") == ""
    assert (done.err == "") == (code == 0)


def test_a_broken_configuration_names_file_and_line(world: World) -> None:
    world.project()
    world.write(".dvc/config", "[core]\n    remote = x\n[core\n")
    for words in ("status", "config core.remote y", "add x"):
        done = world.dvc(words)
        assert done.code == 251
        assert ".dvc/config" in done.err
        assert "line 3" in done.err
    assert world.read(".dvc/config").endswith("[core\n")


def test_remotes_come_and_go(world: World) -> None:
    world.project()
    world.write("sub/x", "")
    assert world.dvc("remote add -d Store ../../ext/store", cwd="sub").ok
    assert world.read(".dvc/config") == "[core]\n    remote = store\n['remote \"store\"']\n    url = ../../ext/store\n"
    assert world.dvc("remote list").out == f"store\t{world.path.parent}/ext/store\t(default)\n".expandtabs(8)
    assert world.dvc("remote add store /elsewhere").code == 251
    assert world.dvc("remote modify store jobs 4").ok
    assert world.dvc("remote modify store jobs none").code == 251
    assert world.dvc("remote modify nowhere jobs 4").code == 251
    assert world.dvc("remote rename store depot").ok
    assert world.dvc("remote default").out == "depot\n"
    assert world.dvc("remote remove depot").ok
    assert world.dvc("remote default").code == 1
    assert world.read(".dvc/config") == "\n"


def test_the_cache_can_lie_elsewhere(world: World) -> None:
    world.project()
    assert world.dvc("cache dir").out == f"{world.path}/.dvc/cache\n"
    world.write("sub/x", "")
    assert world.dvc("cache dir ../../ext/cache", cwd="sub").ok
    assert world.read(".dvc/config") == "[cache]\n    dir = ../../ext/cache\n"
    assert world.dvc("cache dir").out == f"{world.path.parent}/ext/cache\n"
    world.track("data", "1")
    assert (world.path.parent / "ext/cache/files/md5").is_dir()
    assert world.dvc("cache dir -u").ok
    assert world.dvc("cache dir -u").code == 251


def test_check_ignore_tells_which_line_decides(world: World) -> None:
    world.project()
    world.write(".dvcignore", "*.log\n!keep.log\n")
    assert world.dvc("check-ignore a.log b.txt").out == "a.log\n"
    assert world.dvc("check-ignore -d a.log keep.log").out == ".dvcignore:1:*.log\ta.log\n.dvcignore:2:!keep.log\tkeep.log\n"
    assert world.dvc("check-ignore b.txt").code == 1
    assert world.dvc("check-ignore").code == 255


def test_destroy_leaves_the_data(world: World) -> None:
    world.project()
    assert world.dvc("config cache.type symlink").ok
    world.track("folder/file", "precious")
    assert world.dvc("destroy").code == 1
    assert world.exists(".dvc")
    assert world.dvc("destroy -f").ok
    assert not world.exists(".dvc")
    assert not world.exists("folder/file.dvc")
    assert not (world.path / "folder/file").is_symlink()
    assert world.read("folder/file") == "precious"


def test_destroy_stops_where_it_would_lose_data(world: World) -> None:
    world.project()
    assert world.dvc("config cache.type symlink").ok
    world.track("file", "precious")
    (world.path / "file").unlink()
    (world.path / "file").symlink_to("/nowhere")
    refused = world.dvc("destroy -f")
    assert refused.code == 1
    assert world.exists("file.dvc")
    assert world.exists(".dvc/config")


def test_hooks_are_installed_once(world: World) -> None:
    world.project()
    assert world.dvc("install").ok
    assert world.read(".git/hooks/pre-commit").endswith("exec dvc git-hook pre-commit $@\n")
    assert os.access(world.path / ".git/hooks/pre-commit", os.X_OK)
    assert world.dvc("install").code == 1
    assert world.dvc("install --use-pre-commit-tool").ok
    assert "dvc-pre-push" in world.read(".pre-commit-config.yaml")


def test_hooks_check_out_and_show_the_status(world: World) -> None:
    world.project()
    world.track("data", "one")
    world.commit("one")
    (world.path / "data").unlink()
    assert world.dvc("git-hook post-checkout a b 0").ok
    assert not world.exists("data")
    assert world.dvc("git-hook post-checkout a b 1").ok
    assert world.read("data") == "one"
    assert "up to date" in world.dvc("git-hook pre-commit").out


def test_version_names_the_engine(world: World) -> None:
    outside = world.dvc("version")
    assert outside.out.startswith("DVC version: 3.")
    world.project()
    inside = world.dvc("doctor").out
    assert "Engine: " in inside
    assert "copy" in inside


def test_a_flag_is_true_or_false_and_nothing_else(world: World) -> None:
    """DVC refuses a file that has another word there, so that a team would be locked out by it."""
    world.project()
    assert world.dvc("remote add -q store s3://bucket/x").ok
    for value in ("yes", "on", "1", "no", "off", "0", "enable"):
        for words in ("config core.autostage", "remote modify store verify"):
            refused = world.dvc(f"{words} {value}")
            assert refused.code == 251
            assert "must be true or false" in refused.err
    for value in ("true", "FALSE", "True"):
        assert world.dvc(f"remote modify store verify {value}").ok


def test_what_is_not_set_is_unset_in_silence_where_it_is_a_remotes(world: World) -> None:
    world.project()
    assert world.dvc("remote add -q store s3://bucket/x").ok
    before = world.read(".dvc/config")
    assert world.dvc("remote modify --unset store jobs").ok
    assert world.dvc("remote default -u").ok
    assert world.read(".dvc/config") == before
    assert world.dvc("remote modify --unset nowhere jobs").code == 251
    assert world.dvc("config --unset core.analytics").code == 251


def test_a_remote_has_a_name(world: World) -> None:
    world.project()
    assert world.dvc(["remote", "add", "", "/somewhere"]).code == 251
    assert world.dvc("remote add -q store /somewhere").ok
    assert world.dvc(["remote", "rename", "store", ""]).code == 251
    assert world.dvc("remote list").out.startswith("store")
