"""Random pipelines whose results are known: every stage writes its name and what it read."""

import random
from pathlib import Path


def random_dag(folder: Path, seed: int, count: int, *, slow: float = 0.0) -> None:
    """Write a dvc.yaml of `count` stages and its inputs into `folder`. Stages sleep up to `slow` seconds.

    Stages are in no order of their dependencies; some have several outputs, folders, metrics or parameters.
    """
    rng = random.Random(seed)
    for n in range(3):
        (folder / f"in{n}.txt").write_text(f"input {n} of {seed}\n")
    (folder / "params.yaml").write_text("".join(f"p{n}: {n}\n" for n in range(5)))
    (folder / "dvc.yaml").write_text("stages:\n" + "".join(_stages(rng, count, slow)))


def _stages(rng: random.Random, count: int, slow: float) -> list[str]:
    made: list[str] = [f"in{n}.txt" for n in range(3)]
    texts = []
    for n in range(count):
        deps = sorted(set(rng.choices(made[-40:], k=rng.randint(1, 3))))
        out = f"out/s{n}" if rng.random() < 0.3 else f"s{n}.txt"
        kind = rng.choice(["file", "file", "folder", "metric", "two"])
        read = f"(echo s{n}; cat {' '.join(f'{dep}/part' if dep.endswith('.d') else dep for dep in deps)}) | cksum"
        pause = f"sleep {rng.uniform(0, slow):.3f}; " if slow else ""
        text = f"  s{n}:\n    deps: [{', '.join(deps)}]\n"
        if rng.random() < 0.2:
            text += f"    params: [p{rng.randint(0, 4)}]\n"
        if kind == "folder":
            out += ".d"
            text += f"    cmd: {pause}mkdir -p {out}; {read} > {out}/part\n    outs: [{out}]\n"
        elif kind == "metric":
            text += f"    cmd: {pause}mkdir -p out; {read} > {out}\n    metrics: [{out}: {{cache: false}}]\n"
        elif kind == "two":
            text += f"    cmd:\n    - {pause}mkdir -p out; {read} > {out}\n    - cp {out} {out}.copy\n    outs: [{out}, {out}.copy]\n"
        else:
            text += f"    cmd: {pause}mkdir -p out; {read} > {out}\n    outs: [{out}]\n"
        made.append(out)
        texts.append(text)
    rng.shuffle(texts)
    return texts


def state(folder: Path) -> dict[str, bytes]:
    """All files of a workspace but git's and those below `.dvc`."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not {".git", ".dvc"} & set(path.relative_to(folder).parts)
    }
