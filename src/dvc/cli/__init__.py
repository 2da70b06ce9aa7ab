"""The command line. `main` runs one command; it imports nothing heavy until a command needs it. `script` is `dvc` itself."""

from dvc.cli.main import main as main


def script() -> int:
    """What the `dvc` script calls: `main` in a process that does nothing else.

    A seventh of what a short command takes is the search for reference cycles, while modules load and again when the
    interpreter ends. So it is put off until there are many objects, and left out at the end: the system takes all back.
    """
    import gc

    gc.set_threshold(100_000, 20, 20)
    try:
        return main()
    finally:
        gc.freeze()
