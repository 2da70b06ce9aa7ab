"""The plain engine on systems that lack something: each system-specific call in turn is taken away, or made to fail."""

import errno
import os
from collections.abc import Callable

import pytest

from dvc.engine import python as engine
from dvc.engine import system
from dvc.exceptions import EngineProblem
from tests.engines import Site


@pytest.fixture
def site(tmp_path) -> Site:
    return Site(str(tmp_path))


def failing(number: int) -> Callable[..., None]:
    def call(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    return call


def take_away(monkeypatch: pytest.MonkeyPatch, *calls: str, number: int = errno.EOPNOTSUPP) -> None:
    for call in calls:
        assert call in system.CALLS
        monkeypatch.setitem(system.CALLS, call, failing(number))


def stored(site: Site, **contents: bytes):
    return engine.manifest([(path, engine.put(site.cache, data)) for path, data in contents.items()])


def place(site: Site, manifest, *links: str, **options):
    return engine.place(site.root, manifest, site.cache, **{"links": links, "temp": site.temp, **options})


LACKING = sorted(system.CANNOT)


@pytest.mark.parametrize("number", LACKING, ids=lambda n: errno.errorcode[n])
@pytest.mark.parametrize(("link", "call"), [("reflink", "clone"), ("hardlink", "hardlink"), ("symlink", "symlink")])
def test_a_link_type_that_is_lacking_gives_way_to_the_next(monkeypatch, site, link, call, number):
    take_away(monkeypatch, call, number=number)
    placed = place(site, stored(site, f=b"data"), link, "copy")
    assert (placed.links, placed.problems) == ({"copy": 1}, [])
    assert site.read("f") == b"data"
    assert site.leftovers() == []


def test_where_no_link_works_at_all_a_copy_does(monkeypatch, site):
    take_away(monkeypatch, "clone", "hardlink", "symlink", "copy_range", "rename_new")
    placed = place(site, stored(site, f=b"data", empty=b""), "reflink", "hardlink", "symlink", "copy")
    assert (placed.links, placed.problems) == ({"copy": 2}, [])
    assert (site.read("f"), site.read("empty")) == (b"data", b"")


def test_a_link_type_that_fails_for_another_reason_is_a_problem(monkeypatch, site):
    take_away(monkeypatch, "clone", number=errno.ENOSPC)
    placed = place(site, stored(site, f=b"data"), "reflink", "copy")
    assert [(p.path, p.code) for p in placed.problems] == [("f", "no-space")]
    assert site.leftovers() == []
    assert os.listdir(site.root) == []


def test_copying_without_the_kernels_help(monkeypatch, site):
    take_away(monkeypatch, "copy_range", number=errno.ENOSYS)
    data = os.urandom((2 << 20) + 1)
    assert place(site, stored(site, f=data), "copy").problems == []
    assert site.read("f") == data


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC])
def test_a_copy_that_fails_half_way_leaves_nothing(monkeypatch, site, number):
    def half(source: int, target: int) -> None:
        os.write(target, os.read(source, 2))
        raise OSError(number, os.strerror(number))

    manifest = stored(site, f=b"data")
    site.write("f", "old")
    monkeypatch.setitem(system.CALLS, "copy_range", half)
    placed = place(site, manifest, "copy", over=engine.scan(site.root, base="", rules=[]))
    assert [p.code for p in placed.problems] == ["no-space" if number == errno.ENOSPC else "io"]
    assert site.read("f") == b"old"
    assert site.leftovers() == []


def test_a_kernel_that_copies_nothing_and_says_so_is_not_believed(monkeypatch, site):
    monkeypatch.setitem(system.CALLS, "copy_range", lambda _source, _target: None)
    place(site, stored(site, f=b"data"), "copy")
    assert site.read("f") == b"data"


def test_without_an_exclusive_rename_nothing_is_replaced_all_the_same(monkeypatch, site):
    take_away(monkeypatch, "rename_new", number=errno.ENOSYS)
    manifest = stored(site, f=b"data", new=b"new")
    site.write("f", "mine")
    placed = place(site, manifest, "copy")
    assert [(p.path, p.code) for p in placed.problems] == [("f", "in-the-way")]
    assert (site.read("f"), site.read("new")) == (b"mine", b"new")
    assert site.leftovers() == []


def test_what_appears_between_the_look_and_the_rename_stays(monkeypatch, site):
    """The file that another process makes at the last moment is not replaced."""
    real = system.CALLS["rename_new"]

    def late(source: str, name: str, parent: int) -> None:
        site.write("f", "theirs")
        real(source, name, parent)

    manifest = stored(site, f=b"data")
    monkeypatch.setitem(system.CALLS, "rename_new", late)
    placed = place(site, manifest, "copy")
    assert [(p.path, p.code) for p in placed.problems] == [("f", "in-the-way")]
    assert site.read("f") == b"theirs"
    assert site.leftovers() == []


def test_a_rename_across_mounts_of_one_file_system(monkeypatch, site):
    """Both folders have one device number and yet rename says EXDEV: the file is made beside its target."""
    real = system.CALLS["rename_new"]

    def call(source: str, name: str, parent: int) -> None:
        if source.startswith(site.temp):
            failing(errno.EXDEV)()
        real(source, name, parent)

    monkeypatch.setitem(system.CALLS, "rename_new", call)
    placed = place(site, stored(site, f=b"data"), "copy")
    assert placed.problems == []
    assert site.read("f") == b"data"
    assert site.leftovers() == []


