"""The native engine and its plain twin give the same answers, on trees and manifests that Hypothesis thinks of.

Without the native engine the plain one is compared with itself: the models and invariants are checked all the same.
"""

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dvc.engine import python as plain
from dvc.engine.contract import LINK_TYPES, Engine, Listing, Update
from tests import engines
from tests.engines import Site, rule

FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
MANY = settings(FEW, max_examples=200)
MEBI = 1 << 20


def both() -> tuple[Engine, Engine]:
    try:
        return plain, engines.load("native")
    except pytest.skip.Exception:
        return plain, plain


# --- what trees are made of

letters = st.sampled_from(["a", "b", "B", ".", "-", " ", "\n", "é", "e\u0301", "\ue000", "😀", "\udcff", "\udcc3", "\\", '"', "\x7f", "*"])
parts = st.one_of(st.sampled_from(["a", "b", "a.b", "d", "D"]), st.lists(letters, min_size=1, max_size=4).map("".join)).filter(
    lambda n: n not in (".", "..")
)
paths = st.lists(parts, min_size=1, max_size=3).map("/".join).map(lambda p: os.fsdecode(os.fsencode(p)))
digests = st.sampled_from([c * 32 for c in "0123456789abcdef"])
pairs = st.lists(st.tuples(paths, digests), max_size=12)

borders = st.sampled_from([0, 1, 511, 512, 513, 4095, 4096, 65536, 65537])
small = st.one_of(
    st.binary(max_size=40),
    st.lists(st.sampled_from([b"a", b"\r\n", b"\r", b"\n", b"\0", b"\xff", b"\x1b"]), max_size=60).map(b"".join),
    st.builds(lambda n, end: b"a" * n + end, borders, st.sampled_from([b"", b"\r\n", b"\0", b"\r"])),
)
large = st.builds(
    lambda fill, n, end: fill * n + end,
    st.sampled_from([b"a", b"\0"]),
    st.sampled_from([MEBI - 1, MEBI, MEBI + 1]),
    st.sampled_from([b"", b"\r\n"]),
)
contents = st.one_of(small, small, small, small, small, small, large)
files = st.dictionaries(paths, contents, max_size=6)
links = st.dictionaries(paths, st.one_of(paths, st.just("."), st.just("nothing")), max_size=2)
folders = st.lists(paths, max_size=2)


class Tree:
    """A tree on disk, the same one for both engines."""

    def __init__(self, site: Site, files: dict[str, bytes], links: dict[str, str], folders: list[str]) -> None:
        self.site = site
        # What stands in its own way (a file where another needs a folder) is left out.
        for path, data in files.items():
            with contextlib.suppress(OSError):
                site.write(path, data)
        for path, target in links.items():
            with contextlib.suppress(OSError):
                os.makedirs(os.path.dirname(site.path(path)), exist_ok=True)
                os.symlink(target, site.path(path))
        for path in folders:
            with contextlib.suppress(OSError):
                os.makedirs(site.path(path), exist_ok=True)

    def scan(self, engine: Engine, rules: Any = ()) -> Listing:
        return engine.scan(self.site.root, base="", rules=rules)


@contextlib.contextmanager
def new_site() -> Iterator[Site]:
    folder = tempfile.mkdtemp(prefix="cairn-property-")
    try:
        yield Site(folder)
    finally:
        shutil.rmtree(folder)


trees = st.tuples(files, links, folders)


def shape(listing: Listing, *, whole: bool = True) -> list[Any]:
    """A listing as a plain value; without what differs from one place on disk to another unless `whole`."""
    return [tuple(row) if whole else (row.path, row.kind, row.size, row.mode, row.link, row.digest) for row in listing]


def codes(problems: Any) -> list[tuple[str, str]]:
    return sorted((p.path, p.code) for p in problems)


def disk(root: str) -> dict[str, Any]:
    """Everything below `root`: bytes, link targets, modes."""
    seen: dict[str, Any] = {}
    for parent, inner, names in os.walk(root):
        for name in inner + names:
            path = os.path.join(parent, name)
            key = os.path.relpath(path, root)
            if os.path.islink(path):
                seen[key] = ("link", os.path.basename(os.readlink(path)))
            elif os.path.isdir(path):
                seen[key] = "folder"
            else:
                with open(path, "rb") as file:
                    seen[key] = (file.read(), os.stat(path).st_mode)
    return seen


# --- looking


@FEW
@given(trees)
def test_scan_and_hash_agree(tree):
    one, two = both()
    with new_site() as site:
        made = Tree(site, *tree)
        first, second = made.scan(one), made.scan(two)
        assert shape(first) == shape(second)
        assert codes(first.problems) == codes(second.problems)
        assert (len(first), first.size, first.unknown, first.links()) == (len(second), second.size, second.unknown, dict(second.links()))
        for algorithm in ("md5", "md5-dos2unix"):
            hashed = one.hash(site.root, first, algorithm=algorithm), two.hash(site.root, second, algorithm=algorithm)
            assert shape(hashed[0]) == shape(hashed[1])
            assert hashed[0].manifest().dump() == hashed[1].manifest().dump()
            assert hashed[0].manifest().hex() == hashed[1].manifest().hex()
        for path, data in tree[0].items():
            row = one.hash(site.root, first, algorithm="md5").get(path)
            if row is not None and not os.path.islink(site.path(path)) and site.read(path) == data:
                assert row.digest == hashlib.md5(data).hexdigest()


