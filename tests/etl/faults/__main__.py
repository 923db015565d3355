"""`python -m tests.etl.faults soak | evidence`: what CI does in seconds, for minutes.

Prints a page; exit code 1 when a rule was broken. Uses the servers of the development stack.
"""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from deploy.stack import up
from tests.etl.faults.evidence import gathered
from tests.etl.faults.killing import Plan
from tests.etl.faults.run import killed
from tests.etl.world import World, connected, migrate, restore
from tests.legacy_lms.database import loader
from tests.servers import fresh_mariadb, fresh_postgres

FIRST_KILLS = 12


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.etl.faults", description=__doc__)
    parser.add_argument("what", choices=["soak", "evidence"])
    parser.add_argument("--minutes", type=float, default=1.0, help="how long (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="who is killed when (%(default)s)")
    asked = parser.parse_args()
    seconds = asked.minutes * 60
    with worlds(is_whole=asked.what == "evidence") as world:
        if asked.what == "evidence":
            evidence = gathered(world, seconds, seed=asked.seed)
            return told(str(evidence), is_clean=evidence.is_clean)
        world.installed()
        run = killed(world, Plan(seed=asked.seed, seconds=seconds, first_kills=FIRST_KILLS))
        return told(str(run), is_clean=not run.broken)


def told(page: str, *, is_clean: bool) -> int:
    sys.stdout.write(page + "\n")
    return 0 if is_clean else 1


@contextmanager
def worlds(*, is_whole: bool) -> Iterator[World]:
    """Give two fresh databases; legacy has all recorded tables, or only those that modern has."""
    servers = up()
    with fresh_mariadb(servers) as legacy, fresh_postgres(servers) as modern:
        (loader.load if is_whole else restore)(legacy)
        migrate(modern)
        with connected(legacy, modern) as world:
            yield world


if __name__ == "__main__":
    sys.exit(main())
