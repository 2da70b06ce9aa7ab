"""Runs a whole `dvc` process and makes one of its system calls fail, or kills it there; then looks for damage.

The promise (docs/design): no byte that existed before a command is lost by it, whatever fails, whenever it is killed; no
metadata file is ever half-written; the same command run again completes; a command that failed never says that it did not.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src"
EXTENT = os.environ.get("CAIRN_FAULTS", "sample")  # or "kill", "all"

# Every call that changes something on disk, and those whose failure must be noticed.
CALLS = (
    "write",
    "pwrite64",
    "ftruncate",
    "copy_file_range",
    "sendfile",
    "ioctl",
    "rename",
    "renameat",
    "renameat2",
    "link",
    "linkat",
    "symlink",
    "symlinkat",
    "unlink",
    "unlinkat",
    "rmdir",
    "mkdir",
    "mkdirat",
    "chmod",
    "fchmod",
    "fchmodat",
    "utimensat",
    "fsync",
    "fdatasync",
    "syncfs",
    "flock",
)
ERRORS = ("ENOSPC", "EIO", "EPERM")


@dataclass(frozen=True)
class Ended:
    """How a command ended; `injected`: whether the fault was met on the way."""

    code: int
    err: str
    injected: bool
    calls: Mapping[str, int] = field(default_factory=dict)


class Box:
    """A project in a folder, with a home and a git identity of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.work = folder / "work"

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "DVC_ENGINE", "LANG", "LC_ALL")}
        home = str(self.folder / "home")
        return kept | {
            "HOME": home,
            "XDG_CONFIG_HOME": home,
            "PYTHONPATH": str(SOURCE),
            "PYTHONDONTWRITEBYTECODE": "1",
            "DVC_GLOBAL_CONFIG_DIR": home,
            "DVC_SYSTEM_CONFIG_DIR": home,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "a",
            "GIT_AUTHOR_EMAIL": "a@example.com",
            "GIT_COMMITTER_NAME": "a",
            "GIT_COMMITTER_EMAIL": "a@example.com",
        }

    def run(self, *argv: str, strace: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*strace, *argv], cwd=self.work, env=self.environment(), capture_output=True, text=True, check=False, timeout=120
        )

    def dvc(self, *arguments: str) -> None:
        """A step that must succeed."""
        ended = self.run(sys.executable, "-m", "dvc", *arguments)
        assert ended.returncode == 0, f"dvc {' '.join(arguments)}: {ended.stdout}{ended.stderr}"

    def git(self, *arguments: str) -> None:
        assert self.run("git", "-c", "init.defaultBranch=main", *arguments).returncode == 0

    def write(self, name: str, data: str | bytes) -> None:
        path = self.work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)

    def traced(self, arguments: tuple[str, ...], inject: str = "") -> Ended:
        log = self.folder / "trace"
        wanted = ",".join(f"?{call}" for call in CALLS)
        strace = ["strace", "-f", "--seccomp-bpf", "-qq", "-e", "signal=none", "-o", str(log), "-e", f"trace={wanted}"]
        if inject:
            strace += ["-e", f"inject={inject}"]
        ended = self.run(sys.executable, "-m", "dvc", *arguments, strace=tuple(strace))
        text = log.read_text(errors="replace") if log.exists() else ""
        killed = "killed by SIGKILL" in text
        return Ended(ended.returncode, ended.stderr + ended.stdout, killed or "(INJECTED)" in text, _counted(text))

    def copy(self, folder: Path) -> "Box":
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.folder, folder, symlinks=True, copy_function=shutil.copy2)
        made = Box(folder)
        made._mend_links(str(self.folder), str(folder))
        return made

    def _mend_links(self, old: str, new: str) -> None:
        """Links into the cache are absolute, and hard links were copied apart: tie them again."""
        for path in self.work.rglob("*"):
            if path.is_symlink() and (target := os.readlink(path)).startswith(old):
                path.unlink()
                path.symlink_to(new + target[len(old) :])


