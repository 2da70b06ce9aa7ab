"""`python -m dvc`."""

import sys

from dvc.cli import main

if __name__ == "__main__":
    sys.exit(main())
