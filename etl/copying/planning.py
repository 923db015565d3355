"""What has to be so before the workers of a backfill begin: the place in the log, and the queue.

All of it is one transaction, and only one backfill plans at a time: whoever is started while others
are at work finds what they planned, and helps.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from etl import checkpoints, exclusive
from etl.checkpoints import Checkpoint, Place
from etl.copying import chunk_queue, held_indexes
from etl.copying.chunk_queue import KeyRange
from etl.copying.worker import CHUNK_ROWS, chunk_rows
from etl.following import column_history
from etl.mysql import Size, Source, TableReader
from etl.postgres import Target
from etl.rows import Key
from etl.tables import TableMap

# Enough for all workers to be busy to the end, and few to queue.
_RANGES_OF_TEXTS = 64


@dataclass(frozen=True, slots=True)
class Plan:
    """Which tables to copy; `resnapshot` begins them anew, and deletes what legacy lacks.

    `everything` says that these tables are all: then a new place in the log may replace the old.
    """

    tables: Sequence[TableMap]
    chunk: int = CHUNK_ROWS
    resnapshot: bool = False
    everything: bool = False


def prepare(source: Source, target: Target, plan: Plan) -> None:
    """Note, before the first read of a table, the place in the log to replay over its snapshot.

    Ranges of keys are queued for the tables that are begun, and indexes of large ones are dropped.
    """
    connection, sizes = target.connection, source.sizes()
    with target.transaction():
        exclusive.wait_for_turn(connection)
        known = checkpoints.checkpoints(connection)
        fresh = [table for table in plan.tables if plan.resnapshot or table.source not in known]
        names = {table.source for table in fresh}
        _begin(source, target, plan, names)
        chunk_queue.clear(connection, names)
        queued = chunk_queue.sources(connection)
        for table in plan.tables:
            begun = (
                known[table.source]
                if table.source not in names
                else Checkpoint(table.source, "", 0)
            )
            if not begun.done and table.source not in queued:
                size = sizes.get(table.source, Size())
                found = _ranges(source.reader(table), begun.last_key, plan.chunk, size)
                chunk_queue.add(connection, found)
        for table in fresh:
            if sizes.get(table.source, Size()).rows >= held_indexes.MIN_ROWS:
                held_indexes.hold(connection, table)


def _begin(source: Source, target: Target, plan: Plan, names: Iterable[str]) -> None:
    place = checkpoints.place(target.connection)
    starting_over = plan.resnapshot and plan.everything
    if place is not None and not starting_over:
        checkpoints.require_usable(place, source.server())
    if not names:
        return
    gtids = source.gtids()
    position, acked = source.start()
    for name in sorted(names):
        new = Checkpoint(name, position.file, position.offset, sweep=plan.resnapshot)
        checkpoints.save_checkpoint(target.connection, new)
    column_history.begin(target.connection, source, names, position)
    if place is None or starting_over:
        new_place = Place(
            source.server(), position.file, position.offset, acked, gtid=gtids or None
        )
        checkpoints.save_place(target.connection, new_place)


def _ranges(reader: TableReader, after: Key | None, chunk: int, size: Size) -> list[KeyRange]:
    """Cut what follows a key into ranges."""
    rows = chunk_rows(chunk, size)
    cut = _cut_numbers if reader.table.key_is_number else _cut_texts
    return chunk_queue.ranges(reader.table.source, after, cut(reader, after, rows, size))


def _cut_numbers(reader: TableReader, after: Key | None, rows: int, size: Size) -> Iterable[Key]:
    ends = reader.ends()
    if ends is None:
        return []
    first, last = int(ends[0]) if after is None else int(after) + 1, int(ends[1])
    if first > last:
        return []
    return [b"%d" % at for at in chunk_queue.cut(first, last, rows=size.rows, chunk=rows)]


def _cut_texts(reader: TableReader, after: Key | None, rows: int, size: Size) -> Iterable[Key]:
    """Let legacy, which alone knows the order of its texts, walk them once, if they are many."""
    if size.rows <= rows:
        return []
    return reader.every(max(rows, size.rows // _RANGES_OF_TEXTS), after)
