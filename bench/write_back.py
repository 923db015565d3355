"""How far is legacy behind modern's writes? `python -m bench.write_back [--rate N] [--seconds S]`.

Several writers commit single rows to PostgreSQL; the time of each is the moment before its
statement. It is visible once a reader of MariaDB sees the marker row that names it, which is in the
transaction of the row. Then many writes wait for a worker that was away, and it catches up.
"""

import argparse
import bisect
import signal
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

import psycopg

from bench import _etl
from deploy.stack.reach import connect_mysql
from tests.etl.world import World, wait_until

WRITERS = 4
ENROLMENTS = 20_000
_FIRST = 100_003
_POLL_SECONDS = 0.001
_PATIENCE_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Figures:
    """Lags in milliseconds, entries a second of catching up, megabytes of the worker."""

    p50: float
    p95: float
    p99: float
    most: float
    catch_up: float
    megabytes: float


@dataclass(slots=True)
class Marker:
    """When the marker row was seen to name which entry, in the order of both."""

    entries: list[int] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    def seen(self, entry: int) -> float:
        """Say when an entry was visible."""
        return self.times[bisect.bisect_left(self.entries, entry)]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=500, help="writes a second (%(default)s)")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long (%(default)s)")
    parser.add_argument("--waiting", type=int, default=10_000, help="to catch up (%(default)s)")
    asked = parser.parse_args()
    found = measure(rate=asked.rate, seconds=asked.seconds, waiting=asked.waiting)
    print(
        f"write-back at {asked.rate} writes/s: p50 {found.p50:.0f} ms, p95 {found.p95:.0f} ms, "
        f"p99 {found.p99:.0f} ms, max {found.most:.0f} ms; "
        f"catch-up {found.catch_up:,.0f} entries/s; {found.megabytes:.0f} MB"
    )


def measure(*, rate: int, seconds: float, waiting: int) -> Figures:
    """Write at a rate, then let a worker catch up with writes that wait; check that all arrived."""
    with _etl.bridge(enrolments=ENROLMENTS) as world:
        assert world.etl("backfill").code == 0
        lags = sorted(_lags(world, rate=rate, seconds=seconds))
        catch_up, megabytes = _catch_up(world, waiting)
        differing = world.etl("verify", "--tables", "student_courseenrollment")
        assert differing.code == 0, differing.output
    cuts = statistics.quantiles(lags, n=100)
    return Figures(cuts[49], cuts[94], cuts[98], lags[-1], catch_up, megabytes)


def _lags(world: World, *, rate: int, seconds: float) -> list[float]:
    """Give the lag of each write in milliseconds."""
    began: list[tuple[int, float]] = []
    process = world.etl_process("write-back")
    try:
        with _watching(world) as marker:
            _warm_up(world, marker)
            writers = [
                threading.Thread(target=_write, args=(world, number, rate, seconds, began))
                for number in range(WRITERS)
            ]
            for writer in writers:
                writer.start()
            for writer in writers:
                writer.join()
            last = max(entry for entry, _ in began)
            wait_until(lambda: marker.entries[-1] >= last, seconds=_PATIENCE_SECONDS)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate()
    return [(marker.seen(entry) - at) * 1000 for entry, at in began]


def _warm_up(world: World, marker: Marker) -> None:
    """Let the worker carry one write: it has started then."""
    world.modern.execute("UPDATE enrollment_enrollment SET mode = 'warm' WHERE id = %s", (_FIRST,))
    wait_until(lambda: bool(marker.entries) and marker.entries[-1] > 0)


def _write(
    world: World, number: int, rate: int, seconds: float, began: list[tuple[int, float]]
) -> None:
    """Update one enrolment after the other; note each entry, and when its write began."""
    pause = WRITERS / rate
    first = time.monotonic() + pause * number / WRITERS
    with psycopg.connect(world.settings.modern, autocommit=True) as connection:
        for written in range(int(seconds / pause)):
            time.sleep(max(first + written * pause - time.monotonic(), 0))
            key = _FIRST + 2 * ((written * WRITERS + number) % (ENROLMENTS - 100))
            at = time.monotonic()
            connection.execute(
                "UPDATE enrollment_enrollment SET mode = %s WHERE id = %s", (f"m{written}", key)
            )
            ((entry,),) = connection.execute("SELECT currval('bridge.outbox_seq_seq')").fetchall()
            began.append((int(entry), at))


@contextmanager
def _watching(world: World) -> Iterator[Marker]:
    """Watch the marker row while the block runs."""
    marker, enough = Marker(), threading.Event()
    thread = threading.Thread(target=_watch, args=(world, marker, enough))
    thread.start()
    try:
        yield marker
    finally:
        enough.set()
        thread.join()


def _watch(world: World, marker: Marker, enough: threading.Event) -> None:
    with closing(connect_mysql(world.environment["LEGACY_DATABASE_URL"])) as connection:
        connection.autocommit(value=True)
        while not enough.wait(_POLL_SECONDS):
            with connection.cursor() as cursor:
                cursor.execute("SELECT last_seq FROM bridge_origin")
                ((entry,),) = cursor.fetchall()
            if not marker.entries or entry > marker.entries[-1]:
                marker.entries.append(entry)
                marker.times.append(time.monotonic())


def _catch_up(world: World, waiting: int) -> tuple[float, float]:
    """Give the entries a second at which a worker carries over what waits, and its megabytes."""
    world.modern.execute(
        "UPDATE enrollment_enrollment SET mode = 'late' WHERE id BETWEEN %s AND %s",
        (_FIRST, _FIRST + 2 * waiting - 1),
    )
    last = int(str(world.value("SELECT max(seq) FROM bridge.outbox")))
    with _watching(world) as marker:
        process = world.etl_process("write-back")
        wait_until(lambda: marker.entries[-1:] == [last], seconds=_PATIENCE_SECONDS)
        megabytes = _etl.peak_megabytes(process.pid)
        process.send_signal(signal.SIGTERM)
        process.communicate()
    # From the first batch that was seen to the last: without the start of a process.
    entries, times = marker.entries[1:], marker.times[1:]
    return (entries[-1] - entries[0]) / (times[-1] - times[0]), megabytes


if __name__ == "__main__":
    main()
