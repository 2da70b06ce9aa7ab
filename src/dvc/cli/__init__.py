"""The command line. `main` is what the `dvc` script calls; it imports nothing heavy until a command needs it."""

from dvc.cli.main import main as main