@FEW
@given(trees, st.lists(paths, max_size=8))
def test_stat_agrees(tree, asked):
    one, two = both()
    with new_site() as site:
        Tree(site, *tree)
        names = [*tree[0], *tree[1], *tree[2], *asked]
        assert shape(one.stat(site.root, names)) == shape(two.stat(site.root, names))


regexes = st.lists(
    st.sampled_from(["a", "b", r"\.", "[^/]*", ".*", "(?:.*/)?", "é", "[a-d]", "/", "[^/]", "(?:a|d)"]), min_size=1, max_size=4
).map("".join)
rules = st.lists(
    st.builds(
        lambda r, b, n, f: rule(r, base=b, negated=n, folders_only=f),
        regexes,
        st.sampled_from(["", "a", "d"]),
        st.booleans(),
        st.booleans(),
    ),
    max_size=4,
)


@FEW
@given(trees, rules)
def test_rules_agree(tree, rules):
    one, two = both()
    with new_site() as site:
        made = Tree(site, *tree)
        first, second = made.scan(one, rules), made.scan(two, rules)
        assert shape(first) == shape(second)
        assert codes(first.problems) == codes(second.problems)


# --- objects


@FEW
@given(trees, st.sampled_from(["md5", "md5-dos2unix"]))
def test_objects_agree(tree, algorithm):
    one, two = both()
    with new_site() as site:
        made = Tree(site, *tree)
        results = []
        for number, engine in enumerate((one, two)):
            cache, remote, aside = (os.path.join(site.folder, f"{name}{number}") for name in ("cache", "remote", "aside"))
            listing = engine.store(site.root, made.scan(engine), cache, algorithm=algorithm)
            names = listing.manifest().digests()
            asked = names | engine.digests(["0" * 32, "1" * 32 + ".dir"])
            assert engine.objects(cache) == names
            assert len(engine.verify(cache, asked, algorithm=algorithm)) == 0
            for name in list(names)[:1]:
                os.chmod(os.path.join(cache, name[:2], name[2:]), 0o644)
            for name in list(names)[1:2]:
                path = os.path.join(cache, name[:2], name[2:])
                os.unlink(path)
                with open(path, "wb") as file:
                    file.write(b"wrong bytes, surely")
            wrong = engine.verify(cache, asked, algorithm=algorithm)
            moved = engine.copy(cache, remote, asked, algorithm=algorithm, verify=True)
            presence = engine.exists(cache, asked, algorithm=algorithm, quarantine=aside)
            removed = engine.remove(remote, asked)
            results.append(
                (
                    shape(listing),
                    list(wrong),
                    (moved.count, moved.size, codes(moved.problems)),
                    (list(presence.missing), list(presence.corrupt), presence.size),
                    (removed.count, removed.size, removed.problems),
                    [disk(folder) if os.path.isdir(folder) else {} for folder in (cache, remote, aside)],
                )
            )
        assert results[0] == results[1]
        assert site.leftovers() == []


# --- the workspace


@FEW
@given(trees, trees, st.permutations(LINK_TYPES), st.booleans())
def test_placing_over_another_tree_agrees(wanted, present, order, executable):
    """One tree is stored and placed over another, then detached, then discarded; at each step both workspaces are the same."""
    one, two = both()
    with new_site() as source:
        made = Tree(source, *wanted)
        results: list[list[Any]] = []
        for engine in (one, two):
            with new_site() as site:
                listing = engine.store(source.root, made.scan(engine), source.cache, algorithm="md5")
                Tree(site, *present)
                over = engine.scan(site.root, base="", rules=[])
                options: dict[str, Any] = {"links": order, "temp": site.temp, "executable": executable}
                careful = engine.place(site.root, listing.manifest(), source.cache, **options)
                steps: list[Any] = [shape(careful.listing, whole=False), dict(careful.links), codes(careful.problems), disk(site.root)]
                placed = engine.place(site.root, listing.manifest(), source.cache, over=over, **options)
                steps += [shape(placed.listing, whole=False), dict(placed.links), codes(placed.problems), disk(site.root)]
                detached = engine.detach(site.root, placed.listing, temp=site.temp)
                steps += [shape(detached.listing, whole=False), dict(detached.links), codes(detached.problems), disk(site.root)]
                gone = engine.discard(site.root, detached.listing)
                steps += [gone.count, gone.size, codes(gone.problems), disk(site.root)]
                assert site.leftovers() == []
                results.append(steps)
        for first, second in zip(*results, strict=True):
            assert first == second


