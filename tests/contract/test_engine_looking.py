"""The contract of looking: scan, stat, hash, clock, counters. Both engines pass."""

import hashlib
import os
import socket

import pytest

from dvc.engine.contract import Engine
from dvc.exceptions import EngineProblem
from tests import engines
from tests.engines import Site, rule


@pytest.fixture(params=engines.NAMES)
def engine(request: pytest.FixtureRequest) -> Engine:
    return engines.load(request.param)


@pytest.fixture
def site(tmp_path) -> Site:
    return Site(str(tmp_path))


def scan(engine: Engine, site: Site, *rules, base=""):
    return engine.scan(site.root, base=base, rules=rules)


def md5(data: bytes) -> str:
    return hashlib.md5(data).hexdigest()


# --- scan


def test_scan_finds_all_files_in_order(engine, site):
    for name in ("b", "a.b", "a/b", "a/c/d", "é", ".hidden", "sp ace"):
        site.write(name, name)
    listing = scan(engine, site)
    names = [row.path for row in listing]
    assert names == sorted(["b", "a.b", "a/b", "a/c/d", "é", ".hidden", "sp ace"])
    assert len(listing) == 7
    assert listing.unknown == 7
    assert listing.size == sum(len(name.encode()) for name in names)
    assert listing.problems == []
    row = listing.get("a/b")
    seen = os.stat(site.path("a/b"))
    assert row == ("a/b", "file", 3, seen.st_mtime_ns, seen.st_ino, seen.st_mode, "copy", None)
    assert listing.get("a") is None


def test_scan_keeps_names_as_they_are_on_disk(engine, site):
    names = ["new\nline", "tab\t", "back\\slash", "\udcff\udc80", "e\u0301", "\u00e9", "😀", "\ue000", "  ", "*", "\x01", "a" * 255]
    for name in names:
        site.write(name, "x")
    listing = scan(engine, site)
    assert [row.path for row in listing] == sorted(names)
    hashed = engine.hash(site.root, listing, algorithm="md5")
    assert hashed.unknown == 0
    assert engine.parse_manifest(hashed.manifest().dump()).paths() == sorted(names)


def test_scan_of_an_empty_folder(engine, site):
    os.makedirs(site.path("empty/inner"))
    listing = scan(engine, site)
    assert len(listing) == 0
    assert listing == engine.empty_listing()
    assert listing.manifest().dump() == b"[]"


def test_scan_tells_links(engine, site):
    target = site.write("real", "12345")
    os.link(target, site.path("hard"))
    site.write("own", "1")
    os.symlink("own", site.path("soft"))
    os.symlink("real", site.path("softhard"))
    listing = scan(engine, site)
    assert {row.path: row.link for row in listing} == {
        "hard": "hardlink",
        "own": "copy",
        "real": "hardlink",
        "soft": "symlink",
        "softhard": "symlink",
    }
    assert listing.links() == {"hardlink": 2, "copy": 1, "symlink": 2}
    assert [row.path for row in listing.linked("hardlink")] == ["hard", "real"]
    soft, own = listing.get("soft"), listing.get("own")
    assert soft is not None
    assert own is not None
    assert soft[1:6] == own[1:6]


def test_scan_leaves_links_to_folders_out(engine, site):
    site.write("d/f", "1")
    os.symlink("d", site.path("link"))
    os.symlink(".", site.path("d/loop"))
    listing = scan(engine, site)
    assert [row.path for row in listing] == ["d/f"]
    assert listing.problems == []


def test_scan_reports_what_it_cannot_take(engine, site):
    site.write("ok", "1")
    os.symlink("nothing", site.path("dangling"))
    os.symlink("circle", site.path("circle"))
    os.mkfifo(site.path("pipe"))
    with socket.socket(socket.AF_UNIX) as server:
        here = os.getcwd()
        os.chdir(site.root)  # the address of a socket is short
        try:
            server.bind("socket")
        finally:
            os.chdir(here)
    site.write("sub/.dvcignore", "x")
    listing = scan(engine, site)
    assert [row.path for row in listing] == ["ok"]
    assert sorted((p.path, p.code) for p in listing.problems) == [
        ("circle", "dangling-link"),
        ("dangling", "dangling-link"),
        ("pipe", "special"),
        ("socket", "special"),
        ("sub/.dvcignore", "ignore-file"),
    ]
    assert all(p.message for p in listing.problems)