def _counted(trace: str) -> dict[str, int]:
    """For each call the most that one thread made: strace counts thread by thread."""
    seen: dict[tuple[str, str], int] = {}
    for line in trace.splitlines():
        if found := re.match(r"(\d+) +(\w+)\(", line):
            key = (found[1], found[2])
            seen[key] = seen.get(key, 0) + 1
    counts: dict[str, int] = {}
    for (_, call), count in seen.items():
        counts[call] = max(count, counts.get(call, 0))
    return counts


# --- what a project is


@dataclass(frozen=True)
class State:
    """`metadata` and `data`: path -> bytes. `objects`: path -> whether its bytes hash to its name; `kept`: digests of all sound bytes."""

    metadata: Mapping[str, bytes]
    data: Mapping[str, bytes]
    objects: Mapping[str, bool]

    @property
    def kept(self) -> set[str]:
        return {_md5(data) for data in self.data.values()} | {_digest(path) for path in self.sound}

    @property
    def sound(self) -> set[str]:
        """The objects, of cache and remote, that are what their names say."""
        return {path for path, right in self.objects.items() if right}


def _md5(data: bytes) -> str:
    return hashlib.md5(data).hexdigest()


def _digest(path: str) -> str:
    """The digest that an object's path `STORE/XX/REST` spells."""
    folder, name = path.split("/")[-2:]
    return (folder + name)[:32]


def look(box: Box) -> State:
    metadata: dict[str, bytes] = {}
    data: dict[str, bytes] = {}
    for path in _files(box.work):
        name = str(path.relative_to(box.work))
        if not path.exists():
            continue
        is_metadata = path.suffix == ".dvc" or path.name in (".gitignore", "dvc.yaml", "dvc.lock", "config")
        (metadata if is_metadata else data)[name] = path.read_bytes()
    objects = {}
    for store in (box.work / ".dvc" / "cache", box.folder / "remote"):
        for path in (store / "files" / "md5").glob("??/*"):
            name = f"{store.name}/{path.parent.name}/{path.name}"
            objects[name] = _md5(path.read_bytes()) == _digest(name)
    return State(metadata, data, objects)


def _files(folder: Path) -> Iterator[Path]:
    for parent, inner, names in os.walk(folder):
        inner[:] = [n for n in inner if not (n == ".git" or (Path(parent).name == ".dvc" and n in ("tmp", "cache")))]
        yield from (Path(parent) / n for n in names)


# --- scenarios


@dataclass(frozen=True)
class Scenario:
    """`prepare` builds the project, `command` is what goes wrong. `drops`: gc alone may delete objects."""

    name: str
    prepare: Callable[[Box], None]
    command: tuple[str, ...]
    drops: bool = False
    clean: bool = True  # whether `dvc status` has nothing to say afterwards
    again: Callable[[Box], bool] | None = None  # whether the work is done already, where the command cannot be run twice


DATA: dict[str, str | bytes] = {"data/a.txt": "alpha\n", "data/sub/b.bin": b"\x00\xff" * 6000, "data/c.txt": "gamma\n"}


def started(box: Box) -> None:
    box.work.mkdir()
    (box.folder / "home").mkdir()
    box.git("init", "-q")
    box.dvc("init", "-q")


def with_files(box: Box) -> None:
    started(box)
    for name, data in DATA.items():
        box.write(name, data)
    box.write("one.csv", "1,2\n")


def tracked(box: Box) -> None:
    with_files(box)
    box.dvc("add", "-q", "data", "one.csv")


def changed(box: Box) -> None:
    tracked(box)
    box.write("data/a.txt", "ALPHA, changed\n")
    box.write("data/new.txt", "delta\n")
    (box.work / "data" / "c.txt").unlink()


def behind(box: Box) -> None:
    """The workspace has the first version, the .dvc file names the second; both are in the cache."""
    changed(box)
    box.dvc("add", "-q", "data")
    second = (box.work / "data.dvc").read_bytes()
    box.write("data/a.txt", "alpha\n")
    box.write("data/c.txt", "gamma\n")
    (box.work / "data" / "new.txt").unlink()
    box.dvc("add", "-q", "data")
    (box.work / "data.dvc").write_bytes(second)


def deleted(box: Box) -> None:
    """Nothing of the tracked folder is there; it has several files in a folder of its own."""
    with_files(box)
    box.write("data/sub/d.txt", "delta\n")
    box.write("data/sub/e.txt", "epsilon\n")
    box.dvc("add", "-q", "data", "one.csv")
    shutil.rmtree(box.work / "data")


