"""The contract of writing the workspace: place, discard, detach. Both engines pass."""

import hashlib
import os
import stat
import tempfile

import pytest

from dvc.engine.contract import LINK_TYPES, Engine
from dvc.exceptions import EngineProblem
from tests import engines
from tests.engines import Site

A = "a" * 32


@pytest.fixture(params=engines.NAMES)
def engine(request: pytest.FixtureRequest) -> Engine:
    return engines.load(request.param)


@pytest.fixture
def site(tmp_path) -> Site:
    return Site(str(tmp_path))


def md5(data: bytes) -> str:
    return hashlib.md5(data).hexdigest()


def put(engine: Engine, site: Site, contents: dict[str, bytes]):
    """The manifest of `contents`, stored."""
    return engine.manifest([(path, engine.put(site.cache, data)) for path, data in contents.items()])


def place(engine: Engine, site: Site, manifest, links=("copy",), **options):
    return engine.place(site.root, manifest, site.cache, **{"links": links, "temp": site.temp, **options})


def mode(path: str) -> int:
    return stat.S_IMODE(os.stat(path).st_mode)


def codes(problems) -> list[tuple[str, str]]:
    return sorted((p.path, p.code) for p in problems)


# --- place


def test_place_makes_files_and_folders(engine, site):
    contents = {"a": b"1", "d/e/f": b"2", "empty": b"", "odd \n\udcff": b"3", "big": os.urandom(3 << 20)}
    placed = place(engine, site, put(engine, site, contents))
    assert placed.problems == []
    assert placed.links == {"copy": 5}
    assert {name: site.read(name) for name in contents} == contents
    assert placed.listing == engine.hash(site.root, engine.scan(site.root, base="", rules=[]), algorithm="md5")
    umask = os.umask(0)
    os.umask(umask)
    assert mode(site.path("a")) == 0o666 & ~umask
    assert site.leftovers() == []


def test_place_fills_folders_large_and_small_flat_and_nested(engine, site):
    contents = {f"d/{n:03}": b"d%d" % n for n in range(300)}  # more than one thread takes at a time
    contents |= {f"d/inner{n}/{m}": b"i%d" % (n % 3) for n in range(5) for m in range(n)}
    contents |= {"top": b"t", "z": b"z"}
    placed = place(engine, site, put(engine, site, contents), jobs=2)
    assert placed.problems == []
    assert {name: site.read(name) for name in contents} == contents
    assert placed.listing == engine.hash(site.root, engine.scan(site.root, base="", rules=[]), algorithm="md5")
    assert site.leftovers() == []


def test_a_folder_none_of_whose_objects_is_there_is_not_made(engine, site):
    placed = place(engine, site, engine.manifest([("d/a", A), ("d/b", A), ("e/c", A)]))
    assert codes(placed.problems) == [("d/a", "missing"), ("d/b", "missing"), ("e/c", "missing")]
    assert os.listdir(site.root) == []
    assert site.leftovers() == []


def test_a_new_folder_has_the_group_bit_of_the_one_above(engine, site):
    os.chmod(site.root, 0o2755)
    place(engine, site, put(engine, site, {"d/a": b"1", "d/b": b"2"}))
    assert os.stat(site.path("d")).st_mode & stat.S_ISGID


def test_place_makes_its_root(engine, site):
    os.rmdir(site.root)
    assert place(engine, site, engine.manifest([])).problems == []
    assert os.path.isdir(site.root)


def test_a_root_that_cannot_be_made_is_an_error(engine, site):
    with pytest.raises(EngineProblem):
        engine.place(site.write("file", ""), engine.manifest([]), site.cache, links=["copy"], temp=site.temp)


@pytest.mark.parametrize("link", LINK_TYPES)
def test_every_link_type(engine, site, link):
    manifest = put(engine, site, {"f": b"data", "empty": b""})
    placed = place(engine, site, manifest, links=[link, "copy"])
    assert placed.problems == []
    used = dict(placed.links)
    assert used.pop("copy") >= 1, "an empty object is always copied"
    if link in ("hardlink", "symlink"):
        assert used == {link: 1}
        assert mode(site.path("f")) == 0o444
    else:
        assert mode(site.path("f")) & 0o600 == 0o600
    assert mode(site.path("empty")) & 0o200
    if link == "hardlink":
        assert os.path.samefile(site.path("f"), site.object(md5(b"data")))
    if link == "symlink":
        assert os.readlink(site.path("f")) == site.object(md5(b"data"))
    row = placed.listing.get("f")
    assert row is not None
    assert row.link == (link if link in ("hardlink", "symlink") else "copy")
    assert row.digest == md5(b"data")
    assert site.leftovers() == []


