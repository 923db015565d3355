"""What does it save to make secondary indexes after a copy? `python -m bench.held_indexes`.

Loads enrolments, which have a primary key, a unique index and three more, in chunks as
`etl backfill` does: tables of several sizes, the three there from the beginning or held, in turn.
What counts is PostgreSQL's processor time: seconds depend on what else the machine does.
"""

import argparse
import random
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from psycopg import sql

from bench import _etl
from etl.copying import held_indexes
from etl.copying.worker import CHUNK_ROWS
from etl.postgres import Connection, Target
from etl.tables import BY_SOURCE

_TABLE = BY_SOURCE["student_courseenrollment"]
_LOAD = sql.SQL("COPY {} (id, user_id, course_key, enrolled_at, active, mode) FROM STDIN").format(
    sql.Identifier(*_TABLE.relation)
)
_COPIED = (
    "INSERT INTO bridge.checkpoint (source, since_file, since_offset, done)"
    " VALUES (%s, '', 0, true) ON CONFLICT (source) DO UPDATE SET done = true"
)


@dataclass(frozen=True, slots=True)
class Spent:
    """What one load took, in seconds."""

    processor: float
    wall: float


def main() -> None:
    """Load tables of several sizes both ways, and print what each way costs."""
    parser = argparse.ArgumentParser(description=__doc__)
    sizes = [10_000, 30_000, 100_000, 300_000]
    parser.add_argument("--rows", type=int, nargs="+", default=sizes, help="sizes of tables")
    parser.add_argument("--rounds", type=int, default=3, help="of each way (%(default)s)")
    options = parser.parse_args()
    with _etl.bridge(enrolments=1) as world:
        target = Target(world.modern)
        world.modern.execute(_COPIED, (_TABLE.source,))
        # Its processor time would be counted elsewhere.
        world.modern.execute("SET max_parallel_maintenance_workers = 0")
        for rows in options.rows:
            chunks = _chunks(rows)
            ways: dict[bool, list[Spent]] = {False: [], True: []}
            for number in range(2 * options.rounds):
                is_held = number % 2 == 1
                ways[is_held].append(_spent(target, chunks, is_held=is_held))
            print(_line(rows, ways[False], ways[True]), flush=True)


def _chunks(rows: int) -> Sequence[str]:
    """Make enrolments in the order of their ids, of people and courses in none."""
    draw = random.Random(1)
    lines = [
        f"{2 * n + 1}\t{draw.randrange(rows)}\tcourse-v1:BenchX+C{n}+{draw.randrange(97)}"
        f"\t2016-05-01 00:00:{n % 60:02}Z\tt\thonor\n"
        for n in range(rows)
    ]
    return ["".join(lines[n : n + CHUNK_ROWS]) for n in range(0, rows, CHUNK_ROWS)]


def _spent(target: Target, chunks: Sequence[str], *, is_held: bool) -> Spent:
    connection = target.connection
    connection.execute(sql.SQL("TRUNCATE {}").format(sql.Identifier(*_TABLE.relation)))
    began, before = time.perf_counter(), _processor(connection)
    if is_held:
        with target.transaction():
            assert held_indexes.hold(connection, _TABLE) == 3
    for chunk in chunks:
        with target.transaction(), connection.cursor().copy(_LOAD) as copy:
            copy.write(chunk)
    while held_indexes.make_next(target, [_TABLE.source]) is not None:
        pass
    return Spent(_processor(connection) - before, time.perf_counter() - began)


def _processor(connection: Connection) -> float:
    """Seconds of processor time that the session's own process has used."""
    path = Path(f"/proc/{connection.info.backend_pid}/schedstat")
    return int(path.read_text().split()[0]) / 1e9


def _line(rows: int, there: Sequence[Spent], held: Sequence[Spent]) -> str:
    def middle(spent: Sequence[Spent]) -> str:
        processor = statistics.median(one.processor for one in spent)
        wall = statistics.median(one.wall for one in spent)
        return f"{processor:.3f} s CPU, {wall:.2f} s"

    ratio = statistics.median(one.processor for one in held) / statistics.median(
        one.processor for one in there
    )
    return f"{rows:>7} rows: there {middle(there)}; held {middle(held)}; CPU x {ratio:.2f}"


if __name__ == "__main__":
    main()
