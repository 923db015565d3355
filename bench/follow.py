"""How far is `etl follow` behind, and how fast does it catch up? `python -m bench.follow`.

Each write carries its own time, and a trigger notes when its row is stored: the lag holds all
but the commit itself.
"""

import argparse
import resource
import signal
import statistics
import time
from pathlib import Path

from bench import _etl
from tests.etl.world import World, wait_until

_PER_TRANSACTION = 10
_ROWS = 20_000
_BESIDE = "student_courseenrollmentattribute"
_ATTRIBUTES = (
    f"INSERT INTO {_BESIDE} (id, enrollment_id, namespace, name, value)"
    " SELECT seq * 2 + 1, seq, 'order', 'number', CONCAT('EDX-', seq) FROM seq_1_to_{rows}"
)
_FIRST = 100_003
_UPDATE = "UPDATE student_courseenrollment SET mode = %s WHERE id BETWEEN %s AND %s"


def main() -> None:
    """Write at steady rates, then during an outage; print the lags, and how fast it is made up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rates",
        type=int,
        nargs="+",
        default=[500, 2_000, 5_000],
        help="row changes a second (500 2000 5000)",
    )
    parser.add_argument("--seconds", type=float, default=10.0, help="how long (%(default)s)")
    parser.add_argument(
        "--outage", type=int, default=100_000, help="row changes of an outage (%(default)s)"
    )
    parser.add_argument(
        "--beside", type=int, default=100_000, help="rows copied beside the log (%(default)s)"
    )
    options = parser.parse_args()
    with _etl.bridge(enrolments=_ROWS) as world:
        assert world.etl("backfill").code == 0
        watch(world)
        for rate in options.rates:
            print(lag(world, rate=rate, seconds=options.seconds), flush=True)
        world.write(_ATTRIBUTES.format(rows=options.beside))
        world.caught_up()
        print(lag_beside(world, rate=options.rates[0], seconds=options.seconds), flush=True)
        world.modern.execute("DROP TRIGGER lag ON enrollment_enrollment")
        print(catch_up(world, options.outage))


def lag(world: World, *, rate: int, seconds: float) -> str:
    """Follow while somebody writes at a rate, and say how long rows took to be stored."""
    world.modern.execute("TRUNCATE lag")
    process = world.etl_process("follow")
    wait_until(lambda: world.etl("status").output.startswith("follow: running"))
    began = time.monotonic()
    written = write(world, rate=rate, seconds=seconds)
    reached = written / (time.monotonic() - began)
    wait_until(lambda: world.value("SELECT count(*) FROM lag") == written, seconds=60)
    peak = Path(f"/proc/{process.pid}/status").read_text().partition("VmHWM:")[2].split()[0]
    process.send_signal(signal.SIGTERM)
    process.communicate()
    lags = [float(str(found)) for (found,) in world.rows("SELECT lag FROM lag ORDER BY lag")]
    cuts = statistics.quantiles(lags, n=100)
    return (
        f"follow: {reached:,.0f} of {rate:,} changes/s: p50 {cuts[49]:.0f} ms, "
        f"p95 {cuts[94]:.0f} ms, p99 {cuts[98]:.0f} ms, max {lags[-1]:.0f} ms; "
        f"{int(peak) / 1024:.0f} MB"
    )


def lag_beside(world: World, *, rate: int, seconds: float) -> str:
    """Say how long rows take while another table is copied anew again and again."""
    asked = "INSERT INTO bridge.recopy (source, sweep) SELECT %s, true FROM generate_series(1, 100)"
    world.modern.execute(asked, (_BESIDE,))
    found = lag(world, rate=rate, seconds=seconds)
    (copied,) = world.rows("SELECT sum(copied) FROM bridge.recopy")
    world.modern.execute("DELETE FROM bridge.recopy")
    return f"{found}; {copied[0]} rows of another table copied beside it"


def catch_up(world: World, changes: int) -> str:
    """Write while nobody follows, and say how fast a follower makes up for it."""
    for number in range(changes // _PER_TRANSACTION):
        change(world, number)
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    process = world.etl_process("follow", "--until-caught-up")
    _, errors = process.communicate()
    assert process.returncode == 0, errors
    seconds = time.monotonic() - began
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    return (
        f"follow: {changes:,} changes of an outage in {seconds:.1f} s with start-up, "
        f"{changes / seconds:,.0f} rows/s, {1e6 * spent / changes:.0f} us of its own CPU a row"
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
    """Update some enrolments after the others at a steady rate; give how many."""
    began, written = time.time(), 0
    while time.time() - began < seconds:
        change(world, written // _PER_TRANSACTION)
        written += _PER_TRANSACTION
        time.sleep(max(began + written / rate - time.time(), 0))
    return written


def change(world: World, number: int) -> None:
    """Update the next enrolments in one transaction of legacy."""
    first = _FIRST + 2 * (number * _PER_TRANSACTION % (_ROWS - _PER_TRANSACTION))
    last = first + 2 * (_PER_TRANSACTION - 1)
    world.write(_UPDATE, f"{time.time():.6f}", first, last)


if __name__ == "__main__":
    main()
