"""How fast does `etl backfill` copy learner state? `python -m bench.backfill [--rows N]`.

It is compared with one COPY of a ready file into the same table: as modern has it, with an index
that COPY fills row by row and a backfill makes last, and without that index. Where there is a
pgloader it fills a table without that index, too; it makes neither jsonb nor most conversions.
Rounds alternate; medians and ratios count.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg

from bench import _etl, _pgloader, _studentmodules
from bench._memory import Watch
from bench._processors import Spent, spent
from etl import mysql
from etl.lines import LineWriter
from etl.mysql import Source
from etl.tables import BY_SOURCE
from tests.etl.world import World

TABLE = BY_SOURCE[_studentmodules.TABLE]
TARGET = TABLE.target
_BLOCK = 1 << 18
# All tables have their primary keys.
_BARE = ", no index"


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of one way took; `megabytes` is what its largest process came to hold."""

    seconds: float
    spent: Spent
    megabytes: int = 0


class Died(Exception):
    """A way did not come to its end; the text says how."""


@dataclass(frozen=True, slots=True)
class Bench:
    """Both databases, the number of rows, and a folder for the ready file and what was printed."""

    world: World
    rows: int
    folder: Path

    @property
    def ready(self) -> Path:
        """The file that COPY reads."""
        return self.folder / "ready"

    @property
    def printed(self) -> Path:
        """What the last process printed."""
        return self.folder / "printed"

    def empty(self) -> None:
        """Let nothing be copied."""
        for table in (TARGET, "bridge.chunk", "bridge.checkpoint", "bridge.quality"):
            self.world.modern.execute(f"TRUNCATE {table}")

    def backfill(self, workers: int) -> Round:
        """Copy the table with so many workers."""
        found = self._process(
            *(sys.executable, "-m", "etl", "backfill", "--workers", str(workers)),
            *("--tables", _studentmodules.TABLE),
        )
        copied = self.world.value(f"SELECT count(*) FROM {TARGET}")
        assert copied == self.rows, self.printed.read_text()
        return found

    def write_ready(self) -> None:
        """Write the file that COPY reads: the lines that a backfill makes, documents as they were.

        What PostgreSQL itself would print is easier to read: its documents are sorted by key.
        """
        writer = LineWriter(TABLE)
        with self.ready.open("wb") as file, closing(mysql.connect(self.world.settings.legacy)) as c:
            for block in Source(c).reader(TABLE).blocks(None, self.rows):
                file.write(writer.convert(block).text())

    def copy(self) -> Round:
        """Load the ready file as the ETL's own write, by the driver that the ETL uses."""
        columns = ", ".join(TABLE.target_columns)
        before, began = spent(self.world), time.monotonic()
        with self.world.modern.transaction():
            self.world.modern.execute("SET LOCAL bridge.origin = 'legacy'")
            with (
                self.ready.open("rb") as file,
                self.world.modern.cursor().copy(f"COPY {TARGET} ({columns}) FROM STDIN") as copy,
            ):
                while block := file.read(_BLOCK):
                    copy.write(block)
        return Round(time.monotonic() - began, spent(self.world).since(before))

    def pgloader(self) -> Round:
        """Let pgloader make and fill a table of its own, with texts where modern has jsonb."""
        legacy = self.world.environment["LEGACY_DATABASE_URL"]
        orders = self.folder / "orders"
        orders.write_text(
            _pgloader.orders(
                legacy=legacy,
                modern=self.world.environment["DATABASE_URL"],
                table=_studentmodules.TABLE,
            )
        )
        found = self._process(
            *("pgloader", "--no-ssl-cert-verification"),
            *("--root-dir", str(self.folder / "pgloader"), str(orders)),
        )
        loaded = self._loaded_by_pgloader('"' + legacy.rpartition("/")[2] + '"')
        if loaded != self.rows:
            reason = _pgloader.reason(self.printed.read_text())
            raise Died(f"it brought {loaded} rows: {reason}")
        return found

    def _process(self, *command: str) -> Round:
        """Run a program on both databases to its end."""
        before, began = spent(self.world), time.monotonic()
        with self.printed.open("wb") as printed:
            process = subprocess.Popen(
                command,
                env=os.environ | self.world.environment,
                stdout=printed,
                stderr=subprocess.STDOUT,
                # Away from the terminal, at which the debugger of a dying pgloader would wait.
                start_new_session=True,
            )
        with Watch(process.pid) as watch:
            try:
                process.wait()
            finally:
                # Ctrl-C does not reach it there.
                process.terminate()
        seconds = time.monotonic() - began
        return Round(seconds, spent(self.world).since(before), watch.megabytes)

    def _loaded_by_pgloader(self, schema: str) -> object:
        try:
            return self.world.value(f"SELECT count(*) FROM {schema}.{_studentmodules.TABLE}")
        except psycopg.errors.UndefinedTable:
            return 0
        finally:
            self.world.modern.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000, help="learner states (%(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="of each way (%(default)s)")
    options = parser.parse_args()
    with _etl.bridge(enrolments=1) as world, tempfile.TemporaryDirectory() as folder:
        _studentmodules.fill(world, options.rows)
        bench = Bench(world, options.rows, Path(folder))
        bench.write_ready()
        print(f"{options.rows} rows of {_studentmodules.TABLE}, with start-up")
        _print(_measured(bench, _ways(bench, ""), options.rounds), options.rows)
        _drop_indexes(world)
        ways = _ways(bench, _BARE)
        if shutil.which("pgloader"):
            ways[f"pgloader, texts{_BARE}"] = bench.pgloader
        _print(_measured(bench, ways, options.rounds), options.rows)