def linked(kind: str) -> Callable[[Box], None]:
    def prepare(box: Box) -> None:
        with_files(box)
        box.dvc("config", "cache.type", f"{kind},copy")

    return prepare


def linked_behind(kind: str) -> Callable[[Box], None]:
    def prepare(box: Box) -> None:
        behind(box)
        box.dvc("config", "cache.type", f"{kind},copy")

    return prepare


def two_versions(box: Box) -> None:
    changed(box)
    box.dvc("add", "-q", "data")


def with_remote(box: Box) -> None:
    tracked(box)
    box.dvc("remote", "add", "-q", "-d", "store", str(Path("..") / "remote"))


def pushed(box: Box) -> None:
    """Only the remote has the data."""
    with_remote(box)
    box.dvc("push", "-q")
    shutil.rmtree(box.work / ".dvc" / "cache")
    shutil.rmtree(box.work / "data")
    (box.work / "one.csv").unlink()


def stage_to_run(box: Box) -> None:
    """A stage that ran once; its dependency changed since."""
    started(box)
    box.write("in.txt", "first\n")
    box.dvc("stage", "add", "-q", "-n", "copy", "-d", "in.txt", "-o", "out.txt", "cp in.txt out.txt")
    box.dvc("repro", "-q")
    box.write("in.txt", "second\n")


def _holds(name: str, text: str) -> Callable[[Box], bool]:
    return lambda box: text in (box.work / name).read_text()


def piped(box: Box) -> None:
    """A pipeline that ran once, and whose input has changed since: `big` is a folder, `notes` stays while its stage runs."""
    started(box)
    box.write("in.txt", "one\n")
    box.write(
        "dvc.yaml",
        "stages:\n"
        "  last: {cmd: cat big/part mid.txt > last.txt, deps: [big, mid.txt], outs: [last.txt]}\n"
        "  first: {cmd: cp in.txt mid.txt, deps: [in.txt], outs: [mid.txt]}\n"
        "  other: {cmd: mkdir -p big && cat in.txt in.txt > big/part && cp in.txt notes, deps: [in.txt], outs: [big, notes: {persist: true}]}\n",
    )
    box.dvc("repro", "-q")
    box.write("in.txt", "two\n")


def _gone(name: str) -> Callable[[Box], bool]:
    return lambda box: not (box.work / name).exists()


SCENARIOS = (
    Scenario("add", with_files, ("add", "data", "one.csv")),
    Scenario("add-again", changed, ("add", "data")),
    Scenario("add-hardlink", linked("hardlink"), ("add", "data", "one.csv")),
    Scenario("add-symlink", linked("symlink"), ("add", "data", "one.csv")),
    Scenario("commit", changed, ("commit", "-f")),
    Scenario("checkout", behind, ("checkout",)),
    Scenario("checkout-all", deleted, ("checkout",)),
    Scenario("checkout-hardlink", linked_behind("hardlink"), ("checkout",)),
    Scenario("checkout-relink", linked_behind("symlink"), ("checkout", "--relink")),
    Scenario("repro-pipeline", piped, ("repro",)),
    Scenario("repro-jobs", piped, ("repro", "-j", "2")),
    Scenario("gc", two_versions, ("gc", "-w", "-f"), drops=True),
    Scenario("move", tracked, ("move", "data", "moved"), again=_gone("data.dvc")),
    Scenario("remove", tracked, ("remove", "data.dvc"), clean=False, again=_gone("data.dvc")),
    Scenario("remove-outs", tracked, ("remove", "--outs", "data.dvc"), clean=False, again=_gone("data.dvc")),
    Scenario("push", with_remote, ("push",)),
    Scenario("fetch", pushed, ("fetch",), clean=False),
    Scenario("pull", pushed, ("pull",)),
    Scenario("repro", stage_to_run, ("repro",)),
    Scenario(
        "stage-add",
        with_files,
        ("stage", "add", "-n", "copy", "-d", "one.csv", "-o", "out.csv", "cp one.csv out.csv"),
        clean=False,
        again=_holds("dvc.yaml", "copy:"),
    ),
)