# --- the index


@FEW
@given(trees, st.sampled_from(["", "p", "a"]), st.sampled_from(["", "a", "p"]), st.booleans())
def test_the_index_file_agrees(tree, prefix, other, whole):
    one, two = both()
    with new_site() as site:
        made = Tree(site, *tree)
        for path in tree[0]:
            with contextlib.suppress(OSError):
                os.utime(site.path(path), ns=(1_600_000_000_000_000_001, 1_600_000_000_000_000_001))
        written = []
        for number, engine in enumerate((one, two)):
            path = os.path.join(site.folder, f"index{number}")
            listing = engine.hash(site.root, made.scan(engine), algorithm="md5")
            clock = 1_700_000_000_000_000_000
            engine.load_index(path).save(path, [Update(prefix, listing, clock, "md5", True)])
            engine.load_index(path).save(path, [Update(other, engine.empty_listing(), clock, "md5", whole)])
            with open(path, "rb") as file:
                written.append(file.read())
            for reader in (one, two):
                index = reader.load_index(path)
                assert reader.scan(site.root, base="", rules=[]).known(index, prefix, "md5").unknown == len(listing) - len(index)
        assert written[0] == written[1]


# --- manifests against a dict


def models(drawn: list[tuple[str, str]]) -> tuple[dict[str, str], list[Any]]:
    return dict(drawn), [engine.manifest(drawn) for engine in both()]


def below(path: str, prefix: str) -> bool:
    return not prefix or path == prefix or path.startswith(prefix + "/")


@MANY
@given(pairs, pairs, st.one_of(paths, st.just("")))
def test_a_manifest_is_a_dict(first, second, prefix):
    old, olds = models(first)
    new, news = models(second)
    for engine, one, two in zip(both(), olds, news, strict=True):
        assert list(one) == sorted(old.items())
        assert one.dump() == json.dumps([{"md5": d, "relpath": p} for p, d in sorted(old.items())]).encode()
        assert one.hex() == hashlib.md5(one.dump()).hexdigest()
        assert engine.parse_manifest(one.dump()) == one
        assert engine.parse_manifest(json.dumps([{"relpath": p, "x": 1, "md5": d} for p, d in first], indent=1).encode()) == one
        assert dict(one.merge(two)) == old | new
        assert dict(one.below(prefix)) == {p: d for p, d in old.items() if below(p, prefix)}
        assert dict(one.without(prefix)) == {p: d for p, d in old.items() if not below(p, prefix)}
        assert dict(one.only(list(new))) == {p: d for p, d in old.items() if p in new}
        assert one.has_folder(prefix) == any(p.startswith(prefix + "/") if prefix else True for p in old)
        assert list(one.digests()) == sorted(set(old.values()))
        moved = one.rebase("", prefix)
        assert dict(moved) == {f"{prefix}/{p}" if prefix else p: d for p, d in old.items()}
        assert moved.rebase(prefix, "") == one
        assert moved.paths() == sorted(moved.paths())
        diff = one.diff(two)
        assert dict(diff.added) == {p: d for p, d in new.items() if p not in old}
        assert dict(diff.removed) == {p: d for p, d in old.items() if p not in new}
        assert dict(diff.changed_old) == {p: d for p, d in old.items() if p in new and new[p] != d}
        assert dict(diff.changed_new) == {p: new[p] for p, d in old.items() if p in new and new[p] != d}


json_values = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=3), paths, digests
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["md5", "relpath", "x"]), inner, max_size=3)),
    max_leaves=8,
)


@MANY
@given(
    st.one_of(
        json_values,
        st.lists(
            st.fixed_dictionaries({"md5": st.one_of(digests, json_values), "relpath": st.one_of(paths, st.text(max_size=4))}), max_size=3
        ),
    )
)
def test_both_refuse_the_same_json(value):
    answers: list[list[tuple[str, str]] | None] = []
    for engine in both():
        try:
            answers.append(list(engine.parse_manifest(json.dumps(value).encode())))
        except ValueError:
            answers.append(None)
    assert answers[0] == answers[1]


@MANY
@given(st.binary(max_size=30))
def test_both_refuse_the_same_bytes(data):
    for engine in both():
        with pytest.raises(ValueError):
            engine.parse_manifest(b"[" + data)


@MANY
@given(st.lists(digests), st.lists(digests))
def test_digests_are_sets(first, second):
    one = [d + ".dir" if d < "8" else d for d in first]
    for engine in both():
        left, right = engine.digests(one), engine.digests(second)
        assert list(left) == sorted(set(one))
        assert set(left | right) == set(one) | set(second)
        assert set(left & right) == set(one) & set(second)
        assert set(left - right) == set(one) - set(second)
        assert set(left.trees()) == {d for d in one if d.endswith(".dir")}
        assert left.files() | left.trees() == left