def test_scan_reports_an_unreadable_folder(engine):
    with engines.without_root() as folder:
        site = Site(str(folder))
        site.write("ok", "1")
        site.write("closed/f", "1")
        os.chmod(site.path("closed"), 0)
        listing = scan(engine, site)
        assert [row.path for row in listing] == ["ok"]
        assert [(p.path, p.code) for p in listing.problems] == [("closed", "unreadable")]


def test_scan_leaves_projects_of_their_own_out(engine, site):
    site.write("a/f", "1")
    site.write("sub/f", "1")
    site.write("sub/.dvc/config", "")
    site.write("file/.dvc", "no folder")
    site.write(".dvc/config", "")
    assert [row.path for row in scan(engine, site)] == [".dvc/config", "a/f", "file/.dvc"]


def test_a_root_that_is_no_folder_is_an_error(engine, site):
    with pytest.raises(EngineProblem) as missing:
        engine.scan(site.path("nothing"), base="", rules=[])
    assert missing.value.kind == "missing"
    with pytest.raises(EngineProblem):
        engine.scan(site.write("file", "1"), base="", rules=[])


def test_the_root_itself_may_be_a_link(engine, site):
    site.write("d/f", "1")
    os.symlink("d", site.path("link"))
    assert [row.path for row in engine.scan(site.path("link"), base="link", rules=[])] == ["f"]


# --- rules


def tree(engine: Engine, site: Site, *rules, base=""):
    return [row.path for row in scan(engine, site, *rules, base=base)]


def test_rules_ignore_files_and_folders(engine, site):
    for name in ("a.tmp", "d/b.tmp", "d/keep", "build/x", "e/build"):
        site.write(name, "1")
    anywhere = "(?:.*/)?"
    assert tree(engine, site, rule(rf"{anywhere}[^/]*\.tmp")) == ["build/x", "d/keep", "e/build"]
    assert tree(engine, site, rule(f"{anywhere}build", folders_only=True)) == ["a.tmp", "d/b.tmp", "d/keep", "e/build"]
    assert tree(engine, site, rule(f"{anywhere}build")) == ["a.tmp", "d/b.tmp", "d/keep"]
    assert tree(engine, site, rule("d")) == ["a.tmp", "build/x", "e/build"]
    assert tree(engine, site, rule("^d$")) == ["a.tmp", "build/x", "e/build"]


def test_the_last_rule_that_matches_decides(engine, site):
    for name in ("a", "b", "d/a"):
        site.write(name, "1")
    everything, not_a = rule("[^/]*"), rule("(?:.*/)?a", negated=True)
    assert tree(engine, site, everything, not_a) == ["a"]
    assert tree(engine, site, not_a, everything) == []
    assert tree(engine, site, rule("d"), rule("d/a", negated=True)) == ["a", "b"], "below an ignored folder nothing comes back"


def test_rules_have_a_base(engine, site):
    for name in ("f", "d/f", "d/e/f", "dd/f"):
        site.write(name, "1")
    assert tree(engine, site, rule("f", base="d")) == ["d/e/f", "dd/f", "f"]
    assert tree(engine, site, rule("f", base="w"), base="w") == ["d/e/f", "d/f", "dd/f"]
    assert tree(engine, site, rule("w/f"), base="w") == ["d/e/f", "d/f", "dd/f"]
    assert tree(engine, site, rule("f", base="w/d"), base="w") == ["d/e/f", "dd/f", "f"]
    assert tree(engine, site, rule("f"), base="w") == ["d/e/f", "d/f", "dd/f", "f"]


def test_rules_see_odd_names(engine, site):
    for name in ("é", "new\nline", "\udcff", "x"):
        site.write(name, "1")
    assert tree(engine, site, rule("[^/]")) == ["new\nline"]
    assert tree(engine, site, rule("new.line")) == ["x", "é", "\udcff"]
    assert tree(engine, site, rule("é")) == ["new\nline", "x", "\udcff"]
    assert tree(engine, site, rule(r"\*"), rule("[a-w]+"), rule("x|y")) == ["new\nline", "é", "\udcff"]


