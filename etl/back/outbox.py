"""Reads modern's writes from the outbox, in an order and up to a horizon that lose none.

Sequence, transaction ids and commits each have an order of their own, so neither "after the last
sequence number" nor "older than the oldest running transaction" finds every entry. The horizon
does: take the sequence's last value, then a fresh transaction id; once every transaction up to that
id has ended, all entries up to that value are there or will never be. Within a row the sequence is
the order of the row's locks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from psycopg.rows import class_row

from etl.postgres import Connection, translated
from etl.rows import Json

# Of the images as they are stored, mostly compressed: a learner's state may take megabytes.
MOST_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One modern write: images by modern's column names, op I, U or D."""

    seq: int
    source: str
    op: str
    key: str
    before: Mapping[str, Json] | None
    after: Mapping[str, Json] | None


@dataclass(slots=True)
class Outbox:
    """The entries of the outbox that are decided; `_mark` is a horizon that is not reached yet."""

    connection: Connection
    _safe: int = 0
    _mark: tuple[int, int] | None = field(default=None)

    def horizon(self) -> int:
        """Say up to which sequence number every entry is decided; moves on with each call."""
        with translated():
            if self._mark is None:
                self._mark = self._next_mark()
            if self._mark is not None and self._oldest_running() > self._mark[1]:
                self._safe, self._mark = self._mark[0], None
        return self._safe

    def last(self) -> int:
        """Give the sequence number of the last entry that is committed, 0 when there is none."""
        with translated():
            return self._number(_LAST_COMMITTED)

    def handed_out(self) -> int:
        """Give the highest sequence number that any transaction, ended or not, has taken."""
        with translated():
            return self._number(_LAST_VALUE)

    def entries(self, *, after: int, upto: int, limit: int) -> list[Entry]:
        """Read the next entries in order, fewer where they are large, one at the least."""
        if upto <= after:
            return []
        with translated(), self.connection.cursor(row_factory=class_row(Entry)) as cursor:
            return cursor.execute(_ENTRIES, (after, upto, limit, MOST_BYTES)).fetchall()

    def latest(self, source: str, *, upto: int, limit: int) -> list[str]:
        """Give the keys of one legacy table among the last entries up to a sequence number."""
        with translated():
            rows = self.connection.execute(_LATEST, (upto, limit, source)).fetchall()
        return [str(key) for (key,) in rows]

    def waiting(self, *, after: int) -> Mapping[str, int]:
        """Count the committed entries behind a sequence number, by legacy table."""
        with translated():
            rows = self.connection.execute(_WAITING, (after,)).fetchall()
        return {str(source): int(str(count)) for source, count in rows}

    def _next_mark(self) -> tuple[int, int] | None:
        last = self._number(_LAST_VALUE)
        return (last, self._number(_FRESH_ID)) if last > self._safe else None

    def _oldest_running(self) -> int:
        return self._number(_OLDEST_RUNNING)

    def _number(self, statement: str) -> int:
        row = self.connection.execute(statement).fetchone()
        return int(str(row[0])) if row is not None else 0


# A sequence that was never used has the last value 1 as well, but has not handed it out.
_LAST_VALUE = "SELECT last_value - (NOT is_called)::int FROM bridge.outbox_seq_seq"
_LAST_COMMITTED = "SELECT coalesce(max(seq), 0) FROM bridge.outbox"
_FRESH_ID = "SELECT pg_current_xact_id()::text"
_OLDEST_RUNNING = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text"
_ENTRIES = """
    WITH next AS (
        SELECT *, coalesce(pg_column_size(before), 0) + coalesce(pg_column_size(after), 0) AS size
        FROM bridge.outbox WHERE seq > %s AND seq <= %s ORDER BY seq LIMIT %s
    ), measured AS (
        SELECT *, sum(size) OVER (ORDER BY seq) - size AS before_it FROM next
    )
    SELECT seq, source, op::text AS op, key, before, after
    FROM measured WHERE before_it < %s ORDER BY seq
"""
_LATEST = """
    SELECT DISTINCT key
    FROM (SELECT source, key FROM bridge.outbox WHERE seq <= %s ORDER BY seq DESC LIMIT %s) AS last
    WHERE source = %s
"""
_WAITING = (
    "SELECT source, count(*) FROM bridge.outbox WHERE seq > %s GROUP BY source ORDER BY source"
)
