"""The contract of objects: store, put, read, exists, verify, objects, copy, remove, sweep, sync. Both engines pass."""

import hashlib
import os
import stat
from pathlib import Path

import pytest

from dvc.engine.contract import Engine
from dvc.exceptions import EngineProblem
from tests import engines
from tests.engines import Site

A, B, C = "a" * 32, "b" * 32, "c" * 32


@pytest.fixture(params=engines.NAMES)
def engine(request: pytest.FixtureRequest) -> Engine:
    return engines.load(request.param)


@pytest.fixture
def site(tmp_path) -> Site:
    return Site(str(tmp_path))


@pytest.fixture
def umask():
    old = os.umask(0o027)
    yield 0o027
    os.umask(old)


def md5(data: bytes) -> str:
    return hashlib.md5(data).hexdigest()


def mode(path: str) -> int:
    return stat.S_IMODE(os.stat(path).st_mode)


def scan(engine: Engine, site: Site):
    return engine.scan(site.root, base="", rules=[])


def store(engine: Engine, site: Site, listing=None, **options):
    return engine.store(site.root, scan(engine, site) if listing is None else listing, site.cache, **{"algorithm": "md5", **options})


# --- store


def test_store_puts_every_file_into_the_cache(engine, site):
    contents = {"a": b"one", "b/c": b"two", "dup": b"one", "empty": b"", "big": os.urandom(3 << 20)}
    for name, data in contents.items():
        site.write(name, data)
    os.symlink("a", site.path("link"))
    listing = store(engine, site)
    assert dict(listing.manifest()) == {name: md5(data) for name, data in contents.items()} | {"link": md5(b"one")}
    assert list(engine.objects(site.cache)) == sorted({md5(data) for data in contents.values()})
    for data in contents.values():
        assert engine.read(site.cache, md5(data)) == data
        assert mode(site.object(md5(data))) == 0o444
    assert site.leftovers() == []
    assert {name: site.read(name) for name in contents} == contents
    assert os.stat(site.path("a")).st_nlink == 1


def test_store_of_many_files_and_many_alike(engine, site):
    for n in range(400):
        site.write(f"d{n % 3}/{n}", b"%d" % (n % 150))
    listing = store(engine, site, jobs=2)
    assert dict(listing.manifest()) == {f"d{n % 3}/{n}": md5(b"%d" % (n % 150)) for n in range(400)}
    names = sorted({md5(b"%d" % n) for n in range(150)})
    assert list(engine.objects(site.cache)) == names
    assert list(engine.verify(site.cache, engine.digests(names), algorithm="md5")) == []
    assert site.leftovers() == []


def test_store_of_an_empty_listing_makes_the_folder_usable(engine, site):
    assert len(store(engine, site)) == 0
    assert len(engine.objects(site.cache)) == 0


def test_objects_are_0444_and_folders_follow_the_umask(engine, site, umask):
    site.write("a", "one")
    store(engine, site)
    assert mode(site.object(md5(b"one"))) == 0o444
    assert mode(os.path.dirname(site.object(md5(b"one")))) == 0o750


def test_folders_of_a_shared_cache_keep_their_mode(engine, site, umask):
    site.write("a", "one")
    store(engine, site, dir_mode=0o2775)
    assert mode(os.path.dirname(site.object(md5(b"one")))) == 0o2775
    assert engine.put(site.cache, b"x", dir_mode=0o2775) == md5(b"x")
    assert mode(os.path.dirname(site.object(md5(b"x")))) == 0o2775


def test_store_keeps_raw_bytes_under_the_old_hash(engine, site):
    site.write("a", b"a\r\nb\r\n")
    listing = store(engine, site, algorithm="md5-dos2unix")
    name = listing.manifest().get("a")
    assert name == md5(b"a\nb\n")
    assert engine.read(site.cache, name) == b"a\r\nb\r\n"
    assert len(engine.verify(site.cache, engine.digests([name]), algorithm="md5-dos2unix")) == 0


