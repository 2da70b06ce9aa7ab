"""What `.dvc` files say, and that writing them back loses nothing."""

import subprocess
import sys

import pytest

from dvc.exceptions import FormatProblem
from dvc.formats import dotdvc
from dvc.model.hashes import MD5, MD5_DOS2UNIX, Oid, TreeId
from dvc.model.stage import Content, Out, RepoDep, Stage
from dvc.values import replace

ADDED = """\
outs:
- md5: acbd18db4cc2f85cedef654fccc4a4d8
  size: 3
  hash: md5
  path: foo
"""
IMPORTED = """\
md5: 2f38c8ddefae1c1ae463ff941334c210
frozen: true
deps:
- path: data
  repo:
    url: ../lib
    rev_lock: 0f635e322ed39efffb81bc0850b4affd8f63fd35
outs:
- md5: bba2576f397eeae2d16b94ebed74d250.dir
  size: 7
  nfiles: 3
  hash: md5
  path: imp
"""
NOTED = """\
# head comment
outs:
    - path: foo      # the file
      md5: acbd18db4cc2f85cedef654fccc4a4d8
      size: 3
      hash: md5
      labels: [x, y]
# tail
"""


def changed(stage: Stage, **content) -> Stage:
    out = stage.outs[0]
    return replace(stage, outs=(replace(out, content=replace(out.content, **content)),))


def test_a_tracked_file_is_read():
    stage = dotdvc.read(ADDED, "foo.dvc")
    assert stage.outs == (Out("foo", Content(Oid(MD5, "acbd18db4cc2f85cedef654fccc4a4d8"), size=3)),)
    assert stage.is_data


def test_reading_a_plain_file_imports_no_yaml_parser():
    code = f"import sys; from dvc.formats import dotdvc; dotdvc.read({ADDED!r}, 'foo.dvc'); assert 'yaml' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": ":".join(sys.path)})


@pytest.mark.parametrize(
    "text",
    [
        ADDED,
        ADDED.replace("  size: 3\n", ""),
        ADDED.replace("4a4d8\n  size: 3", "4a4d8.dir\n  size: 0\n  nfiles: 0"),
        ADDED.replace("  hash", "  isexec: true\n  hash"),
        ADDED.replace("foo", "with blanks, (and) more/é☃"),
        ADDED.replace("foo", "'123'"),
        ADDED.replace("foo", "../up/$x"),
        ADDED.replace("acbd18db4cc2f85cedef654fccc4a4d8", "'12345678901234567890123456789012'"),
        IMPORTED,
        ADDED.replace("outs:", "desc: why\nwdir: ..\nfrozen: true\nouts:") + "  desc: d\n  labels:\n  - a\n  cache: false\n  push: false\n",
    ],
)
def test_what_is_read_is_written_back_byte_for_byte(text):
    stage = dotdvc.read(text, "foo.dvc")
    assert dotdvc.write(stage) == text
    assert dotdvc.write(stage, text) == text


def test_the_quick_reader_and_the_parser_agree():
    for text in (ADDED, ADDED.replace("foo", "a b"), ADDED.replace("foo", "./x.y-z")):
        assert dotdvc.read(text, "f") == dotdvc.read("# slow\n" + text, "f")


@pytest.mark.parametrize("path", ["true", "1.5", "null", ".inf", "2020-01-01", "0x1F"])
def test_a_path_that_looks_like_another_type_is_refused_unless_quoted(path):
    with pytest.raises(FormatProblem):
        dotdvc.read(ADDED.replace("path: foo", f"path: {path}"), "foo.dvc")
    assert dotdvc.read(ADDED.replace("path: foo", f"path: '{path}'"), "foo.dvc").outs[0].path == path


def test_an_import_carries_its_checksum():
    stage = dotdvc.read(IMPORTED, "imp.dvc")
    assert isinstance(stage.deps[0], RepoDep)
    assert stage.outs[0].content.oid == TreeId(MD5, "bba2576f397eeae2d16b94ebed74d250")
    assert dotdvc.checksum(stage) == stage.md5
    assert dotdvc.sealed(replace(stage, md5=None)) == stage
    assert dotdvc.checksum(changed(stage, size=1, nfiles=2, isexec=True)) == stage.md5


