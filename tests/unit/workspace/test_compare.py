"""What counts as added, deleted, modified, renamed, unknown and unchanged."""

from dvc import engine
from dvc.model.hashes import Oid, TreeId
from dvc.workspace.compare import Node, Rename, compare

A, B, C = ("a" * 32, "b" * 32, "c" * 32)


def file(digest: str) -> Node:
    return Node(Oid("md5", digest))


def folder(known: bool = True, **files: str) -> Node:
    manifest = engine.manifest([(name.replace("__", "/"), digest) for name, digest in files.items()])
    return Node(TreeId("md5", manifest.hex()), manifest if known else None, folder=True)


def test_rows_of_plain_files() -> None:
    found = compare({"same": file(A), "gone": file(B), "new": file(C)}, {"same": file(A), "new": file(A)}, granular=False, unchanged=True)
    assert [row.path for row in found.deleted] == ["gone"]
    assert [row.path for row in found.modified] == ["new"]
    assert [row.path for row in found.unchanged] == ["same"]


def test_a_folder_is_one_row_unless_granular() -> None:
    old, new = {"d": folder(x=A, y=B)}, {"d": folder(x=A, z=C)}
    assert [row.path for row in compare(old, new, granular=False).modified] == ["d/"]
    found = compare(old, new, granular=True, unchanged=True)
    assert [row.path for row in found.added] == ["d/z"]
    assert [row.path for row in found.deleted] == ["d/y"]
    assert [row.path for row in found.modified] == ["d/"]
    assert [row.path for row in found.unchanged] == ["d/x"]


def test_equal_content_at_a_new_path_is_a_rename_for_files_and_folders() -> None:
    found = compare({"a": file(A), "d": folder(x=B)}, {"b": file(A), "e": folder(x=B)}, granular=True)
    assert not found.added
    assert not found.deleted
    assert [(each.old, each.new) for each in found.renamed] == [("a", "b"), ("d/", "e/"), ("d/x", "e/x")]


def test_one_deleted_file_is_the_origin_of_one_new_file() -> None:
    found = compare({"a": file(A)}, {"b": file(A), "c": file(A)}, granular=False)
    assert found.renamed == (Rename("a", "b", A),)
    assert [row.path for row in found.added] == ["c"]


def test_members_are_unknown_where_a_list_of_files_is_missing() -> None:
    found = compare({"d": folder(known=False, x=A)}, {"d": folder(x=A, y=B)}, granular=True)
    assert [row.path for row in found.unknown] == ["d/x", "d/y"]


def test_a_file_that_became_a_folder_is_spelled_by_the_side_that_is_asked_for() -> None:
    old, new = {"p": file(A)}, {"p": folder(x=B)}
    assert [row.path for row in compare(old, new, granular=True).modified] == ["p/"]
    assert [row.path for row in compare(old, new, granular=True, spell_old=True).modified] == ["p"]


def test_targets_keep_what_is_at_or_below_them() -> None:
    new = {"d": folder(x=A, s__y=B), "dd": file(C)}
    assert [row.path for row in compare({}, new, granular=True, targets=["d"]).added] == ["d/", "d/s/y", "d/x"]
    assert [row.path for row in compare({}, new, granular=True, targets=["d/s"]).added] == ["d/s/y"]


def test_what_came_to_a_target_from_elsewhere_is_added() -> None:
    found = compare({"old": file(A)}, {"new": file(A)}, granular=True, targets=["new"])
    assert [row.path for row in found.added] == ["new"]
    assert not found.renamed


def test_members_of_an_unchanged_folder_are_unknown_without_its_list_of_files() -> None:
    found = compare({"d": folder(known=False, x=A)}, {"d": folder(x=A)}, granular=True, unchanged=True)
    assert [row.path for row in found.unchanged] == ["d/"]
    assert [row.path for row in found.unknown] == ["d/x"]
