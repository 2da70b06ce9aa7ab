"""`.dvcignore`: what is ignored, and which line says so."""

import pytest

from dvc import ignore


def ignored(text: str, path: str, is_folder: bool = False, base: str = "") -> bool:
    rule = ignore.matches(ignore.parse(text, base), path, is_folder)
    return rule is not None and not rule.negated


@pytest.mark.parametrize(
    ("pattern", "hits", "misses"),
    [
        ("*.tmp", ["a.tmp", "x/y.tmp", "x.tmp/in"], ["a.tmpx"]),
        ("/top", ["top", "top/a"], ["x/top"]),
        ("a/b", ["a/b", "a/b/c"], ["x/a/b"]),
        ("**/b", ["b", "x/y/b"], ["bc"]),
        ("a/**/b", ["a/b", "a/x/y/b"], ["b"]),
        ("a/**", ["a/x", "a/x/y"], ["b/a/x", "a"]),
        ("d?t", ["dat"], ["dt", "d/t"]),
        ("[a-c]x", ["ax", "cx"], ["dx"]),
        ("[!a-c]x", ["dx"], ["ax"]),
        ("[[:digit:]]", ["1"], ["a"]),
        ("\\#x", ["#x"], ["x"]),
        ("\\!x", ["!x"], ["x"]),
        ("  sp  ", ["sp"], [" sp"]),
        ("#x", [], ["#x", "x"]),
        ("[", [], ["["]),
    ],
)
def test_patterns(pattern, hits, misses):
    assert [path for path in hits if not ignored(pattern, path)] == []
    assert [path for path in misses if ignored(pattern, path)] == []


def test_a_slash_at_the_end_means_folders():
    assert ignored("logs/", "logs", is_folder=True)
    assert ignored("logs/", "x/logs/a")
    assert not ignored("logs/", "logs")


def test_the_last_match_decides_and_nothing_returns_below_an_ignored_folder():
    assert not ignored("*.log\n!keep.log", "keep.log")
    assert ignored("!keep.log\n*.log", "keep.log")
    assert ignored("dir/\n!dir/keep", "dir/keep")
    assert ignored("dir/**\n!dir/keep", "dir/keep")


def test_rules_count_from_their_own_folder():
    assert ignored("/x", "sub/x", base="sub")
    assert not ignored("/x", "x", base="sub")


def test_the_deciding_rule_knows_where_it_stands():
    rule = ignore.matches(ignore.parse("# c\n\n*.o\n", "sub"), "sub/a.o", False)
    assert rule is not None
    assert (rule.file, rule.line, rule.pattern) == ("sub/.dvcignore", 3, "*.o")


def test_built_in_rules():
    for path in (".git", ".hg", ".dvc", "sub/.git"):
        assert ignore.matches(ignore.BUILT_IN, path, True) is not None
    assert ignore.matches(ignore.BUILT_IN, ".dvcignore", False) is None


def test_what_is_let_in_brings_all_below_along() -> None:
    for text in ("*.bak\ntmp\n!tmp", "*.bak\ntmp\n!tmp/", "*.bak\ntmp\n!/tmp/"):
        assert not ignored(text, "tmp/a.bak")
        assert not ignored(text, "tmp/deep/a.bak")
        assert ignored(text, "a.bak")
    assert ignored("tmp\n!tmp/a", "tmp/a")
    assert ignored("!tmp\n*.bak", "tmp/a.bak")
