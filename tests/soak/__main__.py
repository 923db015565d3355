"""`python -m tests.soak`: run a soak, print its page; exit code 1 when a rule was broken."""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from tests.soak.page import page
from tests.soak.run import Plan, soak
from tests.soak.verdict import judge


def main() -> int:
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="how long (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="what goes wrong when (%(default)s)")
    parser.add_argument("--keep", type=Path, help="an empty folder for ledgers and logs")
    asked = parser.parse_args()
    plan = Plan(seconds=asked.minutes * 60, seed=asked.seed)
    with tempfile.TemporaryDirectory() as folder:
        evidence = asyncio.run(soak(plan, asked.keep or Path(folder)))
    findings = judge(evidence)
    sys.stdout.write(page(evidence, findings) + "\n")
    return int(any(each.broken for each in findings))


if __name__ == "__main__":
    sys.exit(main())
