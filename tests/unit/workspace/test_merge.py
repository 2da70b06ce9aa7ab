"""Three-way merges of folders, as pure values."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dvc import engine
from dvc.engine.contract import Manifest
from dvc.workspace.merge import merge_folders

NAMES = "a b sub/x sub/y z".split()
FOLDERS = st.dictionaries(st.sampled_from(NAMES), st.sampled_from("123"))


def manifest(files: Mapping[str, str]) -> Manifest:
    return engine.manifest([(path, content * 32) for path, content in files.items()])


@pytest.mark.parametrize(
    ("ours", "theirs", "merged"),
    [
        ({"a": "1", "b": "2", "c": "3"}, {"a": "1", "b": "2", "d": "4"}, {"a": "1", "b": "2", "c": "3", "d": "4"}),
        ({"a": "5", "b": "2"}, {"a": "1", "b": "6"}, {"a": "5", "b": "6"}),
        ({"b": "2"}, {"a": "1"}, {}),
        ({"a": "5", "b": "2"}, {"a": "5", "b": "2"}, {"a": "5", "b": "2"}),
        ({"a/x": "1", "b": "2"}, {"a": "1", "b": "3"}, {"a/x": "1", "b": "3"}),
        ({"a/x": "1", "b": "2"}, {"a": "5", "b": "2"}, ("a", "a/x")),
        ({"a": "5", "b": "2"}, {"a": "6", "b": "2"}, ("a",)),
        ({"a": "1", "b": "2", "c": "3"}, {"a": "1", "b": "2", "c": "4"}, ("c",)),
        ({"b": "2"}, {"a": "5", "b": "2"}, ("a",)),
        ({"b": "2"}, {"b": "2"}, ("a",)),
        ({"a": "1", "b": "2", "s": "3"}, {"a": "1", "b": "2", "s/x": "3"}, ("s", "s/x")),
        ({"a": "1", "b": "2", "s/x/y": "3"}, {"a": "1", "b": "2", "s": "3"}, ("s", "s/x/y")),
    ],
)
def test_disjoint_changes_join_and_others_are_named(ours: dict[str, str], theirs: dict[str, str], merged: Any) -> None:
    found = merge_folders(manifest({"a": "1", "b": "2"}), manifest(ours), manifest(theirs))
    if isinstance(merged, tuple):
        assert found.conflicts == merged
    else:
        assert (found.conflicts, dict(found.manifest)) == ((), dict(manifest(merged)))


@given(FOLDERS, FOLDERS)
def test_the_side_that_changed_nothing_adds_nothing(base: dict[str, str], changed: dict[str, str]) -> None:
    for ours, theirs in ((changed, base), (base, changed)):
        found = merge_folders(manifest(base), manifest(ours), manifest(theirs))
        assert (found.conflicts, found.manifest) == ((), manifest(changed))


@given(FOLDERS, FOLDERS, FOLDERS)
def test_the_sides_may_be_swapped(base: dict[str, str], one: dict[str, str], two: dict[str, str]) -> None:
    here = merge_folders(manifest(base), manifest(one), manifest(two))
    there = merge_folders(manifest(base), manifest(two), manifest(one))
    assert here.conflicts == there.conflicts
    assert here.conflicts or here.manifest == there.manifest