def _ways(bench: Bench, table: str) -> dict[str, Callable[[], Round]]:
    """Give the ways to fill the table, the reference first."""
    return {
        f"one COPY of a ready file{table}": bench.copy,
        f"etl backfill, 1 worker{table}": lambda: bench.backfill(1),
        f"etl backfill, 2 workers{table}": lambda: bench.backfill(2),
    }


def _drop_indexes(world: World) -> None:
    query = (
        "SELECT indexrelid::regclass::text FROM pg_index"
        f" WHERE indrelid = '{TARGET}'::regclass AND NOT indisunique"
    )
    for (name,) in world.rows(query):
        world.modern.execute(f"DROP INDEX {name}")


def _measured(
    bench: Bench, ways: dict[str, Callable[[], Round]], rounds: int
) -> dict[str, list[Round | Died]]:
    found: dict[str, list[Round | Died]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            bench.empty()
            try:
                found[name].append(way())
            except Died as death:
                found[name].append(death)
    return found


def _print(found: dict[str, list[Round | Died]], rows: int) -> None:
    reference = 0.0
    for name, rounds in found.items():
        ended = [one for one in rounds if isinstance(one, Round)]
        deaths = [str(one) for one in rounds if isinstance(one, Died)]
        if ended:
            seconds = statistics.median(one.seconds for one in ended)
            reference = reference or seconds
            print(f"{name:34} {_line(ended, seconds, rows)}  x{reference / seconds:.2f}")
        if deaths:
            print(f"{name:34} {len(deaths)} of {len(rounds)}: {deaths[0]}")


def _line(rounds: Sequence[Round], seconds: float, rows: int) -> str:
    spread = ", ".join(f"{one.seconds:.1f}" for one in rounds)
    own, legacy, modern = (
        statistics.median(getattr(one.spent, side) for one in rounds) / rows * 1e6
        for side in ("own", "legacy", "modern")
    )
    return (
        f"{seconds:7.1f} s ({spread}) {rows / seconds:9,.0f} rows/s,"
        f" CPU us a row: {own:.1f} own, {legacy:.1f} legacy, {modern:.1f} modern,"
        f" {max(one.megabytes for one in rounds)} MB,"
    )


if __name__ == "__main__":
    main()