@pytest.mark.parametrize("link", LINK_TYPES)
def test_every_link_type_on_another_file_system(engine, site, link):
    """The workspace, or only the folder for temporary files, on a file system of its own."""
    if not os.path.isdir("/dev/shm"):  # the second file system of a Linux machine
        pytest.skip("no second file system")
    manifest = put(engine, site, {"d/f": b"data"})
    with tempfile.TemporaryDirectory(dir="/dev/shm") as other:
        if os.stat(other).st_dev == os.stat(site.folder).st_dev:
            pytest.skip("no second file system")
        placed = engine.place(os.path.join(other, "w"), manifest, site.cache, links=[link, "copy"], temp=site.temp)
        assert placed.problems == []
        assert placed.links == {"symlink" if link == "symlink" else "copy": 1}
        with open(os.path.join(other, "w", "d", "f"), "rb") as file:
            assert file.read() == b"data"
        assert os.listdir(os.path.join(other, "w", "d")) == ["f"]
        placed = place(engine, site, manifest, links=[link, "copy"], temp=os.path.join(other, "t"))
        assert placed.problems == []
        assert site.read("d/f") == b"data"
        assert os.listdir(site.path("d")) == ["f"]


def test_a_link_type_that_cannot_be_used_is_a_problem(engine, site):
    manifest = put(engine, site, {"f": b"data"})
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as other:
        if os.stat(other).st_dev == os.stat(site.folder).st_dev:
            pytest.skip("no second file system")
        placed = engine.place(other, manifest, site.cache, links=["hardlink"], temp=site.temp)
        assert codes(placed.problems) == [("f", "io")]
        assert len(placed.listing) == 0
        assert os.listdir(other) == []


def test_only_u_x_is_added_to_executables(engine, site):
    manifest = put(engine, site, {"run": b"#!"})
    old = os.umask(0o022)
    try:
        place(engine, site, manifest, executable=True)
    finally:
        os.umask(old)
    assert mode(site.path("run")) == 0o744


def test_the_umask_applies(engine, site):
    manifest = put(engine, site, {"d/f": b"1"})
    old = os.umask(0o077)
    try:
        place(engine, site, manifest)
    finally:
        os.umask(old)
    assert mode(site.path("d/f")) == 0o600
    assert mode(site.path("d")) == 0o700


def test_what_is_there_is_replaced_only_if_it_was_expected(engine, site):
    manifest = put(engine, site, {"known": b"new", "changed": b"new", "strange": b"new", "gone": b"new"})
    for name in ("known", "changed", "gone"):
        site.write(name, "old")
    over = engine.scan(site.root, base="", rules=[])
    site.write("changed", "edited")
    site.write("strange", "mine")
    os.unlink(site.path("gone"))
    placed = place(engine, site, manifest, over=over)
    assert codes(placed.problems) == [("changed", "changed"), ("strange", "in-the-way")]
    assert {n: site.read(n) for n in ("known", "changed", "strange", "gone")} == {
        "known": b"new",
        "changed": b"edited",
        "strange": b"mine",
        "gone": b"new",
    }
    assert placed.listing.manifest().paths() == ["gone", "known"]
    assert site.leftovers() == []


def test_a_link_is_replaced_and_never_written_through(engine, site):
    outside = os.path.join(site.folder, "outside")
    with open(outside, "w") as file:
        file.write("precious")
    os.symlink(outside, site.path("f"))
    manifest = put(engine, site, {"f": b"new"})
    assert codes(place(engine, site, manifest).problems) == [("f", "in-the-way")]
    placed = place(engine, site, manifest, over=engine.scan(site.root, base="", rules=[]))
    assert placed.problems == []
    assert not os.path.islink(site.path("f"))
    with open(outside) as file:
        assert file.read() == "precious"


def test_a_dangling_link_in_the_way(engine, site):
    os.symlink("nothing", site.path("f"))
    manifest = put(engine, site, {"f": b"new"})
    assert codes(place(engine, site, manifest).problems) == [("f", "in-the-way")]
    assert place(engine, site, manifest, over=engine.stat(site.root, ["f"])).problems == []
    assert site.read("f") == b"new"


