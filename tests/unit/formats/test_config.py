"""Configuration files and their options."""

import pytest

from dvc.exceptions import ConfigProblem
from dvc.formats import config, config_schema

TEXT = """\
[core]
    autostage = true
    remote = loc
[cache]
    type = "reflink,hardlink,copy"
['remote "r1"']
    url = s3://b/p
    endpointurl = "http://h:1/#x"
    region = " x "
['remote "loc"']
    url = ../../rel/dir
    verify = True
"""


def test_a_file_is_written_as_it_was_read():
    settings = config.read(TEXT, "config")
    assert settings["remote", "r1"] == {"url": "s3://b/p", "endpointurl": "http://h:1/#x", "region": " x "}
    assert config.write(settings) == TEXT
    config_schema.check(settings, "config")


def test_a_file_written_by_hand():
    text = "# mine\n[CORE]\nAutoStage = false   # for now\n\n[remote \"My Store\"]\n\turl = '/tmp/with, comma'\n[cache]\ntype = reflink, copy\n"
    settings = config.read(text, "config")
    assert settings == {
        "core": {"autostage": "false"},
        ("remote", "my store"): {"url": "/tmp/with, comma"},
        "cache": {"type": ["reflink", "copy"]},
    }
    assert config_schema.link_types(settings["cache"]["type"]) == ("reflink", "copy")
    assert config.write(settings).startswith("[core]\n    autostage = false\n[cache]\n")


def test_empty_sections_are_not_written():
    assert config.write({"core": {}, "cache": {"dir": "x"}}) == "[cache]\n    dir = x\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[core\nremote = x\n", "line 1: '[core' is no section"),
        ("remote = x\n", "before the first"),
        ("[core]\nremote\n", "line 2: 'remote' is neither"),
        ("[core]\na = 1\nA = 2\n", "line 3: option 'a' is there twice"),
        ("[core]\n[core]\n", "line 2: section [core] is there twice"),
        ("[core]\na = 'x\n", "line 2: the quotes"),
        ("[core]\na = '''x\ny\n", "line 2: the value has no closing"),
        ("[core]\n<<<<<<< HEAD\n", "line 2"),
        ("[a]\n[[b]]\n", "line 2"),
    ],
)
def test_a_broken_file_names_the_line(text, words):
    with pytest.raises(ConfigProblem) as caught:
        config.read(text, ".dvc/config")
    assert words in caught.value.message
    assert "'.dvc/config'" in caught.value.message


@pytest.mark.parametrize(
    ("text", "words", "hint"),
    [
        ("[cor]\na = 1\n", "no section 'cor'", "'core'"),
        ("[core]\nremot = 1\n", "no option 'core.remot'", "'remote'"),
        ("[core]\nautostage = maybe\n", "'core.autostage' must be true or false, not 'maybe'", ""),
        ("[core]\nchecksum_jobs = 0\n", "above 0", ""),
        ("[cache]\ntype = reflink,blah\n", "must be a list of reflink", ""),
        ("[cache]\nshared = all\n", "must be one of group", ""),
        ("['remote \"x\"']\nurl = s3://b\nkeyfile = k\n", "no option 'remote.x.keyfile'", ""),
        ("['remote \"x\"']\nurl = foo://b\n", "unknown kind, 'foo://'", "s3"),
        ("['remote \"x\"']\nurl = /a,b\n", "quotes", ""),
    ],
)
def test_a_wrong_option_is_named(text, words, hint):
    with pytest.raises(ConfigProblem) as caught:
        config_schema.check(config.read(text, "config"), "config")
    assert words in caught.value.message
    assert hint in (caught.value.hint or "")


def test_all_options_of_the_reference_are_known():
    import json
    from pathlib import Path

    facts = json.loads((Path(__file__).parents[2] / "conformance" / "config_options.json").read_text())
    for section, options in facts["sections"].items():
        if section in config_schema.SECTIONS and isinstance(options, dict):
            assert set(options) <= set(config_schema.SECTIONS[section])
    for scheme, options in facts["remote_schemes"].items():
        if scheme in config_schema.SCHEMES:
            settings = {("remote", "r"): dict.fromkeys(options, "") | {"url": f"{scheme}://x" if scheme else "/x"}}
            for option in options:
                known = config_schema._known_remote("r", settings["remote", "r"], "config")
                assert known is not None
                assert option in known
