"""The contract of the engine's values: Digests, Manifest, Listing, Index. Both engines pass."""

import hashlib
import json
import os

import pytest

from dvc.engine.contract import Engine, Update
from dvc.exceptions import EngineProblem
from tests import engines
from tests.engines import Site

A, B, C = "a" * 32, "b" * 32, "c" * 32
SECOND = 1_000_000_000


@pytest.fixture(params=engines.NAMES)
def engine(request: pytest.FixtureRequest) -> Engine:
    return engines.load(request.param)


@pytest.fixture
def site(tmp_path) -> Site:
    return Site(str(tmp_path))


def test_it_says_its_name(engine):
    assert engine.name in engines.NAMES


# --- digests


def test_digests_are_a_sorted_set(engine):
    names = engine.digests([B, A, A + ".dir", A])
    assert list(names) == [A, A + ".dir", B]
    assert len(names) == 3
    assert A in names
    assert C not in names
    assert "a" not in names
    assert names == engine.digests([A, A + ".dir", B])
    assert names != engine.digests([A])


def test_digests_have_the_algebra_of_sets(engine):
    one, two = engine.digests([A, B]), engine.digests([B, C + ".dir"])
    assert list(one | two) == [A, B, C + ".dir"]
    assert list(one & two) == [B]
    assert list(one - two) == [A]
    assert list(one - one) == []


def test_digests_tell_trees_from_files(engine):
    names = engine.digests([A, B + ".dir"])
    assert list(names.trees()) == [B + ".dir"]
    assert list(names.files()) == [A]


@pytest.mark.parametrize("name", ["", "a", "A" * 32, "g" * 32, A + ".DIR", A + "x", "../" + A, A + ".dir.dir"])
def test_what_is_no_objects_name_is_refused(engine, name):
    with pytest.raises(ValueError):
        engine.digests([name])


# --- manifests

ODD_NAMES = [
    "B",
    "a.b",
    "a/b",
    "b.txt",
    "sub/run.sh",
    'é x"\\.txt',
    "new\nline",
    "tab\tq",
    "\x01\x7f",
    "e\u0301",
    "😀",
    "\ue000",
    "\udcff\udcfe",
    " ",
]


def test_a_manifest_dumps_as_the_reference_does(engine):
    pairs = [(name, hashlib.md5(os.fsencode(name)).hexdigest()) for name in ODD_NAMES]
    manifest = engine.manifest(pairs)
    rows = [{"md5": digest, "relpath": path} for path, digest in sorted(pairs)]
    assert manifest.dump() == json.dumps(rows).encode()
    assert manifest.hex() == hashlib.md5(manifest.dump()).hexdigest()
    assert manifest.paths() == sorted(ODD_NAMES)
    assert list(manifest) == sorted(pairs)


def test_a_manifest_parses_what_it_dumps(engine):
    manifest = engine.manifest([(name, A) for name in ODD_NAMES])
    assert engine.parse_manifest(manifest.dump()) == manifest


def test_the_empty_manifest(engine):
    manifest = engine.manifest([])
    assert manifest.dump() == b"[]"
    assert manifest.hex() == "d751713988987e9331980363e24189ce"
    assert engine.parse_manifest(b"[]") == manifest
    assert len(manifest) == 0


def test_a_manifest_reads_what_others_wrote(engine):
    text = '\n [ {"size": 1, "relpath": "b", "md5": "AAA", "x": [{}]},\t{"md5": "BBB", "relpath": "a"},'
    text += '{"md5": "CCC", "relpath": "b", "n": -1.5e3, "t": true, "z": null}]\n'
    text = text.replace("AAA", A.upper()).replace("BBB", B).replace("CCC", C)
    assert list(engine.parse_manifest(text.encode())) == [("a", B), ("b", C)]
    assert list(engine.parse_manifest(f'[{{"md5": "{A.upper()}", "relpath": "\\u00e9\\ud83d\\ude00\\/x"}}]'.encode())) == [("é😀/x", A)]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{}",
        b"null",
        b"[1]",
        b"[[]]",
        b'[{"md5": "' + A.encode() + b'"}]',
        b'[{"relpath": "a"}]',
        b'[{"md5": 1, "relpath": "a"}]',
        b'[{"md5": "' + A.encode() + b'", "relpath": 1}]',
        b'[{"md5": "' + A.encode() + b'", "relpath": "a"}',
        b'[{"md5": "' + A.encode() + b'", "relpath": "a"}] x',
        b'[{"md5": "xyz", "relpath": "a"}]',
        b'[{"md5": "' + A.encode() + b'.dir", "relpath": "a"}]',
        b'[{"etag": "' + A.encode() + b'", "relpath": "a"}]',
        b"\xff[]",
        b"[" * 100_000,
    ],
)
def test_a_broken_manifest_is_refused(engine, text):
    with pytest.raises(ValueError):
        engine.parse_manifest(text)


HOSTILE = ["", "/", "/etc/passwd", "..", "../x", "a/../b", "a/..", ".", "./a", "a/./b", "a//b", "a/", "a\0b", "\ud800"]


