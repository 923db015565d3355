"""When each table was last verified to its end, and what came of it; stored in PostgreSQL.

Every function runs in the caller's transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from etl.postgres import Connection


@dataclass(frozen=True, slots=True)
class Freshness:
    """A table was equal, but for `different` rows and totals, when its last pass began.

    `reached` is how far the pass under way is, None when there is none.
    """

    source: str
    verified_at: datetime | None
    rows: int
    different: int
    reached: int | None = None


def known(connection: Connection) -> dict[str, Freshness]:
    """Read the freshness of all tables that were ever looked at."""
    with connection.cursor(row_factory=class_row(Freshness)) as cursor:
        return {row.source: row for row in cursor.execute(_KNOWN)}


def stalest(connection: Connection, sources: Sequence[str]) -> str:
    """Name the table whose turn it is: one that was begun, never seen, or seen longest ago."""
    found = known(connection)
    begun = [name for name in sources if name in found and found[name].reached is not None]
    never = [name for name in sources if name not in found or found[name].verified_at is None]
    if begun or never:
        return (begun or never)[0]
    return min(sources, key=lambda name: str(found[name].verified_at))


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a pass is, and the rows and differences since the last note."""

    upto: int | None
    rows: int
    met: int


def begin(connection: Connection, source: str, *, resume: bool) -> tuple[datetime, int | None]:
    """Begin a pass over a table, or go on with one that was cut short.

    Gives when the pass began, by which later calls name it, and the key that it has reached.
    """
    with connection.cursor(row_factory=class_row(_Pass)) as cursor:
        (one,) = cursor.execute(_BEGIN, {"source": source, "resume": resume})
    return one.began_at, one.reached


def reach(connection: Connection, source: str, began_at: datetime, progress: Progress) -> None:
    """Note how far a pass is."""
    connection.execute(_REACH, (progress.upto, progress.rows, progress.met, source, began_at))


def finish(connection: Connection, source: str, began_at: datetime) -> None:
    """Note that a pass has reached the table's end, unless another one was begun meanwhile."""
    connection.execute(_FINISH, (source, began_at))


@dataclass(frozen=True, slots=True)
class _Pass:
    began_at: datetime
    reached: int | None


_KNOWN = """
    SELECT source, verified_at, rows, different, reached FROM bridge.verified ORDER BY source
"""
_BEGIN = """
    INSERT INTO bridge.verified AS known (source, began_at) VALUES (%(source)s, clock_timestamp())
    ON CONFLICT (source) DO UPDATE SET (began_at, reached, seen, met) = (
        SELECT began_at, reached, seen, met FROM bridge.verified
        WHERE source = %(source)s AND %(resume)s AND reached IS NOT NULL
        UNION ALL SELECT clock_timestamp(), NULL, 0, 0 LIMIT 1)
    RETURNING began_at, reached
"""
_REACH = """
    UPDATE bridge.verified SET reached = %s, seen = seen + %s, met = met + %s
    WHERE source = %s AND began_at = %s
"""
_FINISH = """
    UPDATE bridge.verified
    SET verified_at = began_at, reached = NULL, rows = seen, different = met
    WHERE source = %s AND began_at = %s
"""
