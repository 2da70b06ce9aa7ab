"""The command line. `main` runs one command; it imports nothing heavy until a command needs it. `script` is `dvc` itself."""

import os
import sys

from dvc.cli.main import main as main


def script() -> int:
    """What the `dvc` script calls: `main` in a process that does nothing else.

    A seventh of what a short command takes is the search for reference cycles, while modules load and again when the
    interpreter ends. So it is put off until there are many objects, and left out at the end: the system takes all back.
    """
    import gc

    gc.set_threshold(100_000, 20, 20)
    try:
        code = main()
    finally:
        gc.freeze()
    if "opendal" in sys.modules:
        _leave(code)
    return code


def _leave(code: int) -> None:
    """End the process without ending the interpreter.

    Threads of opendal's still put away what they handed over. They want the interpreter for that, and one that is on its way out
    ends such a thread where it stands, upon which opendal aborts the process: with SIGABRT after all went well.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):  # nobody is there to be told
            pass
    os._exit(code)
