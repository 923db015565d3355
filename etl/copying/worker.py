"""A worker of a backfill: takes range after range, makes indexes and deletes what legacy lost.

It shares nothing with other workers but PostgreSQL, so they may run in one process, in many, or on
many machines. One that is killed costs the chunk it was at, which others then take.
"""

import gc
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from typing import Self

from etl import checkpoints, exclusive, mysql, postgres
from etl.copying import chunk_queue, held_indexes, pausing
from etl.copying.chunk_queue import KeyRange
from etl.copying.throttle import NO_LIMITS, Limits, Throttle
from etl.exclusive import Direction
from etl.mysql import Size, Source, TableReader
from etl.postgres import Applied, Target
from etl.rows import Key
from etl.settings import EtlSettings
from etl.stopping import Stop
from etl.sweep import sweep
from etl.tables import TableMap

CHUNK_ROWS = 20_000
# Of tables with long texts fewer rows are read at once.
CHUNK_BYTES = 8_000_000
# Rows that are not loaded as they come are held, in several forms at the same time.
STAGED_ROWS = 5_000
# How long to wait where all that is left is in the hands of others, or a person wants a pause.
_WAIT_SECONDS = 0.5
# More objects than a block of rows is made of.
_COLLECT_AFTER = 50_000


@dataclass(slots=True)
class Done:
    """What was done so far, by one worker or by many."""

    copied: int = 0
    waiting: int = 0
    set_aside: int = 0
    swept: int = 0
    indexes: int = 0
    rules: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def add(self, other: "Done") -> None:
        """Count what somebody else did as well."""
        self.copied += other.copied
        self.waiting += other.waiting
        self.set_aside += other.set_aside
        self.swept += other.swept
        self.indexes += other.indexes
        self.rules.update(other.rules)

    @classmethod
    def chunk(cls, rows: int, applied: Applied) -> Self:
        """Count one chunk."""
        rules: Counter[tuple[str, str, str]] = Counter()
        for remark in applied.remarks:
            rules[remark.table, remark.column, remark.rule] += remark.count
        return cls(rows, applied.waiting, len(applied.set_aside), rules=rules)


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a worker is to do: tables by their legacy names, rows of a chunk, how gently.

    `limit` bounds the rows that this worker copies of each table.
    """

    tables: tuple[str, ...]
    chunk: int = CHUNK_ROWS
    limit: int | None = None
    limits: Limits = NO_LIMITS

    def shared(self, workers: int) -> "list[Assignment]":
        """Give each of several workers its share of the rates and of the rows."""
        limits = self.limits.shared(workers)
        if self.limit is None:
            return [replace(self, limits=limits)] * workers
        whole, more = divmod(self.limit, workers)
        return [
            replace(self, limits=limits, limit=whole + (number < more)) for number in range(workers)
        ]


def chunk_rows(wanted: int, size: Size) -> int:
    """Keep the bytes of a chunk within bounds as well as its rows."""
    return max(1, min(wanted, CHUNK_BYTES // max(size.row_bytes, 1)))


@contextmanager
def _collecting_less() -> Iterator[None]:
    """Let the collector of cycles look at rows less often: they make none, and it takes a sixth."""
    before = gc.get_threshold()
    gc.set_threshold(_COLLECT_AFTER, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


@dataclass(slots=True)
class Worker:
    """One stretch of copying, over one connection to each side."""

    source: Source
    target: Target
    tables: Mapping[str, TableMap]
    assignment: Assignment
    sizes: Mapping[str, Size]
    throttle: Throttle
    did: Callable[[Done], None]
    report: Callable[[str], None]
    connections: ExitStack
    progressed: bool = False
    _readers: dict[str, TableReader] = field(default_factory=dict)
    _copied: Counter[str] = field(default_factory=Counter)

    @classmethod
    def start(
        cls,
        settings: EtlSettings,
        assignment: Assignment,
        *,
        stop: Stop,
        did: Callable[[Done], None],
        report: Callable[[str], None],
        former: exclusive.Former | None = None,
    ) -> Self:
        """Connect; raise AlreadyRunning while a follower is at work."""
        with postgres.translated(), ExitStack() as connections:
            connection = connections.enter_context(closing(postgres.connect(settings.modern)))
            exclusive.claim(connection, stop, shared=True, former=former)
            exclusive.claim(connection, stop, shared=True, direction=Direction.COPYING)
            # Rows and the account of them are in one commit: losing the last means copying again.
            connection.execute("SET synchronous_commit = off")
            legacy = connections.enter_context(closing(mysql.connect(settings.legacy)))
            source = Source(legacy)
            tables = {one.source: one for one in source.inventory().chosen(assignment.tables)}
            return cls(
                source,
                Target(connection),
                tables,
                assignment,
                source.sizes(),
                Throttle(assignment.limits, source, report),
                did,
                report,
                connections.pop_all(),
            )

    def close(self) -> None:
        """Close both connections, which frees a range that was not finished."""
        self.connections.close()

    def run(self, stop: Stop) -> None:
        """Work until nothing is left of the tables, or until stopped."""
        with postgres.translated(), _collecting_less():
            while not stop.requested():
                self._rest(stop)
                began = time.monotonic()
                done = self._copy() or self._make_index() or self._sweep()
                if done is not None:
                    self.progressed = True
                    self.did(done)
                    self.throttle.after_chunk(done.copied, began, stop)
                elif self._is_over() or stop.pause(_WAIT_SECONDS):
                    return

    def _rest(self, stop: Stop) -> None:
        """Wait while a person wants it, and while legacy is busy."""
        connection = self.target.connection
        if pausing.paused_since(connection) is not None:
            self.report("paused: `etl backfill --resume` lets it go on")
            while pausing.paused_since(connection) is not None and not stop.pause(_WAIT_SECONDS):
                pass
        self.throttle.before_chunk(stop)

    def _copy(self) -> Done | None:
        """Copy the next rows of the next range; None where there is no range to take."""
        connection = self.target.connection
        with self.target.transaction():
            taken = chunk_queue.take(connection, self._open())
            if taken is None:
                return None
            keys, applied, asked = self._carry(taken, self._chunk_rows(taken.source))
            last = keys[-1] if len(keys) == asked else None
            checkpoints.record(connection, taken.source, applied, keys)
            chunk_queue.advance(connection, taken, last, copied=len(keys))
        self._copied[taken.source] += len(keys)
        return Done.chunk(len(keys), applied)

    def _carry(self, taken: KeyRange, size: int) -> tuple[Sequence[Key], Applied, int]:
        """Read rows and store them; give the keys that were read, in their order.

        The last one is how many rows legacy was asked for.
        """
        table = self.tables[taken.source]
        reader, writer = self._reader(table), self.target.writer(table)
        # What legacy contains is read before its rows are: a row never seems newer than it is.
        acked = self.source.acked()
        if not writer.has_rows(taken.after, taken.upto):
            with closing(reader.blocks(taken.after, size, upto=taken.upto)) as blocks:
                loaded = writer.load(blocks, acked=acked)
            if loaded is not None:
                return loaded.keys, loaded.applied, size
        size = min(size, STAGED_ROWS)
        chunk = reader.chunk(taken.after, size, upto=taken.upto)
        images = {row[table.key_index] or b"": row for row in chunk.rows}
        return list(images), writer.apply(images, acked=acked), size

    def _make_index(self) -> Done | None:
        name = held_indexes.make_next(self.target, self.assignment.tables)
        if name is None:
            return None
        self.report(f"made the index {name}")
        return Done(indexes=1)

    def _sweep(self) -> Done | None:
        """Delete what legacy no longer has of a table copied anew, if nobody else is at it."""
        connection = self.target.connection
        for source in checkpoints.to_sweep(connection, self.assignment.tables):
            with exclusive.alone_at(connection, source) as alone:
                if alone:
                    swept = sweep(self.source, self.target, self.tables[source])
                    checkpoints.swept(connection, source)
                    return Done(swept=swept)
        return None

    def _open(self) -> list[str]:
        """Give the tables of which this worker may copy more."""
        limit = self.assignment.limit
        return [name for name in self.tables if limit is None or self._copied[name] < limit]

    def _chunk_rows(self, source: str) -> int:
        size = chunk_rows(self.assignment.chunk, self.sizes.get(source, Size()))
        limit = self.assignment.limit
        return size if limit is None else min(size, limit - self._copied[source])

    def _reader(self, table: TableMap) -> TableReader:
        if table.source not in self._readers:
            self._readers[table.source] = self.source.reader(table)
        return self._readers[table.source]

    def _is_over(self) -> bool:
        """Say whether this worker is not needed any more, even if another one is killed."""
        connection = self.target.connection
        if self.assignment.limit is not None:
            return not chunk_queue.sources(connection).intersection(self._open())
        return not chunk_queue.is_work_left(connection, self.assignment.tables)