@pytest.mark.parametrize("path", HOSTILE)
def test_a_hostile_path_is_refused(engine, path):
    with pytest.raises(ValueError):
        engine.manifest([(path, A)])
    with pytest.raises(ValueError):
        engine.parse_manifest(json.dumps([{"md5": A, "relpath": path}]).encode())


@pytest.mark.parametrize("path", ["...", "..a", "a..", ".dvc", "a\\b", "C:", "-", "~"])
def test_a_merely_odd_path_is_not(engine, path):
    assert engine.manifest([(path, A)]).paths() == [path]


@pytest.mark.parametrize("digest", ["", "abc", "A" * 32, A + ".dir"])
def test_a_manifest_wants_digests(engine, digest):
    with pytest.raises(ValueError):
        engine.manifest([("a", digest)])


def test_of_two_pairs_with_one_path_the_later_wins(engine):
    assert list(engine.manifest([("a", A), ("a", B)])) == [("a", B)]


def test_looking_into_a_manifest(engine):
    manifest = engine.manifest([("d", A), ("d.x", A), ("d/a", B), ("d/e/f", C), ("dd/x", A)])
    assert manifest.get("d/a") == B
    assert manifest.get("d/e") is None
    assert manifest.get("..") is None
    assert manifest.below("d").paths() == ["d", "d/a", "d/e/f"]
    assert manifest.below("d/e").paths() == ["d/e/f"]
    assert manifest.below("") == manifest
    assert manifest.below("nothing").paths() == []
    assert manifest.without("d").paths() == ["d.x", "dd/x"]
    assert manifest.without("").paths() == []
    assert manifest.only(["dd/x", "d/a", "no", "d/a"]).paths() == ["d/a", "dd/x"]
    assert manifest.has_folder("d")
    assert manifest.has_folder("d/e")
    assert not manifest.has_folder("d/a")
    assert not manifest.has_folder("d.")
    assert list(manifest.digests()) == [A, B, C]


def test_merging_and_rebasing_manifests(engine):
    one, two = engine.manifest([("a", A), ("b", A)]), engine.manifest([("b", B), ("c", C)])
    assert list(one.merge(two)) == [("a", A), ("b", B), ("c", C)]
    assert two.rebase("", "x/y").paths() == ["x/y/b", "x/y/c"]
    assert two.rebase("", "x/y").rebase("x/y", "") == two
    assert two.rebase("", "x/y").rebase("x", "z").paths() == ["z/y/b", "z/y/c"]
    with pytest.raises(ValueError):
        two.rebase("a", "")


def test_rebasing_keeps_the_order_of_paths(engine):
    manifest = engine.manifest([("a.b", A), ("a/b", B), ("é", C)])
    moved = manifest.rebase("", "z")
    assert moved.paths() == sorted(moved.paths())
    assert moved.get("z/a/b") == B


def test_the_difference_of_manifests(engine):
    old, new = engine.manifest([("same", A), ("gone", B), ("other", A)]), engine.manifest([("same", A), ("new", C), ("other", B)])
    diff = old.diff(new)
    assert list(diff.added) == [("new", C)]
    assert list(diff.removed) == [("gone", B)]
    assert list(diff.changed_old) == [("other", A)]
    assert list(diff.changed_new) == [("other", B)]
    assert [len(part) for part in old.diff(old)] == [0, 0, 0, 0]


# --- the index


def age(path: str, mtime: int = 1_600_000_000 * SECOND + 5) -> None:
    os.utime(path, ns=(mtime, mtime))


def recorded(engine: Engine, site: Site, mtimes: dict[str, int], clock: int, whole: bool = True):
    """An index saved from files of these mtimes."""
    for name, mtime in mtimes.items():
        age(site.write(name, name), mtime)
    listing = engine.hash(site.root, engine.scan(site.root, base="", rules=[]), algorithm="md5")
    path = os.path.join(site.folder, "state", "index")
    engine.load_index(path).save(path, [Update("", listing, clock, "md5", whole)])
    return engine.load_index(path)


def test_the_index_remembers(engine, site):
    path = os.path.join(site.folder, "deep", "index")
    age(site.write("d/a", "one"))
    age(site.write("odd \udcff\n", "two"))
    listing = engine.hash(site.root, engine.scan(site.root, base="p", rules=[]), algorithm="md5")
    index = engine.load_index(path)
    assert len(index) == 0
    index.save(path, [Update("p", listing, engine.clock(site.root), "md5", True)])
    index = engine.load_index(path)
    assert len(index) == 2
    row = listing.get("d/a")
    assert row is not None
    assert index.get("p/d/a") == (3, row.mtime, row.inode, "md5", row.digest)
    assert index.get("p/odd \udcff\n") is not None
    assert index.get("d/a") is None
    fresh = engine.scan(site.root, base="p", rules=[])
    assert fresh.unknown == 2
    assert fresh.known(index, "p", "md5") == listing
    assert fresh.known(index, "p", "md5-dos2unix").unknown == 2
    assert fresh.known(index, "", "md5").unknown == 2