def test_no_parent_may_be_a_link(engine, site):
    outside = os.path.join(site.folder, "outside")
    os.mkdir(outside)
    os.symlink(outside, site.path("d"))
    site.write("file", "mine")
    manifest = put(engine, site, {"d/f": b"1", "d/e/f": b"1", "file/f": b"2", "ok/f": b"3"})
    placed = place(engine, site, manifest)
    assert codes(placed.problems) == [("d/e/f", "in-the-way"), ("d/f", "in-the-way"), ("file/f", "in-the-way")]
    assert os.listdir(outside) == []
    assert site.read("file") == b"mine"
    assert site.read("ok/f") == b"3"


def test_a_folder_is_never_replaced(engine, site):
    os.mkdir(site.path("f"))
    manifest = put(engine, site, {"f": b"1"})
    assert codes(place(engine, site, manifest).problems) == [("f", "is-folder")]
    assert codes(place(engine, site, manifest, over=engine.stat(site.root, ["f"])).problems) == [("f", "is-folder")]
    assert os.path.isdir(site.path("f"))


def test_missing_and_corrupt_objects_are_not_placed(engine, site):
    wrong, right = md5(b"wrong"), md5(b"right")
    site.break_object(wrong, b"WRONG", 0o644)
    site.break_object(right, b"right", 0o644)
    manifest = engine.manifest([("a", A), ("w", wrong), ("r", right)])
    for name in ("a", "w"):
        site.write(name, "mine")
    over = engine.scan(site.root, base="", rules=[])
    placed = place(engine, site, manifest, over=over, links=["hardlink", "copy"])
    assert codes(placed.problems) == [("a", "missing"), ("w", "corrupt")]
    assert (site.read("a"), site.read("w"), site.read("r")) == (b"mine", b"mine", b"right")
    assert mode(site.object(right)) == 0o444, "what a hard link shares is protected first"
    assert os.path.exists(site.object(wrong))


def test_placing_again_over_the_same_hard_links(engine, site):
    manifest = put(engine, site, {"f": b"data"})
    placed = place(engine, site, manifest, links=["hardlink"])
    again = place(engine, site, manifest, links=["hardlink"], over=placed.listing)
    assert again.problems == []
    assert again.links == {"hardlink": 1}
    assert os.path.samefile(site.path("f"), site.object(md5(b"data")))
    assert site.leftovers() == []


@pytest.mark.parametrize("old", LINK_TYPES)
@pytest.mark.parametrize("new", LINK_TYPES)
def test_changing_the_link_type(engine, site, old, new):
    manifest = put(engine, site, {"f": b"data"})
    first = place(engine, site, manifest, links=[old, "copy"])
    second = place(engine, site, manifest, links=[new, "copy"], over=first.listing)
    assert second.problems == []
    assert site.read("f") == b"data"
    assert os.path.islink(site.path("f")) == (new == "symlink")
    assert engine.read(site.cache, md5(b"data")) == b"data"
    assert mode(site.object(md5(b"data"))) == 0o444


def test_place_reports_what_it_may_not_write(engine):
    with engines.without_root() as folder:
        site = Site(str(folder))
        manifest = put(engine, site, {"d/f": b"1", "ok": b"2"})
        os.mkdir(site.path("d"))
        os.chmod(site.path("d"), 0o555)
        placed = place(engine, site, manifest)
        assert codes(placed.problems) == [("d/f", "not-permitted")]
        assert site.read("ok") == b"2"
        assert site.leftovers() == []


def test_a_cancelled_place_leaves_nothing_half_written(engine, site):
    manifest = put(engine, site, {"f": b"data"})
    counters = engine.counters()
    counters.cancel()
    with pytest.raises(KeyboardInterrupt):
        place(engine, site, manifest, counters=counters)
    assert site.leftovers() == []
    assert not os.path.exists(site.path("f")) or site.read("f") == b"data"


# --- discard