def test_an_object_that_is_there_is_not_written_again(engine, site):
    site.write("a", "one")
    store(engine, site)
    before = os.stat(site.object(md5(b"one")))
    store(engine, site)
    after = os.stat(site.object(md5(b"one")))
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_an_object_of_another_size_is_replaced(engine, site):
    site.write("a", "one")
    site.break_object(md5(b"one"), b"o", 0o444)
    listing = store(engine, site)
    assert listing.unknown == 0
    assert engine.read(site.cache, md5(b"one")) == b"one"


def test_a_wrong_object_that_is_not_0444_is_replaced(engine, site):
    site.write("a", "one")
    site.break_object(md5(b"one"), b"bad", 0o644)
    store(engine, site)
    assert engine.read(site.cache, md5(b"one")) == b"one"
    assert mode(site.object(md5(b"one"))) == 0o444


def test_a_known_row_is_read_only_if_its_object_is_missing(engine, site):
    site.write("a", "one")
    listing = store(engine, site)
    os.unlink(site.path("a"))
    assert store(engine, site, listing) == listing
    site.write("a", "one")
    engine.remove(site.cache, listing.manifest().digests())
    assert store(engine, site, engine.hash(site.root, scan(engine, site), algorithm="md5")).problems == []
    assert engine.read(site.cache, md5(b"one")) == b"one"


def test_a_known_row_whose_file_changed_gets_the_digest_of_what_was_stored(engine, site):
    site.write("a", "one")
    listing = engine.hash(site.root, scan(engine, site), algorithm="md5")
    site.write("a", "three")
    row = store(engine, site, listing).get("a")
    assert row is not None
    assert (row.size, row.digest) == (5, md5(b"three"))
    assert list(engine.objects(site.cache)) == [md5(b"three")]


def test_store_reports_what_it_cannot_read(engine, site):
    site.write("gone", "1")
    site.write("here", "2")
    listing = scan(engine, site)
    os.unlink(site.path("gone"))
    stored = store(engine, site, listing)
    assert stored.manifest().paths() == ["here"]
    assert [(p.path, p.code) for p in stored.problems] == [("gone", "missing")]
    assert site.leftovers() == []


def test_store_reports_what_it_cannot_write(engine):
    with engines.without_root() as folder:
        site = Site(str(folder))
        site.write("a", "one")
        os.makedirs(site.cache)
        os.chmod(site.cache, 0o555)
        stored = store(engine, site)
        assert stored.unknown == 1
        assert [(p.path, p.code) for p in stored.problems] == [("a", "not-permitted")]


def test_a_cache_that_cannot_be_made_is_an_error(engine, site):
    site.write("a", "one")
    blocked = os.path.join(site.write("file", ""), "cache")
    with pytest.raises(EngineProblem):
        engine.store(site.root, scan(engine, site), blocked, algorithm="md5")
    with pytest.raises(EngineProblem):
        engine.put(blocked, b"x")


# --- put, read


def test_put_and_read(engine, site):
    assert engine.put(site.cache, b"[]", ".dir") == md5(b"[]")
    assert engine.put(site.cache, b"[]", ".dir") == md5(b"[]")
    assert engine.read(site.cache, md5(b"[]") + ".dir") == b"[]"
    assert engine.read(site.cache, md5(b"[]")) is None
    assert engine.read(os.path.join(site.folder, "nothing"), A) is None
    assert mode(site.object(md5(b"[]") + ".dir")) == 0o444
    assert site.leftovers() == []


def test_put_repairs_a_torn_object(engine, site):
    site.break_object(md5(b"[]") + ".dir", b"[", 0o444)
    engine.put(site.cache, b"[]", ".dir")
    assert engine.read(site.cache, md5(b"[]") + ".dir") == b"[]"


def test_an_object_that_cannot_be_read_is_an_error(engine):
    with engines.without_root() as folder:
        site = Site(str(folder))
        site.break_object(A, b"x", 0)
        with pytest.raises(EngineProblem) as found:
            engine.read(site.cache, A)
        assert found.value.kind == "unreadable"


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "a/b", "x" * 32])
def test_only_objects_names_are_read(engine, site, name):
    with pytest.raises(ValueError):
        engine.read(site.cache, name)


