"""Our readers and writers against the libraries that DVC uses, on random values and text."""

import io
import subprocess
import warnings
from pathlib import Path

from configobj import ConfigObj
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pathspec.patterns.gitwildmatch import GitWildMatchPattern
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from dvc import ignore
from dvc.exceptions import ConfigProblem, FormatProblem
from dvc.formats import blocks, config, dotdvc, yaml, yamledit
from dvc.model.hashes import MD5, Oid, TreeId
from dvc.model.stage import Content, Out, Stage

# Characters that decide how a scalar is written; line breaks other than LF are ruamel.yaml's to lose.
ODD = st.text(st.sampled_from("aab c:#-?'\"\\ \n\t,[]{}&*!|>%@`~=<.0123e_+xé☃😀\x01\x7f\ufeff"), max_size=120)
WORDS = st.lists(st.sampled_from(["a", "word", "it's", "x:", "#", "12", "'q'", "", '"z"']), max_size=40).map(" ".join)
TYPED = st.text(st.sampled_from("0123456789.e-+_xobT: "), max_size=8)
SCALARS = st.one_of(ODD, WORDS, TYPED, st.none(), st.booleans(), st.integers(), st.floats())
VALUES = st.recursive(SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(ODD, inner, max_size=4)), max_leaves=12)
MAPS = st.dictionaries(ODD, VALUES, min_size=1, max_size=4)


def by_library(value: object) -> str:
    stream = io.StringIO()
    YAML().dump(value, stream)
    return stream.getvalue()


def plain(value: object) -> str:
    """A text to compare by: tells 1, 1.0 and true apart, and takes NaN for NaN."""
    return repr(value)


@given(MAPS)
def test_what_is_written_reads_back(value):
    assert plain(yaml.load(yaml.dump(value), "f")) == plain(value)


@given(MAPS)
def test_the_bytes_are_those_of_the_library_wherever_it_loses_nothing(value):
    theirs = by_library(value)
    try:
        lossless = plain(YAML(typ="safe", pure=True).load(theirs)) == plain(value)
        lossless = lossless and plain(yaml.load(theirs, "f")) == plain(value)
    except (YAMLError, FormatProblem):
        lossless = False
    if lossless:
        assert yaml.dump(value) == theirs


@given(MAPS, st.sampled_from(["# top\n", "", "\n\n"]), st.sampled_from(["\n# end\n", ""]))
def test_an_unchanged_value_leaves_the_text_byte_identical(value, head, tail):
    text = head + yaml.dump(value) + tail
    assert yamledit.edit(text, value, "f") == text


@given(st.dictionaries(st.sampled_from("abcde"), VALUES, min_size=1), st.dictionaries(st.sampled_from("abcde"), VALUES, min_size=1))
def test_an_edit_says_the_new_value_and_keeps_the_order_of_old_keys(old, new):
    text = yamledit.edit(yaml.dump(old), new, "f")
    read = yaml.load(text, "f")
    assert isinstance(read, dict)
    assert {key: plain(item) for key, item in read.items()}.keys() == new.keys()
    assert list(read)[: len(old.keys() & new.keys())] == [key for key in old if key in new]


PIECES = "a key b:|b: |- |  |    |\n|\n|\n  |'x'|1|true|#| #|x y|{}|[]|~|-|--|...|---|:|?|\"q\"|>|&a|*a|!|path: x|outs:\n|- md5: abc\n|1.5|<<|=|%"


@given(st.lists(st.sampled_from(PIECES.split("|")), min_size=1, max_size=14).map("".join))
@settings(max_examples=1000)
def test_the_quick_reader_is_right_where_it_answers(text):
    value = blocks.load(text + "\n")
    if value is not blocks.UNKNOWN:
        assert plain(value) == plain(yaml._construct(text + "\n", "f", None))


@given(MAPS)
def test_the_quick_reader_is_right_on_what_we_write(value):
    text = yaml.dump(value)
    read = blocks.load(text)
    if read is not blocks.UNKNOWN:
        assert plain(read) == plain(value)


PATHS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=100)
HEX = st.text("0123456789abcdef", min_size=32, max_size=32)