def test_discard_deletes_files_and_folders_left_empty(engine, site):
    for name in ("a", "d/e/f", "d/g", "keep/x", "keep/y"):
        site.write(name, "12")
    os.mkdir(site.path("empty"))
    listing = engine.stat(site.root, ["a", "d/e/f", "d/g", "keep/x", "no", "no/such", "empty"])
    moved = engine.discard(site.root, listing)
    assert (moved.count, moved.size, moved.problems) == (4, 8, [])
    assert sorted(os.listdir(site.root)) == ["empty", "keep"]
    assert os.listdir(site.path("keep")) == ["y"]


def test_discard_never_deletes_its_root(engine, site):
    site.write("a", "1")
    engine.discard(site.root, engine.scan(site.root, base="", rules=[]))
    assert os.listdir(site.root) == []


def test_discard_leaves_what_changed(engine, site):
    for name in ("same", "edited", "gone"):
        site.write(name, "old")
    listing = engine.scan(site.root, base="", rules=[])
    site.write("edited", "edited")
    os.unlink(site.path("gone"))
    moved = engine.discard(site.root, listing)
    assert (moved.count, codes(moved.problems)) == (1, [("edited", "changed")])
    assert os.listdir(site.root) == ["edited"]


def test_discard_removes_a_link_and_not_what_it_points_to(engine, site):
    site.write("real", "1")
    os.symlink("real", site.path("link"))
    os.symlink("nothing", site.path("dangling"))
    moved = engine.discard(site.root, engine.stat(site.root, ["link", "dangling"]))
    assert (moved.count, moved.problems) == (2, [])
    assert os.listdir(site.root) == ["real"]


def test_discard_follows_no_link_in_a_path(engine, site):
    outside = os.path.join(site.folder, "outside")
    os.mkdir(outside)
    with open(os.path.join(outside, "f"), "w") as file:
        file.write("precious")
    os.symlink(outside, site.path("d"))
    moved = engine.discard(site.root, engine.stat(site.root, ["d/f"]))
    assert (moved.count, codes(moved.problems)) == (0, [("d/f", "in-the-way")])
    assert os.listdir(outside) == ["f"]


def test_discard_leads_nowhere_else(engine, site):
    outside = os.path.join(site.folder, "outside")
    open(outside, "w").close()
    with pytest.raises(ValueError):
        engine.discard(site.root, engine.stat(site.root, ["../outside"]))
    assert os.path.exists(outside)


# --- detach


@pytest.mark.parametrize("link", ["hardlink", "symlink"])
def test_detach_makes_links_files_of_their_own(engine, site, link):
    manifest = put(engine, site, {"d/f": b"data", "g": b"more"})
    placed = place(engine, site, manifest, links=[link])
    detached = engine.detach(site.root, placed.listing, temp=site.temp)
    assert detached.problems == []
    assert detached.links == {"copy": 2}
    assert detached.listing.manifest() == manifest
    assert detached.listing == engine.hash(site.root, engine.scan(site.root, base="", rules=[]), algorithm="md5")
    assert not os.path.islink(site.path("g"))
    umask = os.umask(0)
    os.umask(umask)
    assert mode(site.path("g")) == 0o666 & ~umask
    with open(site.path("g"), "w") as file:
        file.write("edited")
    assert engine.read(site.cache, md5(b"more")) == b"more"
    assert site.leftovers() == []


def test_detach_leaves_files_of_their_own(engine, site):
    path = site.write("f", "1", mode=0o755)
    before = os.stat(path)
    detached = engine.detach(site.root, engine.scan(site.root, base="", rules=[]), temp=site.temp)
    assert (detached.links, detached.problems, len(detached.listing)) == ({}, [], 1)
    assert (os.stat(path).st_ino, mode(path)) == (before.st_ino, 0o755)


def test_detach_makes_a_protected_copy_writable(engine, site):
    path = site.write("f", "1", mode=0o444)
    detached = engine.detach(site.root, engine.scan(site.root, base="", rules=[]), temp=site.temp)
    assert detached.problems == []
    assert mode(path) & 0o200
    assert site.read("f") == b"1"


def test_detach_leaves_what_changed(engine, site):
    placed = place(engine, site, put(engine, site, {"f": b"data", "gone": b"x"}), links=["symlink"])
    os.unlink(site.path("f"))
    site.write("f", "mine")
    os.unlink(site.path("gone"))
    detached = engine.detach(site.root, placed.listing, temp=site.temp)
    assert codes(detached.problems) == [("f", "changed"), ("gone", "missing")]
    assert site.read("f") == b"mine"