# --- exists, verify, objects


def test_exists_tells_what_is_missing(engine, site):
    names = [engine.put(site.cache, b"one"), engine.put(site.cache, b"[]", ".dir") + ".dir"]
    found = engine.exists(site.cache, engine.digests([*names, A, B + ".dir"]), algorithm="md5")
    assert list(found.missing) == [A, B + ".dir"]
    assert list(found.corrupt) == []
    assert found.size == 5
    assert list(engine.exists(os.path.join(site.folder, "no"), engine.digests([A]), algorithm="md5").missing) == [A]


def test_an_object_of_mode_0444_is_trusted_and_another_is_hashed(engine, site):
    right, wrong = md5(b"right"), md5(b"wrong")
    site.break_object(right, b"right", 0o644)
    site.break_object(wrong, b"WRONG", 0o644)
    site.break_object(A, b"trusted", 0o444)
    found = engine.exists(site.cache, engine.digests([right, wrong, A]), algorithm="md5")
    assert list(found.missing) == [wrong] == list(found.corrupt)
    assert mode(site.object(right)) == 0o444
    assert os.path.exists(site.object(wrong)), "without a quarantine it stays"
    assert found.size == 12


def test_the_algorithm_decides_what_is_right(engine, site):
    data = b"a\r\n"
    site.break_object(md5(b"a\n"), data, 0o644)
    listing = b'[{"md5": "' + A.encode() + b'", "relpath": "a\\r\\n"}]'
    site.break_object(md5(listing) + ".dir", listing, 0o644)
    names = engine.digests([md5(b"a\n"), md5(listing) + ".dir"])
    assert list(engine.verify(site.cache, names, algorithm="md5")) == [md5(b"a\n")]
    assert len(engine.verify(site.cache, names, algorithm="md5-dos2unix")) == 0
    assert len(engine.exists(site.cache, names, algorithm="md5-dos2unix").missing) == 0


def test_a_wrong_object_goes_into_quarantine(engine, site):
    quarantine = os.path.join(site.folder, "quarantine")
    for data in (b"first", b"second"):
        site.break_object(A, data, 0o644)
        found = engine.exists(site.cache, engine.digests([A]), algorithm="md5", quarantine=quarantine)
        assert list(found.corrupt) == [A]
        assert not os.path.exists(site.object(A))
    kept = sorted(path.read_bytes() for path in Path(quarantine).iterdir())
    assert kept == [b"first", b"second"], "the second does not replace the first"
    assert all(A in n for n in os.listdir(quarantine))


def test_a_folder_in_an_objects_place_is_no_object(engine, site):
    os.makedirs(site.object(A))
    found = engine.exists(site.cache, engine.digests([A]), algorithm="md5")
    assert list(found.missing) == [A]
    assert os.path.isdir(site.object(A))


def test_verify_finds_wrong_bytes_whatever_the_mode(engine, site):
    good = engine.put(site.cache, b"good")
    site.break_object(A, b"x", 0o444)
    site.break_object(B + ".dir", b"[]", 0o644)
    wrong = engine.verify(site.cache, engine.digests([good, A, B + ".dir", C]), algorithm="md5")
    assert list(wrong) == [A, B + ".dir"]
    assert os.path.exists(site.object(A))


def test_objects_lists_objects_alone(engine, site):
    assert len(engine.objects(site.cache)) == 0
    name, tree = engine.put(site.cache, b"1"), engine.put(site.cache, b"[]", ".dir") + ".dir"
    for other in (
        f"{A[:2]}/short",
        f"{A[:2]}/{A[2:]}.tmp",
        f"{A[:2]}/{'A' * 30}",
        f"AA/{A[2:]}",
        f"files/md5/{A[:2]}/{A[2:]}",
        f"{A[:2]}/.cairn-0123456789abcdef.tmp",
        "runs/x",
        "aa.txt",
    ):
        path = os.path.join(site.cache, other)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        open(path, "w").close()
    os.makedirs(os.path.join(site.cache, B[:2], B[2:] + ".dir.unpacked"))
    os.makedirs(os.path.join(site.cache, B[:2], B[2:]))
    open(os.path.join(site.cache, "cc"), "w").close()
    assert list(engine.objects(site.cache)) == sorted([name, tree])


