"""`etl backfill`: copy tables in key order, resuming after the last chunk that was committed.

Legacy is neither locked nor held in a long snapshot: chunks are read one by one, and the follower
replays the log from a place before the first of them, which brings every row to its latest image.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from etl import checkpoints, exclusive, preflight
from etl.checkpoints import Checkpoint, Place
from etl.lines import LineWriter
from etl.mysql import Size, Source, TableReader
from etl.postgres import Applied, Target
from etl.rows import Chunk
from etl.stopping import Stop
from etl.sweep import sweep
from etl.tables import TableMap

CHUNK_ROWS = 20_000
# Of tables with long texts fewer rows are held at once.
CHUNK_BYTES = 8_000_000
_REPORT_SECONDS = 1.0

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Options:
    """What to copy and how; `limit` bounds the rows copied of each table in this run.

    `everything` says that these tables are all: then a new place in the log may replace the old.
    """

    tables: Sequence[TableMap]
    chunk: int = CHUNK_ROWS
    limit: int | None = None
    resnapshot: bool = False
    everything: bool = False


@dataclass(slots=True)
class Summary:
    """What a run came to; `finished` means that every table asked for is copied to its end."""

    copied: int = 0
    waiting: int = 0
    set_aside: int = 0
    swept: int = 0
    finished: bool = True
    rules: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def add(self, rows: int, applied: Applied) -> None:
        """Count one chunk."""
        self.copied += rows
        self.waiting += applied.waiting
        self.set_aside += len(applied.set_aside)
        for remark in applied.remarks:
            self.rules[remark.table, remark.column, remark.rule] += remark.count

    def lines(self) -> list[str]:
        """Say it to a person."""
        lines = [
            f"{self.copied} rows copied, {self.set_aside} set aside, {self.swept} deleted",
            f"{self.waiting} rows left to modern writes that legacy does not have yet",
        ]
        lines += [
            f"rule: {table}.{column}: {rule}, {count} times"
            for (table, column, rule), count in sorted(self.rules.items())
        ]
        return lines if self.finished else [*lines, "not finished: run `etl backfill` to go on"]


def backfill(
    source: Source, target: Target, options: Options, *, stop: Stop, report: Report
) -> Summary:
    """Copy the tables of `options`; raise AlreadyRunning while a follower is at work."""
    preflight.require_log(source)
    preflight.require_source_tables(source, options.tables)
    preflight.require_target_tables(target.connection, options.tables)
    exclusive.claim(target.connection, stop)
    begin(source, target, options)
    summary = Summary()
    known = checkpoints.checkpoints(target.connection)
    for table in options.tables:
        copy = _Copy(source, target, table, options)
        copy.run(known[table.source], summary, stop=stop, report=report)
        if stop.requested():
            summary.finished = False
            break
    return summary


def begin(source: Source, target: Target, options: Options) -> None:
    """Note, before the first read of a table, the place in the log to replay over its snapshot."""
    place = checkpoints.place(target.connection)
    starting_over = options.resnapshot and options.everything
    if place is not None and not starting_over:
        checkpoints.require_usable(place, source.server())
    known = checkpoints.checkpoints(target.connection)
    fresh = [
        table.source for table in options.tables if options.resnapshot or table.source not in known
    ]
    if not fresh:
        return
    position, acked = source.start()
    with target.transaction():
        for name in fresh:
            new = Checkpoint(name, position.file, position.offset, sweep=options.resnapshot)
            checkpoints.save_checkpoint(target.connection, new)
        if place is None or starting_over:
            checkpoints.save_place(
                target.connection, Place(source.server(), position.file, position.offset, acked)
            )


def rehearse(source: Source, options: Options, report: Report) -> Summary:
    """Read and convert everything from the beginning, and write nothing."""
    summary = Summary()
    preflight.require_log(source)
    preflight.require_source_tables(source, options.tables)
    for table in options.tables:
        reader, writer = source.reader(table), LineWriter(table)
        bounded = _bounded(options, reader.size())
        for chunk in _chunks(reader, bounded, Checkpoint(table.source, "", 0)):
            converted = writer.convert(chunk.rows)
            applied = Applied(set_aside=converted.set_aside, remarks=converted.remarks)
            summary.add(len(chunk.rows), applied)
        report(f"{table.source}: {summary.copied} rows so far can be copied or set aside")
    return summary


@dataclass(slots=True)
class _Copy:
    """The copying of one table."""

    source: Source
    target: Target
    table: TableMap
    options: Options

    def run(self, checkpoint: Checkpoint, summary: Summary, *, stop: Stop, report: Report) -> None:
        if checkpoint.done and not checkpoint.sweep:
            return
        connection = self.target.connection
        reader, writer = self.source.reader(self.table), self.target.writer(self.table)
        size = reader.size()
        options = _bounded(self.options, size)
        progress = _Progress(self.table.source, size.rows, checkpoint.copied)
        # What legacy contains is read before its rows are: a row never seems newer than it is.
        acked = self.source.acked()
        for chunk in _chunks(reader, options, checkpoint):
            images = {row[self.table.key_index] or b"": row for row in chunk.rows}
            checkpoint = _advanced(checkpoint, chunk, full=options.chunk)
            with self.target.transaction():
                applied = writer.apply(images, acked=acked)
                checkpoints.record(connection, self.table.source, applied, images)
                checkpoints.save_checkpoint(connection, checkpoint)
            summary.add(len(chunk.rows), applied)
            progress.report(checkpoint, report)
            if stop.requested():
                return
            acked = self.source.acked()
        summary.finished &= checkpoint.done
        if checkpoint.done and checkpoint.sweep:
            summary.swept += sweep(self.source, self.target, self.table)
            with self.target.transaction():
                checkpoints.save_checkpoint(connection, replace(checkpoint, sweep=False))
        self.target.release(self.table.source)


def _bounded(options: Options, size: Size) -> Options:
    """Keep the bytes of a chunk within bounds as well as its rows."""
    return replace(options, chunk=max(1, min(options.chunk, CHUNK_BYTES // max(size.row_bytes, 1))))


def _chunks(reader: TableReader, options: Options, checkpoint: Checkpoint) -> Iterator[Chunk]:
    """Read on from a checkpoint; the last chunk of a table is shorter than the others."""
    left = options.limit if options.limit is not None else options.chunk
    after = checkpoint.last_key
    while not checkpoint.done and left > 0:
        size = min(options.chunk, left) if options.limit is not None else options.chunk
        chunk = reader.chunk(after, size)
        yield chunk
        if len(chunk.rows) < size:
            return
        after = chunk.last_key
        if options.limit is not None:
            left -= size


def _advanced(checkpoint: Checkpoint, chunk: Chunk, *, full: int) -> Checkpoint:
    return replace(
        checkpoint,
        last_key=chunk.last_key if chunk.rows else checkpoint.last_key,
        copied=checkpoint.copied + len(chunk.rows),
        done=len(chunk.rows) < full,
    )


class _Progress:
    """Says now and then how far a table is, how fast, and how long it still takes."""

    def __init__(self, table: str, total: int, before: int) -> None:
        self._table = table
        self._total = total
        self._before = before
        self._began = self._said = time.monotonic()

    def report(self, checkpoint: Checkpoint, report: Report) -> None:
        now = time.monotonic()
        if not checkpoint.done and now - self._said < _REPORT_SECONDS:
            return
        if not checkpoint.copied:
            return
        self._said = now
        rate = (checkpoint.copied - self._before) / max(now - self._began, 1e-3)
        # The server's own count is an estimate: it may lie below what was copied already.
        left = max(self._total - checkpoint.copied, 0) / max(rate, 1.0)
        ahead = "done" if checkpoint.done else f"about {left:.0f} s left"
        report(f"{self._table}: {checkpoint.copied} rows, {rate:,.0f} rows/s, {ahead}")
