"""How far is `etl follow` behind? `python -m bench.follow [--rate N] [--seconds S]`.

Each write carries its own time, and a trigger notes when its row is stored: the lag holds all
but the commit itself.
"""

import argparse
import resource
import signal
import statistics
import time

from bench import _etl
from tests.etl.world import World, wait_until

_PER_TRANSACTION = 5


def main() -> None:
    """Write at a steady rate, follow in a process of its own, and print the lags."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=500, help="row changes a second (%(default)s)")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long (%(default)s)")
    options = parser.parse_args()
    with _etl.bridge(enrolments=20_000) as world:
        assert world.etl("backfill").code == 0
        watch(world)
        process = world.etl_process("follow")
        wait_until(lambda: world.etl("status").output.startswith("follow: running"))
        written = write(world, rate=options.rate, seconds=options.seconds)
        wait_until(lambda: world.value("SELECT count(*) FROM lag") == written)
        process.send_signal(signal.SIGTERM)
        process.communicate()
        lags = [float(str(lag)) for (lag,) in world.rows("SELECT lag FROM lag ORDER BY lag")]
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cuts = statistics.quantiles(lags, n=100)
    print(
        f"follow: {written} changes at {options.rate}/s: p50 {cuts[49]:.0f} ms, p95 {cuts[94]:.0f}"
        f" ms, p99 {cuts[98]:.0f} ms, max {lags[-1]:.0f} ms; {used.ru_maxrss / 1024:.0f} MB"
    )


def watch(world: World) -> None:
    """Note the lag of each stored row in milliseconds: its mode holds the time it was written."""
    world.modern.execute("CREATE TABLE lag (lag double precision)")
    world.modern.execute(
        "CREATE FUNCTION note_lag() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " INSERT INTO lag VALUES (1000 * (extract(epoch FROM clock_timestamp())"
        " - NEW.mode::double precision)); RETURN NULL; END $$"
    )
    world.modern.execute(
        "CREATE TRIGGER lag AFTER UPDATE ON enrollment_enrollment"
        " FOR EACH ROW EXECUTE FUNCTION note_lag()"
    )


def write(world: World, *, rate: int, seconds: float) -> int:
    """Update one enrolment after the other at a steady rate; give how many."""
    began, written = time.time(), 0
    while time.time() - began < seconds:
        with world.legacy.cursor() as cursor:
            for _ in range(_PER_TRANSACTION):
                key = 100_003 + 2 * (written % 19_000)
                cursor.execute(
                    "UPDATE student_courseenrollment SET mode = %s WHERE id = %s",
                    (f"{time.time():.6f}", key),
                )
                written += 1
        world.legacy.commit()
        time.sleep(max(began + written / rate - time.time(), 0))
    return written


if __name__ == "__main__":
    main()