@given(PATHS, HEX, st.booleans(), st.none() | st.integers(0), st.none() | st.integers(0), st.booleans())
@example("x", "12345678901234567890123456789e12", False, 1, None, False)
@example("true", "00000000000000000000000000000000", False, 1, None, False)
def test_a_dvc_file_reads_back(path, digest, folder, size, nfiles, isexec):
    oid = TreeId(MD5, digest) if folder else Oid(MD5, digest)
    stage = Stage("x.dvc", outs=(Out(path, Content(oid, size, nfiles, isexec)),))
    text = dotdvc.write(stage)
    assert dotdvc.read(text, "x.dvc") == stage
    assert dotdvc.read("# by the parser\n" + text, "x.dvc") == stage
    assert dotdvc.write(stage, text) == text


@given(st.text(st.sampled_from("ab:-[]{}#'\"\n &*!|>%@`~=<.0é"), max_size=60))
def test_no_text_breaks_the_readers(text):
    for read in (yaml.load, dotdvc.read):
        try:
            read(text, "f")
        except FormatProblem as problem:
            assert "f" in problem.message  # noqa: PT017 - no text must raise anything else


VALUE = st.text(st.sampled_from("ab,#'\" =[]%$\\é"), max_size=8)


def by_configobj(text: str) -> object:
    try:
        parsed = ConfigObj(text.split("\n"), interpolation=False)
    except Exception:  # noqa: BLE001 - any failure is a refusal
        return None
    return {section: dict(options) for section, options in parsed.items()}


@given(VALUE)
def test_a_configuration_value_is_read_as_configobj_reads_it(value):
    text = f"[s]\n    k = {value}"
    try:
        ours = config.read(text, "config")
    except ConfigProblem:
        return  # we refuse quotes that do not match; configobj guesses
    assert ours == by_configobj(text)


@given(VALUE | st.lists(VALUE, max_size=3))
def test_a_configuration_value_is_written_as_configobj_writes_it(value):
    parsed = ConfigObj(interpolation=False, indent_type="    ")
    parsed["s"] = {"k": value}
    try:
        theirs = "\n".join(parsed.write()) + "\n"
    except Exception:  # noqa: BLE001 - it has no way to write the value
        return
    if by_configobj(theirs) == {"s": {"k": value}}:
        assert config.write({"s": {"k": value}}) == theirs


NAMES = ["a", "b", "ab", "a.b", "a/b", "a/a/b", "a/b/a", "b/a", "c d", "#", "!a", "*", "a/c d/b", "bb/a", "b/b/b"]
PATTERN = st.lists(
    st.sampled_from(["a", "b", "*", "**", "?", "/", "[ab]", "\\*", "a*", "*.b", ".", "#", "c d", "[a-c]", "**/", "/**", "\\a"]),
    min_size=1,
    max_size=5,
).map("".join)


@given(PATTERN, st.sampled_from(NAMES), st.booleans())
@settings(max_examples=400)
def test_a_pattern_matches_what_pathspec_matches(pattern, path, is_folder):
    if "***" in pattern or "//" in pattern or pattern.count("**") > 1 or pattern.startswith("!"):
        return  # nobody's documentation says what three stars, two slashes or a row of `**` mean
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            theirs = GitWildMatchPattern(pattern)
        except ValueError:
            return
    expected = bool(theirs.include and theirs.match_file(path + "/" if is_folder else path))
    assert (ignore.matches(ignore.parse(pattern, ""), path, is_folder) is not None) == expected


def test_git_ignores_the_same(tmp_path: Path):
    texts = ["*.b\n!a.b", "a/\n!a/b", "/a\n\\#\n", "a/*\n!a/b\n", "**/b\n", "a/**/b\n!b\n", "[ab]\n", "c d\n!*/c d\n", "\\!a\n"]
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    for text in texts:
        (tmp_path / ".gitignore").write_text(text)
        asked = subprocess.run(
            ["git", "check-ignore", "--no-index", "-z", "--stdin"],
            input="\0".join(NAMES),
            capture_output=True,
            text=True,
            cwd=tmp_path,
            check=False,
        )
        rules = ignore.parse(text, "")
        ours = {name for name in NAMES if (rule := ignore.matches(rules, name, False)) is not None and not rule.negated}
        assert ours == set(asked.stdout.split("\0")) - {""}, text
