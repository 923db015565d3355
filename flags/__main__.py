"""`python -m flags`: the same as the console script `flags`."""

import sys

from flags.cli import main

sys.exit(main())
