"""What a backfill has still to copy, as ranges of keys in PostgreSQL that any worker may take.

A worker holds the lock of its range for one transaction: what it copied and how far it is are
committed together, and the range of a worker that was killed is free again at once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import cast

from etl.postgres import Connection
from etl.rows import Key

# Where statistics say that a table is nearly empty they may be old: it is cut in so many at least.
_FEW = 64
_MOST = 20_000


@dataclass(frozen=True, slots=True)
class KeyRange:
    """Keys of one table after one and up to another; None is the table's beginning, or its end."""

    source: str
    after: Key | None = None
    upto: Key | None = None
    number: int = 0


def cut(first: int, last: int, *, rows: int, chunk: int) -> list[int]:
    """Say after which keys to cut so that each range holds about `chunk` of `rows` rows; pure."""
    keys = last - first + 1
    expected = max(min(rows, keys), min(keys // 2, _FEW * chunk))
    ranges = min(max(ceil(expected / chunk), 1), _MOST)
    width = ceil(keys / ranges)
    return list(range(first - 1 + width, last, width))


def ranges(source: str, after: Key | None, cuts: Iterable[Key]) -> list[KeyRange]:
    """Give the ranges between cuts, from a key to the end of the table."""
    bounds = [after, *cuts, None]
    return [KeyRange(source, *pair) for pair in pairwise(bounds)]


def add(connection: Connection, new: Iterable[KeyRange]) -> None:
    """Put ranges at the end of the queue."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO bridge.chunk (source, after, upto) VALUES (%s, %s, %s)",
            [(one.source, one.after, one.upto) for one in new],
        )


def clear(connection: Connection, sources: Iterable[str]) -> None:
    """Take the ranges of tables out, after the workers that are at one of them."""
    connection.execute("DELETE FROM bridge.chunk WHERE source = ANY(%s)", (list(sources),))


def take(connection: Connection, sources: Iterable[str]) -> KeyRange | None:
    """Lock the first range that no other worker has, until the transaction ends."""
    row = connection.execute(_TAKE, (list(sources),)).fetchone()
    if row is None:
        return None
    number, source, after, upto = cast("tuple[int, str, Key | None, Key | None]", row)
    return KeyRange(source, after, upto, number)


def advance(connection: Connection, taken: KeyRange, last: Key | None, *, copied: int) -> None:
    """Note that a range is copied up to a key, to its end for None, and the table with its last.

    The row of the checkpoint is locked before it is asked whether other ranges are left, so of two
    workers with the last two ranges of a table the second one finds none.
    """
    if last is None:
        connection.execute("DELETE FROM bridge.chunk WHERE number = %s", (taken.number,))
    else:
        connection.execute(
            "UPDATE bridge.chunk SET after = %s WHERE number = %s", (last, taken.number)
        )
    connection.execute(_COUNT, (copied, taken.source))
    if last is None:
        connection.execute(_DONE, (taken.source, taken.source))


def sources(connection: Connection) -> set[str]:
    """Name the tables of which a range is left."""
    rows = connection.execute("SELECT DISTINCT source FROM bridge.chunk")
    return {str(source) for (source,) in rows}


def copied(connection: Connection, sources: Iterable[str]) -> int:
    """Count the rows that were copied of tables, by whomever."""
    row = connection.execute(_COPIED, (list(sources),)).fetchone()
    return cast("int", row[0]) if row is not None else 0


def is_work_left(connection: Connection, sources: Iterable[str]) -> bool:
    """Say whether anything is still to be copied, deleted or made of tables, by whomever."""
    names = list(sources)
    return connection.execute(_IS_LEFT, (names, names, names)).fetchone() == (True,)


_TAKE = """
    SELECT number, source, after, upto FROM bridge.chunk
    WHERE source = ANY(%s)
    ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED
"""
_COUNT = """
    UPDATE bridge.checkpoint SET copied = copied + %s, updated_at = clock_timestamp()
    WHERE source = %s
"""
_DONE = """
    UPDATE bridge.checkpoint SET done = true
    WHERE source = %s AND NOT EXISTS (SELECT FROM bridge.chunk WHERE source = %s)
"""
_IS_LEFT = """
    SELECT EXISTS (SELECT FROM bridge.chunk WHERE source = ANY(%s))
        OR EXISTS (SELECT FROM bridge.checkpoint WHERE source = ANY(%s) AND (sweep OR NOT done))
        OR EXISTS (SELECT FROM bridge.held_index WHERE source = ANY(%s))
"""
_COPIED = "SELECT coalesce(sum(copied), 0)::bigint FROM bridge.checkpoint WHERE source = ANY(%s)"
