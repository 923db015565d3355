"""How fast does `etl backfill` copy a table? `python -m bench.backfill [--rows N]`."""

import argparse
import resource
import time

from bench import _etl


def main() -> None:
    """Copy generated enrolments in a process of its own, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000, help="enrolments (%(default)s)")
    rows = parser.parse_args().rows
    with _etl.bridge(enrolments=rows) as world:
        began = time.monotonic()
        process = world.etl_process("backfill", "--tables", "student_courseenrollment")
        _, errors = process.communicate()
        seconds = time.monotonic() - began
        assert process.returncode == 0, errors
        copied = world.value("SELECT count(*) FROM enrollment_enrollment")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        f"backfill: {copied} enrolments in {seconds:.2f} s with start-up, "
        f"{rows / seconds:,.0f} rows/s, {used.ru_maxrss / 1024:.0f} MB"
    )


if __name__ == "__main__":
    main()