def test_what_changed_is_not_known(engine, site):
    index = recorded(engine, site, {"size": SECOND + 1, "mtime": SECOND + 1, "inode": SECOND + 1, "same": SECOND + 1}, 10 * SECOND)
    age(site.write("size", "longer"), SECOND + 1)
    age(site.path("mtime"), SECOND + 2)
    age(site.write("other", "inode"), SECOND + 1)
    os.rename(site.path("other"), site.path("inode"))
    known = engine.scan(site.root, base="", rules=[]).known(index, "", "md5")
    assert known.manifest().paths() == ["same"]


@pytest.mark.parametrize(
    ("mtime", "clock", "kept"),
    [
        (10 * SECOND + 1, 10 * SECOND + 20_000_001, False),
        (10 * SECOND + 1, 10 * SECOND + 20_000_002, True),
        (10 * SECOND + 1, 9 * SECOND, False),
        (10 * SECOND, 12 * SECOND, False),
        (10 * SECOND, 12 * SECOND + 1, True),
        (10 * SECOND + 1, 0, False),
        (-5 * SECOND, 0, False),
    ],
)
def test_a_file_that_may_change_without_a_trace_is_not_recorded(engine, site, mtime, clock, kept):
    assert len(recorded(engine, site, {"f": mtime}, clock)) == int(kept)


def test_a_racy_row_takes_the_old_record_away(engine, site):
    path = os.path.join(site.folder, "state", "index")
    recorded(engine, site, {"f": SECOND + 1}, 10 * SECOND)
    assert len(recorded(engine, site, {"f": SECOND + 1}, SECOND, whole=False)) == 0
    assert len(engine.load_index(path)) == 0


def test_updates_replace_add_and_drop(engine, site):
    path = os.path.join(site.folder, "index")
    for name in ("a/x", "a/y", "a.b", "ab/z", "c"):
        age(site.write(name, name))
    clock = engine.clock(site.root)

    def listing(names):
        return engine.hash(site.root, engine.stat(site.root, names), algorithm="md5")

    engine.load_index(path).save(path, [Update("", listing(["a/x", "a/y", "a.b", "ab/z", "c"]), clock, "md5", True)])
    engine.load_index(path).save(
        path, [Update("a", engine.empty_listing(), clock, "md5", True), Update("", listing(["c"]), clock, "md5", False)]
    )
    index = engine.load_index(path)
    assert [name for name in ("a/x", "a/y", "a.b", "ab/z", "c") if index.get(name)] == ["a.b", "ab/z", "c"]
    index.save(path, [Update("c", engine.empty_listing(), clock, "md5", True)])
    assert engine.load_index(path).get("c") is None
    index.save(path, [Update("", engine.empty_listing(), clock, "md5", True)])
    assert len(engine.load_index(path)) == 0


def test_rows_without_a_digest_are_not_recorded(engine, site):
    path = os.path.join(site.folder, "index")
    age(site.write("f", "1"))
    engine.load_index(path).save(path, [Update("", engine.scan(site.root, base="", rules=[]), engine.clock(site.root), "md5", True)])
    assert len(engine.load_index(path)) == 0


def test_a_damaged_index_is_an_empty_one(engine, site):
    index = recorded(engine, site, {"a": SECOND + 1, "b": SECOND + 1}, 10 * SECOND)
    path = os.path.join(site.folder, "state", "index")
    with open(path, "rb") as file:
        good = file.read()
    assert len(index) == 2
    broken = [good[:n] for n in (0, 1, 8, 39, 40, len(good) - 1)] + [good + b"x", b"x" * len(good), b"CAIRNIDX" + b"\xff" * 200]
    broken += [good[:n] + bytes([good[n] ^ 1]) + good[n + 1 :] for n in range(0, len(good), 3)]
    for data in broken:
        with open(path, "wb") as file:
            file.write(data)
        assert len(engine.load_index(path)) == 0
    os.unlink(path)
    os.mkdir(path)
    assert len(engine.load_index(path)) == 0


def test_an_index_that_cannot_be_written_is_an_error(engine, site):
    blocked = os.path.join(site.write("file", "x"), "index")
    with pytest.raises(EngineProblem):
        engine.load_index(blocked).save(blocked, [])


def test_a_loaded_index_outlives_its_file(engine, site):
    index = recorded(engine, site, {"a": SECOND + 1}, 10 * SECOND)
    os.unlink(os.path.join(site.folder, "state", "index"))
    assert index.get("a") is not None


def test_one_engine_reads_the_other_ones_index(site):
    one, two = engines.load("native"), engines.load("python")
    for write, read in ((one, two), (two, one)):
        index = recorded(write, site, {"a": SECOND + 1, "é/\udcff \n": SECOND + 1, "😀": SECOND + 1, "\ue000": SECOND + 1}, 10 * SECOND)
        other = read.load_index(os.path.join(site.folder, "state", "index"))
        assert len(other) == 4
        for name in ("a", "é/\udcff \n", "😀", "\ue000"):
            assert other.get(name) == index.get(name) is not None
