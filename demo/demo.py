"""The versioning tutorial, from an empty folder to a pipeline, with what each command prints. Run by `make demo`."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from images import FIRST, SECOND, archives

HERE = Path(__file__).resolve().parent
PLOTS = HERE.parent / "build" / "demo"  # stays when the demo is over
BOLD, PLAIN = ("\x1b[1m", "\x1b[0m") if sys.stdout.isatty() else ("", "")

REGISTRY = """
git init -q
dvc init -q
dvc remote add -d storage ../storage
dvc add -q tutorials/versioning/data.zip tutorials/versioning/new-labels.zip
git add . && git commit -q -m "Two archives of labelled images"
dvc push
rm -rf .dvc/cache tutorials/versioning/*.zip
"""

# Headings, each with the commands that follow it.
TUTORIAL = [
    (
        "A new project with its code under Git",
        """
git init -q
dvc init
printf '*.npy\\n__pycache__/\\n' > .gitignore
git add . && git commit -q -m "Start the project"
""",
    ),
    (
        "First version: get the data out of the registry, track it, train, track the model",
        """
dvc get ../registry tutorials/versioning/data.zip
python -m zipfile -e data.zip . && rm -f data.zip
find data -name '*.png' | wc -l
dvc add data
cat data.dvc
python train.py
dvc add model.npz
git add data.dvc model.npz.dvc metrics.csv .gitignore
git commit -q -m "First model, trained with 500 images"
git tag -a v1.0 -m "model v1.0, 500 images"
dvc status
""",
    ),
    (
        "Second version: twice as many images",
        """
dvc get ../registry tutorials/versioning/new-labels.zip
python -m zipfile -e new-labels.zip . && rm -f new-labels.zip
dvc status
dvc add data
python train.py
dvc add model.npz
git add data.dvc model.npz.dvc metrics.csv
git commit -q -m "Second model, trained with 1000 images"
git tag -a v2.0 -m "model v2.0, 1000 images"
dvc diff v1.0 v2.0 | tail -5
""",
    ),
    (
        "Back to the first version: code, data and model together",
        """
git checkout -q v1.0
dvc checkout
find data -name '*.png' | wc -l
dvc status
git checkout -q main
dvc checkout
""",
    ),
    (
        "The data of the first version alone",
        """
git checkout v1.0 data.dvc
dvc checkout data.dvc
find data/train -name '*.png' | wc -l
git checkout -q -f main
dvc checkout
find data/train -name '*.png' | wc -l
dvc status
""",
    ),
    (
        "From a model that is tracked by hand to a stage that makes it",
        """
dvc remove model.npz.dvc
dvc stage add -n train -d train.py -d data -o model.npz -o features_train.npy -o features_validation.npy -M metrics.csv python train.py
cat dvc.yaml
dvc repro
git add . && git commit -q -m "Make the training a stage"
""",
    ),
    (
        "Nothing has changed, so nothing is run",
        """
dvc repro
""",
    ),
    (
        "A few images turn out to be useless: the stage runs again",
        """
rm data/train/8/000*.png data/train/8/001*.png
dvc status
dvc repro
git add . && git commit -q -m "Drop bad images"
dvc dag
""",
    ),
    (
        "How good is it, against the first version?",
        """
dvc metrics show
dvc metrics diff v1.0
""",
    ),
    (
        "The two versions' training, drawn: open this page",
        """
dvc plots diff v1.0 v2.0 --targets metrics.csv -x epoch -y accuracy --title 'Accuracy by epoch' -o "$PLOTS"
""",
    ),
]


def run(commands, folder, env):
    """Print and run each line; stop the demo at the first that fails."""
    for command in commands.strip().splitlines():
        print(f"{BOLD}$ {command}{PLAIN}", flush=True)
        code = subprocess.run(["bash", "-c", command], cwd=folder, env=env, stderr=subprocess.STDOUT, check=False).returncode
        if code:
            sys.exit(f"demo: `{command}` exited with {code}")


def environment(base):
    """The tools of this interpreter's environment first, and a Git identity of the demo's own."""
    home = base / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(
        "[user]\n\tname = Demo\n\temail = demo@example.com\n[init]\n\tdefaultBranch = main\n[advice]\n\tdetachedHead = false\n"
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DVC_", "GIT_", "XDG_"))}
    return kept | {
        "HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "GIT_CONFIG_NOSYSTEM": "1",
        "PLOTS": str(PLOTS),
    }


def main():
    base = Path(tempfile.mkdtemp(prefix="cairn-demo-"))
    try:
        env = environment(base)
        registry, project = base / "registry", base / "project"
        (registry / "tutorials/versioning").mkdir(parents=True)
        for name, content in zip((FIRST, SECOND), archives(), strict=True):
            (registry / "tutorials/versioning" / name).write_bytes(content)
        print(f"{BOLD}== A registry: a Git repository whose data lies in a DVC remote (here a folder){PLAIN}")
        run(REGISTRY, registry, env)
        shutil.copytree(HERE / "project", project)
        for heading, commands in TUTORIAL:
            print(f"\n{BOLD}== {heading}{PLAIN}")
            run(commands, project, env)
        print(f"\n{BOLD}== Done.{PLAIN}")
    finally:
        shutil.rmtree(base, ignore_errors=True)


if __name__ == "__main__":
    main()
