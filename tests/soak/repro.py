"""Run by hand: `python -m tests.soak.repro`. Random pipelines in parallel, again and again, and killed again and again.

Every run must leave what a serial run leaves, byte for byte: dvc.lock, `.gitignore`, all outputs. After a kill whatever dvc.lock
says must be what the serial run says, no object may be wrong, and the next run must complete. The suite has small versions.
"""

import argparse
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from dvc.formats import lock
from tests.dags import random_dag, state

ROOT = Path(__file__).parents[2]


def dvc(folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "dvc", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def must(folder: Path, *arguments: str) -> str:
    process = dvc(folder, *arguments)
    said, _ = process.communicate()
    if process.returncode:
        sys.exit(f"dvc {' '.join(arguments)} in {folder}: {process.returncode}\n{said[-3000:]}")
    return said


def prepared(folder: Path, seed: int, stages: int, slow: float) -> Path:
    folder.mkdir()
    subprocess.run(["git", "init", "-q", "."], cwd=folder, check=True)
    must(folder, "init", "-q")
    random_dag(folder, seed, stages, slow=slow)
    return folder


def check(folder: Path, wanted: dict[str, bytes]) -> None:
    """Everything is as the serial run left it."""
    found = state(folder)
    for name in sorted(found.keys() | wanted.keys()):
        if found.get(name) != wanted.get(name):
            sys.exit(f"'{name}' in {folder} is not what the serial run left:\n{found.get(name)!r}\n{wanted.get(name)!r}")
    if must(folder, "status", "--json").strip() != "{}":
        sys.exit(f"{folder} is not up to date")


def check_cut_short(folder: Path, wanted: dict[str, bytes]) -> None:
    """What is recorded is right, and every object is what its name says."""
    text = state(folder).get("dvc.lock")
    good = lock.read(wanted["dvc.lock"].decode(), "dvc.lock").stages
    for name, entry in (lock.read(text.decode(), "dvc.lock").stages if text else {}).items():
        if entry != good[name]:
            sys.exit(f"stage {name} is recorded as {entry} in {folder}")
    for path in (folder / ".dvc/cache/files/md5").glob("??/*"):
        name = path.parent.name + path.name.removesuffix(".dir")
        if len(name) == 32 and hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest() != name:
            sys.exit(f"{path} is not what its name says")


def kill(folder: Path, jobs: int, rng: random.Random, longest: float) -> str:
    """Start a run and kill -9 it, or one of its stages, at a random moment."""
    process = dvc(folder, "repro", "-j", str(jobs))
    time.sleep(rng.uniform(0.2, longest))
    stage = rng.random() < 0.4
    victims = _children(process.pid) if stage else [process.pid]
    for victim in rng.sample(victims, min(1, len(victims))):
        try:
            os.kill(victim, signal.SIGKILL)
        except ProcessLookupError:
            pass
    said, _ = process.communicate()
    if "Traceback" in said or "unexpected error" in said:
        sys.exit(said)
    return f"a stage ({process.returncode})" if stage else f"the run ({process.returncode})"


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in found.read_text().split()] if found.exists() else []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--stages", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--slow", type=float, default=0.02)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as base:
        start = prepared(Path(base) / "start", args.seed, args.stages, args.slow)
        serial = Path(shutil.copytree(start, Path(base) / "serial", symlinks=True))
        began = time.monotonic()
        must(serial, "repro", "-q")
        longest = time.monotonic() - began
        wanted = state(serial)
        print(f"serial: {longest:.1f} s")
        for _ in range(args.runs):
            work = Path(shutil.copytree(start, Path(base) / "work", symlinks=True))
            must(work, "repro", "-q", "-j", str(args.jobs))
            check(work, wanted)
            shutil.rmtree(work)
        print(f"{args.runs} runs with -j {args.jobs}: the same as the serial one")
        for n in range(args.kills):
            work = Path(shutil.copytree(start, Path(base) / "work", symlinks=True))
            what = kill(work, args.jobs, rng, longest)
            check_cut_short(work, wanted)
            recorded = len(lock.read((state(work).get("dvc.lock") or b"").decode(), "dvc.lock").stages)
            must(work, "repro", "-q", "-j", str(args.jobs))
            check(work, wanted)
            print(f"kill {n + 1}: {what}, {recorded} stages recorded; completed, the same", flush=True)
            shutil.rmtree(work)


if __name__ == "__main__":
    main()
