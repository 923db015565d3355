"""`etl backfill`: copy tables in key order, resuming after the last chunk that was committed.

Legacy is neither locked nor held in a long snapshot: chunks are read one by one, and the follower
replays the log from a place before the first of them, which brings every row to its latest image.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from etl import exclusive, postgres, preflight
from etl.copying import celery_orders, chunk_queue, crew, pausing, planning
from etl.copying.crew import Hearing
from etl.copying.planning import Plan
from etl.copying.throttle import NO_LIMITS, Limits
from etl.copying.worker import Assignment, Done, chunk_rows
from etl.errors import TryAgain
from etl.exclusive import Direction
from etl.lines import LineWriter
from etl.mysql import Size, Source
from etl.pace import Progress
from etl.postgres import Applied, Connection, Target
from etl.settings import EtlSettings
from etl.stopping import Stop

MOST_WORKERS = 16
# More keep two servers of this size busy without copying faster.
_SENSIBLE_WORKERS = 4
# Below this, starting another process takes longer than what it would copy.
_ROWS_A_WORKER = 100_000
_REPORT_SECONDS = 1.0
_LOOK_SECONDS = 0.5

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Options:
    """How to copy: `workers` None is a sensible number, `limit` bounds the rows of each table.

    `celery` lets Celery's workers copy, wherever they run, instead of processes of this machine.
    """

    workers: int | None = None
    limit: int | None = None
    limits: Limits = NO_LIMITS
    celery: bool = False


@dataclass(slots=True)
class Summary:
    """What a run came to; `finished` means that every table asked for is copied to its end."""

    done: Done = field(default_factory=Done)
    finished: bool = True

    def lines(self) -> list[str]:
        """Say it to a person."""
        done = self.done
        lines = [
            f"{done.copied} rows copied, {done.set_aside} set aside, {done.swept} deleted",
            f"{done.waiting} rows left to modern writes that legacy does not have yet",
        ]
        if done.indexes:
            lines.append(f"{done.indexes} indexes made")
        lines += [
            f"rule: {table}.{column}: {rule}, {count} times"
            for (table, column, rule), count in sorted(done.rules.items())
        ]
        return lines if self.finished else [*lines, "not finished: run `etl backfill` to go on"]


@dataclass(frozen=True, slots=True)
class Backfill:
    """One run of `etl backfill` with what it needs of both databases."""

    settings: EtlSettings
    source: Source
    target: Target
    plan: Plan
    options: Options

    def run(self, stop: Stop, report: Report) -> Summary:
        """Copy the tables of the plan; raise AlreadyRunning while a follower is at work."""
        self._prepare(stop)
        summary, progress = Summary(), self._progress()
        hearing = Hearing(summary.done.add, report, lambda: self._show(progress, report))
        workers = self._workers(progress)
        assignment = Assignment(
            self._names(), self.plan.chunk, self.options.limit, self.options.limits
        )
        if self.options.celery:
            summary.done.copied = self._order(assignment, workers, stop=stop, hearing=hearing)
        else:
            crew.work(self.settings, assignment, workers, stop=stop, hearing=hearing)
        summary.finished = not self._is_work_left()
        return summary

    def _workers(self, progress: Progress) -> int:
        """Start no more workers than there are rows for."""
        rows = progress.total - progress.done
        if self.options.limit is None:
            return self.options.workers or _sensible(rows)
        rows = min(rows, self.options.limit * len(self.plan.tables))
        return min(self.options.workers or _sensible(rows), self.options.limit)

    def _order(self, assignment: Assignment, workers: int, *, stop: Stop, hearing: Hearing) -> int:
        """Let Celery's workers copy, and wait for them; give the rows copied meanwhile."""
        before = self._copied()
        celery_orders.send(self.settings.broker, assignment, workers)
        while self._is_work_left() and not stop.pause(_LOOK_SECONDS):
            hearing.look()
        return self._copied() - before

    def _prepare(self, stop: Stop) -> None:
        preflight.require_log(self.source)
        if self.options.limits.replica_seconds is not None:
            self.source.replica_seconds()
        preflight.require_source_tables(self.source, self.plan.tables)
        preflight.require_target_tables(self.target.connection, self.plan.tables)
        exclusive.claim(self.target.connection, stop, shared=True)
        planning.prepare(self.source, self.target, self.plan)

    def _names(self) -> tuple[str, ...]:
        return tuple(table.source for table in self.plan.tables)

    def _progress(self) -> Progress:
        sizes = self.source.sizes()
        total = sum(sizes.get(name, Size()).rows for name in self._names())
        return Progress(total=total, done=self._copied())

    def _show(self, progress: Progress, report: Report) -> None:
        """Say how far all workers are, wherever they run, at most once a second."""
        if not progress.is_due(_REPORT_SECONDS):
            return
        try:
            with self._looking() as connection:
                progress.done = chunk_queue.copied(connection, self._names())
                workers = exclusive.holders(connection, Direction.COPYING)
                paused = "paused, " if pausing.paused_since(connection) else ""
        except TryAgain:
            # The workers say themselves that PostgreSQL is away, and wait for it.
            return
        report(progress.line("backfill") + f", {paused}{workers} workers")

    @contextmanager
    def _looking(self) -> Iterator[Connection]:
        """Look over a connection that is made anew when it was lost, as the workers' are."""
        if self.target.connection.closed:
            self.target.connection = postgres.connect(self.settings.modern)
        with postgres.translated():
            yield self.target.connection

    def _is_work_left(self) -> bool:
        with self._looking() as connection:
            return chunk_queue.is_work_left(connection, self._names())

    def _copied(self) -> int:
        with self._looking() as connection:
            return chunk_queue.copied(connection, self._names())


def rehearse(source: Source, plan: Plan, limit: int | None, report: Report) -> Summary:
    """Read and convert everything from the beginning, and write nothing."""
    summary, sizes = Summary(), source.sizes()
    preflight.require_log(source)
    preflight.require_source_tables(source, plan.tables)
    for table in plan.tables:
        reader, writer = source.reader(table), LineWriter(table)
        size = chunk_rows(plan.chunk, sizes.get(table.source, Size()))
        after, left, read = None, limit, size
        while read == size and left != 0:
            chunk = reader.chunk(after, size if left is None else min(size, left))
            converted = writer.convert(chunk.rows)
            applied = Applied(set_aside=converted.set_aside, remarks=converted.remarks)
            summary.done.add(Done.chunk(len(chunk.rows), applied))
            after, read = chunk.last_key, len(chunk.rows)
            left = None if left is None else left - read
        report(f"{table.source}: {summary.done.copied} rows so far can be copied or set aside")
    return summary


def _sensible(rows: int) -> int:
    """Say how many workers so many rows are worth on this machine; both servers do more than we."""
    return max(min(rows // _ROWS_A_WORKER, os.cpu_count() or 1, _SENSIBLE_WORKERS), 1)
