"""Files that grow by a piece at a time: whole at every moment, whoever else has them open, linked or changed."""

import mmap
import os
import random
from io import FileIO
from pathlib import Path

import pytest

from dvc.project import locks
from dvc.project.growing import GrowingFile
from dvc.project.ordered import OrderedFile


def opened(folder: Path, *pieces: bytes) -> GrowingFile:
    path = folder / "file"
    if pieces:
        path.write_bytes(b"".join(pieces))
    file = GrowingFile(str(path), str(folder / "tmp"))
    assert (file.read() or b"") == b"".join(pieces)
    file.start(pieces)
    return file


def test_after_every_change_the_file_is_its_pieces(tmp_path: Path) -> None:
    rng = random.Random(5)
    file = opened(tmp_path, b"head\n")
    wanted = [b"head\n"]
    for n in range(200):
        for _ in range(rng.randint(0, 3)):
            at = rng.randrange(len(wanted))
            piece = b"%04d\n" % n if rng.random() < 0.5 else b"%d\n" % n * rng.randint(1, 4)
            if rng.random() < 0.6:
                at = len(wanted) if rng.random() < 0.7 else at
                wanted.insert(at, piece)
                file.insert(at, piece)
            else:
                wanted[at] = piece
                file.replace(at, piece)
        file.save()
        assert (tmp_path / "file").read_bytes() == b"".join(wanted)
        assert file.is_ours()
    file.close()
    assert os.listdir(tmp_path / "tmp" / "spare") == []


def test_nothing_new_is_not_written(tmp_path: Path) -> None:
    file = opened(tmp_path, b"a\n")
    before = os.stat(tmp_path / "file").st_ino
    assert not file.save()
    assert os.stat(tmp_path / "file").st_ino == before


def test_what_another_name_holds_stays(tmp_path: Path) -> None:
    file = opened(tmp_path, b"a\n")
    for n in range(6):
        os.link(tmp_path / "file", tmp_path / f"snapshot{n}")
        file.insert(len(file.pieces), b"%d\n" % n)
        file.save()
    for n in range(6):
        assert (tmp_path / f"snapshot{n}").read_bytes() == b"a\n" + b"".join(b"%d\n" % each for each in range(n))


@pytest.mark.parametrize("mapped", [False, True])
def test_who_opened_the_file_reads_it_as_it_was_however_often_it_changes(tmp_path: Path, mapped: bool) -> None:
    file = opened(tmp_path, b"a\n" * 3)
    wanted: list[bytes] = []
    readers: list[FileIO | mmap.mmap] = []
    for n in range(6):
        file.insert(0, b"%d\n" % n)
        file.replace(1, b"%d%d\n" % (n, n))
        file.save()
        wanted.append((tmp_path / "file").read_bytes())
        reader = FileIO(tmp_path / "file")
        if mapped:
            with reader:
                readers.append(mmap.mmap(reader.fileno(), 0, access=mmap.ACCESS_READ))
        else:
            readers.append(reader)
    for held, content in zip(readers, wanted, strict=True):
        with held:
            assert held.read() == content


def test_a_copy_that_nobody_has_open_is_used_again(tmp_path: Path) -> None:
    file = opened(tmp_path, b"a\n")
    inodes = set()
    for n in range(20):
        file.insert(len(file.pieces), b"%d\n" % n)
        file.save()
        inodes.add(os.stat(tmp_path / "file").st_ino)
    alone = os.open(tmp_path / "file", os.O_RDWR)
    assert len(inodes) == 2 or not locks.hold_alone(alone), "copies are made anew though the system can tell that nobody reads them"
    os.close(alone)


def test_mode_and_link_of_the_file_stay(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"a\n")
    os.chmod(tmp_path / "real", 0o640)
    os.symlink("real", tmp_path / "file")
    file = opened(tmp_path, b"a\n")
    for n in range(4):
        file.insert(len(file.pieces), b"%d\n" % n)
        file.save()
    assert os.readlink(tmp_path / "file") == "real"
    assert (tmp_path / "real").read_bytes() == b"a\n0\n1\n2\n3\n"
    assert os.stat(tmp_path / "real").st_mode & 0o777 == 0o640


def test_a_change_by_another_is_seen(tmp_path: Path) -> None:
    file = opened(tmp_path, b"a\n")
    file.insert(1, b"b\n")
    file.save()
    with open(tmp_path / "file", "ab") as other:
        other.write(b"theirs\n")
    assert not file.is_ours()
    assert file.read() == b"a\nb\ntheirs\n"


@pytest.mark.parametrize("call", ["link", "replace"])
def test_without_links_or_on_another_file_system_it_is_written_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    real = getattr(os, call)

    def refused(source: str, target: str) -> None:
        if "spare" in source + target:
            raise OSError(18, "Invalid cross-device link")
        real(source, target)

    monkeypatch.setattr(os, call, refused)
    file = opened(tmp_path, b"a\n")
    for n in range(4):
        file.insert(len(file.pieces), b"%d\n" % n)
        file.save()
        assert (tmp_path / "file").read_bytes() == b"".join(file.pieces)
        assert file.is_ours()
    file.close()
    assert os.listdir(tmp_path / "tmp" / "spare") == []


def unread(folder: Path) -> GrowingFile:
    return GrowingFile(str(folder / "file"), str(folder / "tmp"))


def lines(data: bytes | None) -> list[tuple[str, bytes]]:
    return [(line.decode().strip(), line) for line in (data or b"").splitlines(keepends=True)]


def test_new_pieces_stand_in_the_order_of_the_run_behind_the_old_ones(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"z\nc\n")
    book = OrderedFile(unread(tmp_path), lines, {name: rank for rank, name in enumerate("abcdefg")})
    assert book.refresh()
    for name in "gbeaf":
        book.put(name, f"{name}\n".encode())
    book.put("c", b"c anew\n")
    book.put("unknown", b"unknown\n")
    book.put("d", b"d\n")
    book.save()
    assert (tmp_path / "file").read_bytes().split(b"\n") == [b"z", b"c anew", b"a", b"b", b"e", b"f", b"g", b"unknown", b"d", b""]
    assert book.get("e") == b"e\n"
    assert book.mark() == (2, "c")


def test_a_run_that_goes_on_with_another_keeps_its_order(tmp_path: Path) -> None:
    ranks = {name: rank for rank, name in enumerate("abcd")}
    (tmp_path / "file").write_bytes(b"old\n")
    first = OrderedFile(unread(tmp_path), lines, ranks)
    first.refresh()
    first.put("d", b"d\n")
    first.save()
    mark = first.mark()
    second = OrderedFile(unread(tmp_path), lines, ranks, mark)
    second.refresh()
    second.put("a", b"a\n")
    second.save()
    assert (tmp_path / "file").read_bytes() == b"old\na\nd\n"
    mended = OrderedFile(unread(tmp_path), lines, ranks, mark._replace(last="gone"))
    mended.refresh()
    mended.put("b", b"b\n")
    mended.save()
    assert (tmp_path / "file").read_bytes() == b"old\na\nd\nb\n"
