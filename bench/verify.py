"""How fast does `etl verify` compare both sides? `python -m bench.verify [--rows N] [--rounds N]`.

The servers' CPU per row is printed as well: on a machine that does other things at the same time,
it says more than rows a second.
"""

import argparse
import os
import statistics
import time
from pathlib import Path

from bench import _etl
from tests.etl.world import World

_TABLE = "student_courseenrollment"


def main() -> None:
    """Verify generated enrolments again and again, on all columns and on keys alone in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=400_000, help="enrolments (%(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="of each kind (%(default)s)")
    options = parser.parse_args()
    with _etl.bridge(enrolments=options.rows) as world:
        assert world.etl("backfill").code == 0
        world.modern.execute("VACUUM ANALYZE enrollment_enrollment")
        full, quick, spent = [], [], []
        for _ in range(options.rounds):
            before = used(world)
            full.append(verify(world))
            spent.append([after - start for start, after in zip(before, used(world), strict=True)])
            quick.append(verify(world, "--quick"))
    rows = options.rows
    legacy, modern = (1e6 * statistics.median(one) / rows for one in zip(*spent, strict=True))
    print(
        f"verify: {rows} enrolments, both sides, real columns: "
        f"{rows / statistics.median(full):,.0f} rows/s (best {rows / min(full):,.0f})"
        f", {legacy:.1f} us CPU a row in MariaDB, {modern:.1f} in PostgreSQL; "
        f"keys and totals: {rows / statistics.median(quick):,.0f} rows/s"
    )


def verify(world: World, *arguments: str) -> float:
    """Give the seconds that one pass takes, without the start of the process."""
    began = time.monotonic()
    outcome = world.etl("verify", "--tables", _TABLE, *arguments)
    assert outcome.code == 0, outcome.output
    return time.monotonic() - began


def used(world: World) -> tuple[float, float]:
    """Give the seconds of CPU that both servers have used, on this machine."""
    ((path,),) = world.legacy_rows("SELECT @@pid_file")
    # Each command has a backend of its own, which counts with its parent once it has ended.
    parent = stat(int(str(world.value("SELECT pg_backend_pid()"))))[1]
    return cpu(int(Path(str(path)).read_text())), cpu(parent)


def cpu(process: int) -> float:
    """Give the seconds of CPU of a process and of those of its children that have ended."""
    return sum(stat(process)[11:15]) / os.sysconf("SC_CLK_TCK")


def stat(process: int) -> list[int]:
    """Read what the kernel counts of a process, from its state on."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return [int(field) if field.lstrip("-").isdigit() else 0 for field in fields]


if __name__ == "__main__":
    main()
