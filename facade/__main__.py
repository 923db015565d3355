"""`python -m facade` is the `facade` command."""

import sys

from facade.cli import main

if __name__ == "__main__":
    sys.exit(main())
