"""dvc.lock entries: read, replaced, removed; run-cache keys from them."""

import pytest

from dvc.exceptions import FormatProblem
from dvc.formats import lock, run
from dvc.values import replace

TEXT = """\
schema: '2.0'
stages:
  p:
    cmd: cp foo po
    deps:
    - path: foo
      hash: md5
      md5: 92e0057157f69e22a364d6b22dd6bbd5
      size: 4
      isexec: true
    params:
      params.yaml:
        big: 1e-05
        d:
          z: 1
          a:
            y: 2.0
        nul:
        s: '01'
      p2.json:
        a: 1
    outs:
    - path: dd
      hash: md5
      md5: 71cef54cc30a058b18115947d09c62df.dir
      size: 2
      nfiles: 1
"""
RUN = """\
cmd: echo "a b" > pv
deps:
- path: foo
  hash: md5
  md5: 92e0057157f69e22a364d6b22dd6bbd5
  size: 4
  isexec: true
outs:
- path: pv
  hash: md5
  md5: 7557d2f3a6ad1a3a8ebd23a94ab0c642
  size: 4
"""


def test_an_entry_is_written_as_it_was_read():
    entry = lock.read(TEXT, "dvc.lock").stages["p"]
    assert lock.put_entry(None, "p", entry) == TEXT
    assert lock.put_entry(TEXT, "p", entry) == TEXT


def test_a_new_entry_goes_to_the_end_and_an_old_one_keeps_its_place():
    entry = lock.read(TEXT, "dvc.lock").stages["p"]
    both = lock.put_entry(TEXT, "a", entry)
    assert list(lock.read(both, "dvc.lock").stages) == ["p", "a"]
    assert lock.read(lock.put_entry(both, "p", replace(entry, cmd="x")), "dvc.lock").stages["p"].cmd == "x"


def test_replacing_an_entry_drops_comments_inside_and_keeps_those_outside():
    text = TEXT.replace("    deps:", "    deps:  # inside").replace("stages:", "# outside\nstages:")
    entry = lock.read(text, "dvc.lock").stages["p"]
    new = lock.put_entry(text, "p", replace(entry, cmd="x"))
    assert "# outside" in new
    assert "# inside" not in new
    assert lock.put_entry(text, "p", entry) == text


def test_an_entry_put_into_our_own_layout_equals_one_put_by_way_of_the_parser():
    long = "echo " + "word " * 30 + "end"
    entry = replace(lock.read(TEXT, "dvc.lock").stages["p"], cmd=long)
    for text in (TEXT, lock.put_entry(TEXT, "q", entry)):
        assert lock.put_entry(text, "q", entry) == lock.put_entry("# head\n" + text, "q", entry).removeprefix("# head\n")
        assert lock.read(lock.put_entry(text, "q", entry), "dvc.lock").stages["q"].cmd == long


def test_removing_the_last_entry_leaves_nothing():
    entry = lock.read(TEXT, "dvc.lock").stages["p"]
    assert lock.remove_entry(lock.put_entry(TEXT, "q", entry), "q") == TEXT
    assert lock.remove_entry(TEXT, "unknown") == TEXT
    assert lock.remove_entry(TEXT, "p") is None


def test_datasets_outlive_the_stages():
    text = "schema: '2.0'\ndatasets:\n- name: d\n  url: ../lib\n  type: dvc\nstages:\n  p:\n    cmd: x\n"
    assert lock.remove_entry(text, "p") == text.replace("stages:\n  p:\n    cmd: x\n", "stages: {}\n")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("p:\n  cmd: x\n", 1, "schema 1.0"),
        ("schema: '3.0'\nstages: {}\n", 1, "'3.0' is not supported"),
        ("schema: '2.0'\nstages:\n  p:\n    cmd: x\n    foo: 1\n", 5, "unknown key `foo` in `stages.p`"),
        ("schema: '2.0'\nstages:\n  p:\n    cmd: 1\n", 4, "`stages.p.cmd` must be text"),
        ("schema: '2.0'\nstages:\n  p:\n    outs: [x]\n", 4, "must be a map"),
    ],
)
def test_a_broken_lock_names_the_line(text, line, words):
    with pytest.raises(FormatProblem) as caught:
        lock.read(text, "dvc.lock")
    assert caught.value.line == line
    assert words in caught.value.message


def test_run_cache_keys_are_those_of_dvc():
    entry = run.read(RUN, "entry")
    assert run.write(entry) == RUN
    assert run.keys(entry) == (
        "c081181904464b786d3637a324550c3f703bf4a69f15825d9cbd2d56ed0568a8",
        "bc3b9171df4a21c667a54a04fc94301bef60d53ab3ad4a339b6525648b0bea9f",
    )
    assert run.path("abcd", "ef") == "runs/ab/abcd/ef"


def test_a_damaged_run_cache_entry_is_a_format_problem():
    for text in ("", "- x\n", "cmd: [\n", "outs:\n- md5: abc\n"):
        with pytest.raises(FormatProblem):
            run.read(text, "entry")