def test_an_ignored_problem_is_none(engine, site):
    os.symlink("nothing", site.path("dangling"))
    site.write("d/.dvcignore", "")
    listing = scan(engine, site, rule("dangling"), rule("d"))
    assert listing.problems == []


# --- stat


def test_stat_has_one_row_for_each_name(engine, site):
    site.write("f", "12")
    os.mkdir(site.path("d"))
    os.symlink("f", site.path("link"))
    os.symlink("d", site.path("folderlink"))
    os.symlink("x", site.path("dangling"))
    os.mkfifo(site.path("pipe"))
    listing = engine.stat(site.root, ["no", "f", "d", "link", "folderlink", "dangling", "pipe", "f/x", "f"])
    assert {row.path: (row.kind, row.link) for row in listing} == {
        "no": ("missing", "copy"),
        "f": ("file", "copy"),
        "d": ("folder", "copy"),
        "link": ("file", "symlink"),
        "folderlink": ("folder", "symlink"),
        "dangling": ("dangling-link", "symlink"),
        "pipe": ("special", "copy"),
        "f/x": ("missing", "copy"),
    }
    assert [row.path for row in listing] == sorted(row.path for row in listing)
    assert listing.size == 4
    assert listing.unknown == 2
    assert listing.links() == {"copy": 1, "symlink": 1}
    assert listing.get("no") == ("no", "missing", 0, 0, 0, 0, "copy", None)
    assert listing.problems == []


def test_stat_tells_what_may_not_be_seen(engine):
    with engines.without_root() as folder:
        site = Site(str(folder))
        site.write("closed/f", "1")
        os.chmod(site.path("closed"), 0)
        row = engine.stat(site.root, ["closed/f"]).get("closed/f")
        assert row is not None
        assert row.kind == "unreadable"


# --- hash


def test_hash_gives_every_file_its_digest(engine, site):
    contents = {"empty": b"", "a": b"a", "crlf": b"a\r\nb\r\n", "big": os.urandom((1 << 20) + 1), "sub/nul": b"\0" * 70000}
    for name, data in contents.items():
        site.write(name, data)
    os.symlink("a", site.path("link"))
    listing = engine.hash(site.root, scan(engine, site), algorithm="md5")
    assert dict(listing.manifest()) == {name: md5(data) for name, data in contents.items()} | {"link": md5(b"a")}
    assert listing.unknown == 0
    assert len(listing.unread()) == 0


TEXT = [
    (b"", b""),
    (b"a\r\nb\r\n", b"a\nb\n"),
    (b"a\r\r\n\n\r", b"a\r\n\n\r"),
    (b"\xff" * 30 + b"a" * 68 + b"\r\n", b"\xff" * 30 + b"a" * 68 + b"\n"),
    (b"\xff" * 31 + b"a" * 67 + b"\r\n", None),
    (b"\x0b" * 31 + b"a" * 67 + b"\r\n", None),
    (b"\x7f" * 31 + b"a" * 67 + b"\r\n", None),
    (b"\x08\x0c\t" * 31 + b"a" * 5 + b"\r\n", b"\x08\x0c\t" * 31 + b"a" * 5 + b"\n"),
    (b"a\0\r\n", None),
    (b"a" * 511 + b"\0\r\n", None),
    (b"a" * 512 + b"\0\r\n", b"a" * 512 + b"\0\n"),
    (b"a" * ((1 << 20) - 1) + b"\r\n\r\n", b"a" * ((1 << 20) - 1) + b"\r\n\n"),
    (b"\0" * (1 << 20) + b"\r\n", b"\0" * (1 << 20) + b"\n"),
    (b"a" * (1 << 20) + b"\0\r\n", None),
]


@pytest.mark.parametrize(("data", "counted"), TEXT, ids=range(len(TEXT)))
def test_the_old_hash_reads_crlf_as_lf_in_text(engine, site, data, counted):
    site.write("f", data)
    listing = engine.hash(site.root, scan(engine, site), algorithm="md5-dos2unix")
    assert listing.manifest().get("f") == md5(data if counted is None else counted)