def test_syncing_without_syncfs(monkeypatch, site):
    synced = []
    take_away(monkeypatch, "syncfs", number=errno.ENOSYS)
    monkeypatch.setattr(os, "sync", lambda: synced.append(1))
    engine.sync(site.root)
    assert synced == [1]


@pytest.mark.parametrize(("number", "kind"), [(errno.EIO, "io"), (errno.ENOSPC, "no-space"), (errno.EDQUOT, "no-space")])
def test_a_sync_that_fails_is_an_error(monkeypatch, site, number, kind):
    take_away(monkeypatch, "syncfs", number=number)
    with pytest.raises(EngineProblem) as found:
        engine.sync(site.root)
    assert found.value.kind == kind


def test_two_names_that_one_file_system_takes_for_one(monkeypatch, site):
    """Where case does not count, the second of `A` and `a` finds the first in its way; neither is lost in silence."""
    real = os.lstat
    monkeypatch.setattr(os, "lstat", lambda path, **options: real(os.path.dirname(path) + "/" + os.path.basename(path).lower(), **options))
    real_rename = system.CALLS["rename_new"]
    monkeypatch.setitem(system.CALLS, "rename_new", lambda source, name, parent: real_rename(source, name.lower(), parent))
    placed = place(site, stored(site, A=b"upper", a=b"lower"), "copy")
    assert [(p.path, p.code) for p in placed.problems] == [("a", "in-the-way")]
    assert site.read("a") == b"upper"


def test_a_clock_of_whole_seconds(site):
    """On a coarse file system a file is trusted only two seconds after its last change."""
    from dvc.engine.contract import Update

    second = 1_000_000_000
    os.utime(site.write("f", "1"), ns=(10 * second, 10 * second))
    listing = engine.hash(site.root, engine.scan(site.root, base="", rules=[]), algorithm="md5")
    path = os.path.join(site.folder, "index")
    for clock, kept in ((10, 0), (11, 0), (12, 0), (13, 1)):
        engine.load_index(path).save(path, [Update("", listing, clock * second, "md5", True)])
        assert len(engine.load_index(path)) == kept, clock


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EROFS])
def test_a_full_or_broken_disk_leaves_the_old_index(monkeypatch, site, number):
    path = os.path.join(site.folder, "index")
    engine.load_index(path).save(path, [])
    before = os.stat(path).st_ino
    monkeypatch.setattr(system, "write_all", failing(number))
    with pytest.raises(EngineProblem):
        engine.load_index(path).save(path, [])
    assert os.stat(path).st_ino == before
    assert site.leftovers() == []


@pytest.mark.parametrize(("number", "code"), [(errno.ENOSPC, "no-space"), (errno.EIO, "io"), (errno.EPERM, "not-permitted")])
def test_an_object_that_cannot_be_written_is_not_there(monkeypatch, site, number, code):
    site.write("f", "data")
    monkeypatch.setattr(system, "write_all", failing(number))
    listing = engine.store(site.root, engine.scan(site.root, base="", rules=[]), site.cache, algorithm="md5")
    assert listing.unknown == 1
    assert [(p.path, p.code) for p in listing.problems] == [("f", code)]
    assert len(engine.objects(site.cache)) == 0
    assert site.leftovers() == []
    with pytest.raises(EngineProblem) as found:
        engine.put(site.cache, b"x")
    assert found.value.kind == code


def test_a_file_that_never_stops_changing(monkeypatch, site):
    """Read again a few times, then given up, with nothing stored."""
    path = site.write("f", "0")
    grown: list[int] = []

    def step(self: object, files: int = 0, size: int = 0) -> None:
        if size:
            with open(path, "ab") as file:
                file.write(b"x" * (len(grown) + 1))
            grown.append(1)

    listing = engine.scan(site.root, base="", rules=[])
    monkeypatch.setattr("dvc.engine.python_values.Counters.step", step)
    monkeypatch.setattr("dvc.engine.python_looks._CHUNK", 1 << 30)
    stored = engine.store(site.root, listing, site.cache, algorithm="md5")
    assert [(p.path, p.code) for p in stored.problems] == [("f", "changed")]
    assert stored.unknown == 1
    assert len(engine.objects(site.cache)) == 0
    assert site.leftovers() == []


def test_a_file_that_changes_once_is_read_again(monkeypatch, site):
    path = site.write("f", "old")
    changed: list[int] = []
    real = os.fstat

    def fstat(fd: int) -> os.stat_result:
        seen = real(fd)
        if not changed and seen.st_size == 3:
            changed.append(1)
            with open(path, "wb") as file:
                file.write(b"newer")
        return seen

    listing = engine.scan(site.root, base="", rules=[])
    monkeypatch.setattr(os, "fstat", fstat)
    stored = engine.store(site.root, listing, site.cache, algorithm="md5")
    monkeypatch.undo()
    digest = stored.manifest().get("f")
    assert digest is not None
    assert engine.read(site.cache, digest) == b"newer"
    assert list(engine.objects(site.cache)) == [digest]
