"""Reads commits, trees and blobs through one `git cat-file --batch`. Never writes; starts its process on the first question."""

import os
import threading
import weakref
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, TYPE_CHECKING

from dvc.exceptions import GitProblem
from dvc.git.port import TreeEntry

if TYPE_CHECKING:
    import subprocess

# Requests written before their answers are read. 512 lines of 41 bytes stay far below the 64 KiB that a pipe holds, so git
# never waits for us to read while we wait for it to take more.
_IN_FLIGHT = 512


class ObjectReader:
    """The objects of the repository of a work tree. Safe to use from several threads."""

    def __init__(self, root: str, environ: Mapping[str, str]) -> None:
        self._root = root
        self._environ = environ
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._ending: weakref.finalize[..., object] | None = None
        self._trees: dict[str, tuple[TreeEntry, ...]] = {}

    def resolve(self, name: str) -> tuple[str, str, bytes] | None:
        """(hash, type, bytes) of the object with any name git understands; None for an unknown one."""
        # A line is one request: a name with a line break would be two, and no revision has one.
        if not name.strip() or any(c in name for c in "\n\r\0"):
            return None
        with self._lock:
            write, read = self._pipes()
            try:
                write.write(os.fsencode(name) + b"\n")
                write.flush()
                return _answer(read)
            except OSError as error:
                raise self._broken(error) from error

    def blobs(self, shas: Iterable[str]) -> dict[str, bytes]:
        """Bytes by hash; hashes that the repository lacks are left out."""
        wanted = list(dict.fromkeys(shas))
        found: dict[str, bytes] = {}
        with self._lock:
            if not wanted:
                return found
            write, read = self._pipes()
            try:
                for start in range(0, len(wanted), _IN_FLIGHT):
                    batch = wanted[start : start + _IN_FLIGHT]
                    write.write("".join(f"{sha}\n" for sha in batch).encode())
                    write.flush()
                    for sha in batch:
                        answer = _answer(read)
                        if answer is not None:
                            found[sha] = answer[2]
            except OSError as error:
                raise self._broken(error) from error
        return found

    def trees(self, shas: Iterable[str]) -> dict[str, Sequence[TreeEntry]]:
        wanted = list(shas)
        for sha, data in self.blobs(s for s in wanted if s not in self._trees).items():
            self._trees[sha] = parse_tree(data, len(sha) // 2)
        return {sha: self._trees[sha] for sha in wanted if sha in self._trees}

    def close(self) -> None:
        with self._lock:
            self._process = None
            if self._ending is not None:
                self._ending()

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        if self._process is None:
            import subprocess

            try:
                self._process = subprocess.Popen(
                    ["git", "cat-file", "--batch"],
                    cwd=self._root,
                    env=dict(self._environ),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                )
            except OSError as error:
                raise GitProblem(f"git cannot be run: {error.strerror}", hint="install git, and see that it is on PATH") from error
            # Also when nobody calls close: at the end of the reader, or of the program.
            self._ending = weakref.finalize(self, _end, self._process)
        write, read = self._process.stdin, self._process.stdout
        if write is None or read is None:
            raise GitProblem("git was started without pipes")
        return write, read

    def _broken(self, error: OSError) -> GitProblem:
        return GitProblem(
            f"git stopped reading objects of '{self._root}': {error}", hint="see whether `git fsck` is content with the repository"
        )


def _end(process: "subprocess.Popen[bytes]") -> None:
    for pipe in (process.stdin, process.stdout):
        try:
            if pipe is not None:
                pipe.close()
        except OSError:  # it died before us; nothing is lost, we only read
            pass
    process.wait()


def _answer(read: IO[bytes]) -> tuple[str, str, bytes] | None:
    header = read.readline()
    if not header:
        raise OSError("the process ended")
    # "SHA TYPE SIZE", or "NAME missing" and "NAME ambiguous": a name may hold blanks, so look from the end.
    if header.endswith((b" missing\n", b" ambiguous\n")):
        return None
    parts = header.split()
    if len(parts) != 3 or not parts[2].isdigit():
        return None
    data = read.read(int(parts[2]))
    read.read(1)
    return parts[0].decode(), parts[1].decode(), data


def parse_tree(data: bytes, width: int = 20) -> tuple[TreeEntry, ...]:
    """The rows of a tree object: `MODE NAME\\0` and the hash as `width` raw bytes (20, or 32 where git uses SHA-256)."""
    rows = []
    at = 0
    while at < len(data):
        blank = data.index(b" ", at)
        end = data.index(b"\0", blank)
        rows.append(TreeEntry(os.fsdecode(data[blank + 1 : end]), int(data[at:blank], 8), data[end + 1 : end + 1 + width].hex()))
        at = end + 1 + width
    return tuple(rows)