def test_hash_leaves_known_rows_alone(engine, site):
    site.write("a", "one")
    first = engine.hash(site.root, scan(engine, site), algorithm="md5")
    os.unlink(site.path("a"))
    assert engine.hash(site.root, first, algorithm="md5") == first


def test_hash_reports_what_it_cannot_read(engine, site):
    for name in ("gone", "here", "folder"):
        site.write(name, name)
    listing = scan(engine, site)
    os.unlink(site.path("gone"))
    os.unlink(site.path("folder"))
    os.mkdir(site.path("folder"))
    hashed = engine.hash(site.root, listing, algorithm="md5")
    assert [row.path for row in hashed] == ["folder", "gone", "here"]
    assert hashed.manifest().paths() == ["here"]
    assert [row.path for row in hashed.unread()] == ["folder", "gone"]
    assert sorted((p.path, p.code) for p in hashed.problems) == [("folder", "is-folder"), ("gone", "missing")]


def test_hash_never_waits_for_a_pipe(engine, site):
    site.write("f", "1")
    listing = scan(engine, site)
    os.unlink(site.path("f"))
    os.mkfifo(site.path("f"))
    assert [(p.path, p.code) for p in engine.hash(site.root, listing, algorithm="md5").problems] == [("f", "special")]


def test_hash_reports_an_unreadable_file(engine):
    with engines.without_root() as folder:
        site = Site(str(folder))
        site.write("f", "1", mode=0)
        hashed = engine.hash(site.root, scan(engine, site), algorithm="md5")
        assert [(p.path, p.code) for p in hashed.problems] == [("f", "unreadable")]
        assert hashed.unknown == 1


def test_a_hashed_row_has_the_stat_of_the_bytes_that_were_hashed(engine, site):
    site.write("f", "old")
    listing = scan(engine, site)
    site.write("f", "newer")
    os.utime(site.path("f"), ns=(5, 5))
    row = engine.hash(site.root, listing, algorithm="md5").get("f")
    assert row is not None
    assert (row.size, row.mtime, row.digest) == (5, 5, md5(b"newer"))


def test_problems_stay_with_the_listing(engine, site):
    site.write("f", "1")
    os.symlink("nothing", site.path("dangling"))
    listing = scan(engine, site)
    hashed = engine.hash(site.root, listing, algorithm="md5")
    assert [p.path for p in hashed.problems] == ["dangling"]
    assert [p.path for p in listing.known(engine.load_index(""), "", "md5").problems] == ["dangling"]
    assert listing.unread().problems == []
    assert listing.only(hashed.manifest()).problems == []


def test_parts_of_a_listing(engine, site):
    for name in ("a.csv", "b.dvc", "c.dvc/x", "sub/d.dvc"):
        site.write(name, name)
    listing = scan(engine, site)
    assert listing.ending(".dvc") == ["b.dvc", "sub/d.dvc"]
    assert [row.path for row in listing.only(engine.manifest([("b.dvc", "a" * 32), ("no", "a" * 32)]))] == ["b.dvc"]
    assert listing != engine.empty_listing()
    assert listing == scan(engine, site)


# --- counters and the clock


def test_counters_count(engine, site):
    site.write("a", "123")
    site.write("b", "4567")
    counters = engine.counters()
    engine.hash(site.root, scan(engine, site), algorithm="md5", counters=counters)
    assert (counters.files, counters.bytes) == (2, 7)


def test_a_cancelled_verb_stops(engine, site):
    site.write("a", "123")
    listing = scan(engine, site)
    counters = engine.counters()
    counters.cancel()
    with pytest.raises(KeyboardInterrupt):
        engine.hash(site.root, listing, algorithm="md5", counters=counters)
    with pytest.raises(KeyboardInterrupt):
        engine.store(site.root, listing, site.cache, algorithm="md5", counters=counters)
    assert len(engine.objects(site.cache)) == 0
    assert site.leftovers() == []


def test_the_clock_is_the_file_systems(engine, site):
    before = os.stat(site.write("before", "")).st_mtime_ns
    now = engine.clock(site.root)
    assert before <= now <= os.stat(site.write("after", "")).st_mtime_ns
    assert site.leftovers() == []
    assert engine.clock(site.path("nothing")) == 0
