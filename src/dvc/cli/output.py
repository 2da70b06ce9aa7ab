"""Where a command's words go: data to standard output, everything said beside it as `-q` and the stream allow.

Data is never held back. Names that are no UTF-8 pass through as the bytes they are.
"""

import sys
from typing import Any, TextIO


class Output:
    """`quiet` silences `say` and `note`; data, warnings and errors always show."""

    def __init__(self, *, quiet: bool = False) -> None:
        self.quiet = quiet

    def data(self, text: str) -> None:
        """One answer (or part of one) and a line feed, on standard output."""
        _write(sys.stdout, text + "\n")

    def say(self, text: str) -> None:
        """A sentence for people, on standard output; silent with -q."""
        if not self.quiet:
            _write(sys.stdout, text + "\n")

    def note(self, text: str) -> None:
        """A sentence for people, on standard error; silent with -q."""
        if not self.quiet:
            _write(sys.stderr, text + "\n")

    def aside(self, text: str) -> None:
        """A line that is not ours to hold back, on standard error: what a stage's command writes there."""
        _write(sys.stderr, text + "\n")

    def warn(self, text: str) -> None:
        _write(sys.stderr, f"WARNING: {text}\n")

    def error(self, text: str, hint: str | None = None) -> None:
        _write(sys.stderr, f"ERROR: {text}\n" + (f"HINT: {hint}\n" if hint else ""))

    def json(self, value: Any) -> None:
        """One line, ASCII, keys in the order given; indented where a person reads it (docs/formats/output.md)."""
        import json

        self.data(json.dumps(value, indent=2 if sys.stdout.isatty() else None))

    def confirm(self, question: str) -> bool:
        """Ask on the terminal; False when there is nobody to answer."""
        if not sys.stdin or not sys.stdin.isatty():
            return False
        _write(sys.stderr, f"{question} [y/n] ")
        return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _write(stream: TextIO | None, text: str) -> None:
    if stream is None:
        return
    if stream is sys.stderr and sys.stdout is not None:
        sys.stdout.flush()  # where both go to one place, they read in the order in which they were said
    try:
        stream.write(text)
    except UnicodeEncodeError:
        plain = text.encode(
            stream.encoding or "utf-8", "surrogateescape" if "utf" in (stream.encoding or "utf-8").lower() else "backslashreplace"
        )
        buffer = getattr(stream, "buffer", None)
        if buffer is None:
            stream.write(text.encode("ascii", "backslashreplace").decode())
            return
        stream.flush()
        buffer.write(plain)
    if stream is sys.stderr:
        stream.flush()
