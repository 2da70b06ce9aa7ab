"""`python -m dvc`."""

import sys

from dvc.cli import script

if __name__ == "__main__":
    sys.exit(script())