def test_plain_data_never_has_a_checksum():
    assert dotdvc.write(dotdvc.sealed(dotdvc.read("md5: abcdef\n" + ADDED, "foo.dvc"))) == ADDED


def test_an_edit_keeps_comments_order_and_flow_lists():
    stage = dotdvc.read(NOTED, "foo.dvc")
    new = changed(stage, oid=Oid(MD5, "92e0057157f69e22a364d6b22dd6bbd5"), size=4, isexec=True)
    assert dotdvc.write(new, NOTED) == (
        "# head comment\nouts:\n- path: foo          # the file\n  md5: 92e0057157f69e22a364d6b22dd6bbd5\n"
        "  size: 4\n  hash: md5\n  labels: [x, y]\n  isexec: true\n# tail\n"
    )
    assert dotdvc.write(stage, NOTED) == NOTED


def test_an_old_entry_hashes_text_as_dvc_2_did_until_its_content_changes():
    old = ADDED.replace("  hash: md5\n", "") + "  cache: true\n  persist: false\n"
    stage = dotdvc.read("wdir: .\nlocked: true\n" + old, "foo.dvc")
    assert stage.frozen
    assert stage.outs[0].content.algorithm == MD5_DOS2UNIX
    kept = dotdvc.write(stage, "wdir: .\nlocked: true\n" + old)
    assert kept == ADDED.replace("  hash: md5\n", "") + "frozen: true\n"
    new = changed(stage, oid=Oid(MD5, "92e0057157f69e22a364d6b22dd6bbd5"), algorithm=MD5)
    assert "  path: foo\n  hash: md5\n" in dotdvc.write(new, old)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("cmd: echo\nouts: []\n", 1, "unknown key `cmd`"),
        (ADDED + "  metric: true\n", 6, "unknown key `metric` in `outs[0]`"),
        (ADDED + "  pth: x\n", 6, "unknown key `pth`"),
        ("outs:\n- size: 3\n", 2, "has no `path`"),
        ("outs: 3\n", 1, "must be a list, not a number"),
        ("- outs\n", 1, "must be a map, not a list"),
        ("outs:\n- path: x\n  cache: 1\n", 3, "true or false"),
        ("outs:\n- path: x\n  size: -1\n", 3, "0 or more"),
        ("outs:\n- path: x\n  path: y\n", 3, "'path' is there twice"),
        ("outs:\n- path: x\n  md5: a\n", 3, "is no hash"),
        ("outs:\n- path: x\n  md5: ../../etc\n", 3, "is no hash"),
        ("outs: [\n", 2, "not valid YAML"),
        ("outs:\n<<<<<<< HEAD\n- path: x\n=======\n- path: y\n>>>>>>> other\n", 2, "merge conflict"),
        ("deps:\n- path: a\n  repo: {rev: x}\nouts: []\n", 3, "has no `url`"),
    ],
)
def test_a_problem_names_file_line_and_key(text, line, words):
    with pytest.raises(FormatProblem) as caught:
        dotdvc.read(text, "sub/a.dvc")
    assert caught.value.line == line
    assert words in caught.value.message
    assert "'sub/a.dvc'" in caught.value.message


def test_a_misspelt_key_brings_a_suggestion():
    with pytest.raises(FormatProblem) as caught:
        dotdvc.read(ADDED + "  lables: [a]\n", "a.dvc")
    assert caught.value.hint == "did you mean `labels`?"


def test_what_cloud_versioned_remotes_add_is_kept():
    text = (
        "outs:\n- hash: md5\n  path: d\n  files:\n  - relpath: '1'\n    md5: c4ca4238a0b923820dcc509a6f75849b\n    size: 1\n"
        "    cloud:\n      v:\n        etag: c4ca\n        version_id: e561\n"
    )
    assert dotdvc.write(dotdvc.read(text, "d.dvc"), text) == text


def test_a_name_that_is_no_utf_8_is_refused_rather_than_written_unreadably():
    stage = Stage("x.dvc", outs=(Out("bad\udcffname", Content(Oid(MD5, "92e0057157f69e22a364d6b22dd6bbd5"), size=1)),))
    for old in (None, ADDED):
        with pytest.raises(FormatProblem) as caught:
            dotdvc.write(stage, old)
        assert caught.value.hint == "rename it, and try again"
