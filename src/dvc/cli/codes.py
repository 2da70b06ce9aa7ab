"""Exit codes that mean the same for every command (docs/formats/output.md)."""

USAGE = 254
INTERRUPTED = 252
BROKEN_PIPE = 141
CONFIG = 251
NOT_IN_PROJECT = 253
UNEXPECTED = 255