def test_an_object_folder_that_is_a_file_is_an_error(engine, site):
    with pytest.raises(EngineProblem):
        engine.objects(site.write("file", ""))


# --- copy, remove, sweep, sync


def test_copy_moves_objects_between_folders(engine, site):
    remote = os.path.join(site.folder, "remote", "files", "md5")
    one, big = engine.put(site.cache, b"one"), engine.put(site.cache, b"x" * (2 << 20))
    names = engine.digests([one, big])
    counters = engine.counters()
    moved = engine.copy(site.cache, remote, names, algorithm="md5", verify=True, counters=counters)
    assert (moved.count, moved.size, moved.problems) == (2, 3 + (2 << 20), [])
    assert counters.bytes == 3 + (2 << 20)
    assert engine.objects(remote) == names
    assert engine.read(remote, one) == b"one"
    assert mode(os.path.join(remote, one[:2], one[2:])) == 0o444
    again = engine.copy(site.cache, remote, names, algorithm="md5", verify=True)
    assert (again.count, again.size, again.problems) == (0, 0, [])
    assert site.leftovers() == []


def test_copy_reports_missing_and_corrupt_objects(engine, site):
    remote = os.path.join(site.folder, "remote")
    site.break_object(A, b"x", 0o444)
    site.break_object(B + ".dir", b"x", 0o444)
    good = engine.put(site.cache, b"good")
    moved = engine.copy(site.cache, remote, engine.digests([A, B + ".dir", C, good]), algorithm="md5", verify=True)
    assert moved.count == 1
    assert sorted((p.path, p.code) for p in moved.problems) == [(A, "corrupt"), (B + ".dir", "corrupt"), (C, "missing")]
    assert list(engine.objects(remote)) == [good]
    unchecked = engine.copy(site.cache, remote, engine.digests([A]), algorithm="md5", verify=False)
    assert (unchecked.count, unchecked.problems) == (1, [])
    assert site.leftovers() == []


def test_copy_of_nothing_makes_nothing(engine, site):
    remote = os.path.join(site.folder, "remote")
    assert engine.copy(site.cache, remote, engine.digests([]), algorithm="md5", verify=True) == (0, 0, [])


def test_remove_deletes_and_passes_over(engine, site):
    one, tree = engine.put(site.cache, b"one"), engine.put(site.cache, b"[]", ".dir") + ".dir"
    moved = engine.remove(site.cache, engine.digests([tree, A]))
    assert (moved.count, moved.size, moved.problems) == (1, 2, [])
    assert list(engine.objects(site.cache)) == [one]
    assert os.path.isdir(os.path.dirname(site.object(tree)))
    assert engine.remove(os.path.join(site.folder, "no"), engine.digests([A])) == (0, 0, [])


def test_sweep_deletes_what_killed_processes_left(engine, site):
    one = engine.put(site.cache, b"one")
    for name in (".cairn-0123456789abcdef.tmp", f"{one[:2]}/.cairn-fedcba9876543210.tmp", "cairn.tmp", ".cairn-x.tmp"):
        open(os.path.join(site.cache, name), "w").close()
    half_made = os.path.join(site.cache, ".cairn-00000000000000ff.tmp")
    os.mkdir(half_made)
    for name in (A[2:], B[2:]):
        open(os.path.join(half_made, name), "w").close()
    assert engine.sweep(site.cache) == 4
    assert sorted(os.listdir(site.cache)) == sorted([".cairn-x.tmp", "cairn.tmp", one[:2]])
    assert list(engine.objects(site.cache)) == [one]
    assert engine.sweep(os.path.join(site.folder, "nothing")) == 0


def test_sync(engine, site):
    engine.put(site.cache, b"one")
    engine.sync(site.cache)
    with pytest.raises(EngineProblem):
        engine.sync(os.path.join(site.folder, "nothing"))
