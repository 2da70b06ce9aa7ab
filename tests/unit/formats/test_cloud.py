"""`cloud:` and `files:`: read, kept, and written as DVC writes them."""

import pytest

from dvc import engine
from dvc.exceptions import FormatProblem
from dvc.formats import cloud, dotdvc
from dvc.model.hashes import TreeId
from dvc.model.stage import Content
from dvc.model.versions import Member, Version

FILE = """outs:
- md5: acbd18db4cc2f85cedef654fccc4a4d8
  size: 3
  hash: md5
  path: foo
  cloud:
    v:
      etag: acbd18db4cc2f85cedef654fccc4a4d8
      version_id: 40f6
"""
FOLDER = """outs:
- hash: md5
  path: d
  files:
  - relpath: '1'
    md5: c4ca4238a0b923820dcc509a6f75849b
    size: 1
    cloud:
      v:
        etag: c4ca4238a0b923820dcc509a6f75849b
        version_id: e561
  - relpath: s/2
    md5: c81e728d9d4c2f636f067f89cc14862c
    size: 3
"""
UPDATED = """outs:
- hash: md5
  path: d
  files:
  - relpath: a
    md5: c4ca4238a0b923820dcc509a6f75849b
    size: 1
    version_id: e561
    etag: c4ca4238a0b923820dcc509a6f75849b
"""


def content(text: str) -> Content:
    return dotdvc.read(text, "x.dvc").outs[0].content


@pytest.mark.parametrize("text", [FILE, FOLDER, UPDATED])
def test_what_is_read_is_written_back_byte_for_byte(text: str) -> None:
    stage = dotdvc.read(text, "x.dvc")
    assert dotdvc.write(stage, text) == text


def test_a_folder_that_is_listed_has_the_name_of_its_directory_object() -> None:
    found = content(FOLDER)
    manifest = engine.manifest([("1", "c4ca4238a0b923820dcc509a6f75849b"), ("s/2", "c81e728d9d4c2f636f067f89cc14862c")])
    assert found.oid == TreeId("md5", manifest.hex())
    assert (found.size, found.nfiles) == (4, 2)


def test_versions_are_by_remote_and_one_without_a_remote_counts_for_each() -> None:
    assert cloud.versions(content(FILE)) == {"v": Version("acbd18db4cc2f85cedef654fccc4a4d8", "40f6")}
    first, second = cloud.members(content(FOLDER)) or ()
    assert first.version("v") == Version("c4ca4238a0b923820dcc509a6f75849b", "e561")
    assert first.version("other") is None
    assert second.version("v") is None
    (only,) = cloud.members(content(UPDATED)) or ()
    assert only.version("any") == Version("c4ca4238a0b923820dcc509a6f75849b", "e561")


def test_a_folder_that_changed_keeps_the_versions_of_what_stayed() -> None:
    rows = [Member("1", "c4ca4238a0b923820dcc509a6f75849b", 1), Member("new", "eccbc87e4b5ce2fe28308fd9f2a7baf3", 1)]
    now = cloud.members(cloud.carried(content(FOLDER), rows)) or ()
    assert [(row.path, row.version("v") is not None) for row in now] == [("1", True), ("new", False)]


def test_a_folder_that_was_recorded_by_its_hash_stays_so() -> None:
    old = content("outs:\n- md5: 2f234bd55281165bbcc801d3e5609b69.dir\n  size: 4\n  nfiles: 2\n  hash: md5\n  path: d\n")
    assert not cloud.carried(old, [Member("1", "c4ca4238a0b923820dcc509a6f75849b", 1)]).foreign


@pytest.mark.parametrize("name", ["../x", "/x", "a//b", "a/../b", ".", ""])
def test_a_name_that_leads_out_of_the_folder_is_refused(name: str) -> None:
    with pytest.raises(FormatProblem, match="no path inside of the folder"):
        dotdvc.read(FOLDER.replace("s/2", f"'{name}'"), "d.dvc")


def test_a_name_that_stands_twice_is_refused() -> None:
    with pytest.raises(FormatProblem, match="twice"):
        dotdvc.read(FOLDER.replace("s/2", "'1'"), "d.dvc")


@pytest.mark.parametrize("value", ["[]", "3", "{v: 3}", "{v: {etag: [1]}}"])
def test_what_is_no_map_of_versions_is_refused(value: str) -> None:
    text = FILE.split("  cloud:", maxsplit=1)[0] + f"  cloud: {value}\n"
    with pytest.raises(FormatProblem):
        dotdvc.read(text, "x.dvc")
