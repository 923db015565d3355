"""How far the follower and each table's snapshot are, what was set aside, and what rules changed.

All of it lives in PostgreSQL beside the rows it speaks of. Every function runs in the caller's
transaction, so that rows and the account of them are committed together.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

from psycopg.rows import class_row

from etl.errors import PositionPurged
from etl.postgres import Applied, Connection
from etl.rows import Key, Position, Remark, SetAside, key_text

FOLLOWING, NEEDS_RESNAPSHOT = "following", "needs resnapshot"
OK, NEEDS_SCHEMA = "ok", "needs schema"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the follower is: `acked` is the last outbox entry that the log contains up to there.

    `begun` is when the log's file was begun, in legacy's unix seconds: another moment is another
    log, whatever the file is called. 0 is not known.
    """

    server: str
    file: str
    offset: int
    acked: int
    source_at: datetime | None = None
    heard_at: datetime | None = None
    state: str = FOLLOWING
    detail: str = ""
    gtid: str | None = None
    begun: int = 0

    @property
    def position(self) -> Position:
        """The place in the log to go on from."""
        return Position(self.file, self.offset)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far one table's snapshot is; the log's changes up to `since` are contained in it.

    `sweep` means that rows which legacy no longer has are still to be deleted at its end.
    """

    source: str
    since_file: str
    since_offset: int
    last_key: Key | None = None
    copied: int = 0
    done: bool = False
    sweep: bool = False
    state: str = OK
    detail: str = ""

    @property
    def since(self) -> Position:
        """The place in the log that the snapshot's reads began after."""
        return Position(self.since_file, self.since_offset)


def place(connection: Connection) -> Place | None:
    """Read where the follower is; None before the first backfill."""
    with connection.cursor(row_factory=class_row(Place)) as cursor:
        return cursor.execute(_PLACE).fetchone()


def save_place(connection: Connection, new: Place) -> None:
    """Move the follower's place, and note that it is alive."""
    connection.execute(_SAVE_PLACE, asdict(new))


def require_resnapshot(connection: Connection, reason: str) -> None:
    """Keep the follower from going on until the tables were copied anew."""
    connection.execute(
        "UPDATE bridge.position SET state = %s, detail = %s", (NEEDS_RESNAPSHOT, reason)
    )


def require_usable(place: Place, server: str) -> None:
    """Raise PositionPurged unless the log can be read on from a place on this server."""
    if place.server != server:
        raise PositionPurged(
            f"the stored position belongs to server {place.server}, and this is server {server}: "
            "point LEGACY_DATABASE_URL at the old one, run `etl follow --after-failover` if legacy "
            "failed over to this one, or `etl backfill --resnapshot`"
        )
    if place.state != FOLLOWING:
        raise PositionPurged(place.detail)


def checkpoints(connection: Connection) -> dict[str, Checkpoint]:
    """Read how far every table's snapshot is."""
    with connection.cursor(row_factory=class_row(Checkpoint)) as cursor:
        return {row.source: row for row in cursor.execute(_CHECKPOINTS)}


def save_checkpoint(connection: Connection, new: Checkpoint) -> None:
    """Store how far a table's snapshot is."""
    connection.execute(_SAVE_CHECKPOINT, asdict(new))


def finish(connection: Connection, source: str, copied: int) -> None:
    """Note that all of a table was copied."""
    connection.execute(_FINISH, (source, copied, source))


def to_sweep(connection: Connection, sources: Iterable[str]) -> list[str]:
    """Name the tables that are copied and of which rows that legacy lacks are to be deleted."""
    rows = connection.execute(_TO_SWEEP, (list(sources),))
    return [str(source) for (source,) in rows]


def swept(connection: Connection, source: str) -> None:
    """Note that rows which legacy lacks are deleted."""
    connection.execute("UPDATE bridge.checkpoint SET sweep = false WHERE source = %s", (source,))


def forget(connection: Connection, sources: Iterable[str]) -> None:
    """Let tables count as never copied, and nothing of them as set aside."""
    names = list(sources)
    connection.execute(_FORGET, (names, names, names, names))


def require_schema(connection: Connection, sources: Iterable[str], reason: str) -> None:
    """Keep the follower from going on until somebody looked at the tables."""
    connection.execute(_SET_STATE, (NEEDS_SCHEMA, reason, list(sources)))


def accept_schema(connection: Connection, sources: Iterable[str]) -> list[str]:
    """Let the follower go on with tables that somebody looked at; give those that waited for it."""
    rows = connection.execute(_ACCEPT, (list(sources),)).fetchall()
    return [str(source) for (source,) in rows]


def forget_positions(connection: Connection) -> None:
    """Let what was noted by positions of another server hold from the follower's place on.

    All that the log has since then is replayed, also what a later snapshot contains already.
    """
    connection.execute(_FORGET_POSITIONS)


def let_wait(connection: Connection, sources: Iterable[str], reason: str) -> None:
    """Note that tables have to be copied anew, which the others do not wait for."""
    connection.execute(_SET_STATE, (NEEDS_RESNAPSHOT, reason, list(sources)))


def record(connection: Connection, source: str, applied: Applied, keys: Iterable[Key]) -> None:
    """Account for a batch: what went through is no longer set aside, what did not is now."""
    (aside,) = connection.execute(_ANY_ASIDE, (source,))
    if aside[0]:
        connection.execute(_NO_LONGER_ASIDE, (source, [key_text(key) for key in keys]))
    for row in applied.set_aside:
        _set_aside(connection, row)
    for remark in _summed(applied.remarks):
        _count(connection, remark)


def set_aside_keys(connection: Connection, source: str) -> frozenset[str]:
    """Read which rows of a table are set aside."""
    rows = connection.execute("SELECT key FROM bridge.set_aside WHERE source = %s", (source,))
    return frozenset(str(key) for (key,) in rows)


def moment(seconds: int) -> datetime | None:
    """Turn an event's clock into a moment; 0 says nothing."""
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def refused(connection: Connection, sources: Iterable[str], limit: int) -> list[tuple[str, Key]]:
    """Name rows of tables that PostgreSQL refused, the one that waits longest first."""
    rows = connection.execute(_REFUSED, (list(sources), limit))
    return [(str(source), str(key).encode()) for source, key in rows]


def _set_aside(connection: Connection, row: SetAside) -> None:
    connection.execute(
        "INSERT INTO bridge.set_aside (source, key, reason, original, refused)"
        " VALUES (%s, %s, %s, %s, %s) ON CONFLICT (source, key) DO UPDATE SET"
        " reason = excluded.reason, original = excluded.original, refused = excluded.refused,"
        " at = clock_timestamp()",
        (row.table, key_text(row.key), row.reason, list(row.original), row.refused),
    )


def _summed(remarks: Iterable[Remark]) -> list[Remark]:
    """Make one remark of those on the same rule of a column, in the order of their names.

    Workers that count at the same time do it in the same order, so that none waits in a ring.
    """
    found: dict[tuple[str, str, str], Remark] = {}
    for remark in remarks:
        name = (remark.table, remark.column, remark.rule)
        before = found[name].count if name in found else 0
        found[name] = replace(remark, count=before + remark.count)
    return [found[name] for name in sorted(found)]


def _count(connection: Connection, remark: Remark) -> None:
    connection.execute(
        "INSERT INTO bridge.quality (source, column_name, rule, count, sample_key)"
        " VALUES (%s, %s, %s, %s, %s) ON CONFLICT (source, column_name, rule) DO UPDATE SET"
        " count = quality.count + excluded.count, sample_key = excluded.sample_key,"
        " last_at = clock_timestamp()",
        (remark.table, remark.column, remark.rule, remark.count, key_text(remark.sample)),
    )


_ANY_ASIDE = "SELECT EXISTS (SELECT FROM bridge.set_aside WHERE source = %s)"
_REFUSED = """
    SELECT source, key FROM bridge.set_aside WHERE refused AND source = ANY(%s)
    ORDER BY at LIMIT %s
"""
_NO_LONGER_ASIDE = "DELETE FROM bridge.set_aside WHERE source = %s AND key = ANY(%s)"
_FORGET = """
    WITH aside AS (DELETE FROM bridge.set_aside WHERE source = ANY(%s)),
        ranges AS (DELETE FROM bridge.chunk WHERE source = ANY(%s)),
        held AS (DELETE FROM bridge.held_index WHERE source = ANY(%s))
    DELETE FROM bridge.checkpoint WHERE source = ANY(%s)
"""
_FINISH = """
    WITH ranges AS (DELETE FROM bridge.chunk WHERE source = %s)
    UPDATE bridge.checkpoint SET copied = %s, done = true, sweep = false, last_key = NULL,
        updated_at = clock_timestamp()
    WHERE source = %s
"""
_TO_SWEEP = """
    SELECT source FROM bridge.checkpoint WHERE source = ANY(%s) AND done AND sweep ORDER BY source
"""
_SET_STATE = """
    UPDATE bridge.checkpoint SET state = %s, detail = %s, updated_at = clock_timestamp()
    WHERE source = ANY(%s)
"""
_FORGET_POSITIONS = """
    WITH older AS (
        DELETE FROM bridge.column_history AS old USING bridge.column_history AS newer
        WHERE old.source = newer.source
          AND (old.since_file, old.since_offset) < (newer.since_file, newer.since_offset)
        RETURNING old.source, old.since_file, old.since_offset
    ), columns AS (
        UPDATE bridge.column_history AS h
        SET since_file = '', since_offset = 0, known_file = '', known_offset = 0
        WHERE NOT EXISTS (SELECT FROM bridge.column_history AS newer WHERE newer.source = h.source
            AND (newer.since_file, newer.since_offset) > (h.since_file, h.since_offset))
    )
    UPDATE bridge.checkpoint SET since_file = '', since_offset = 0
"""
_ACCEPT = """
    UPDATE bridge.checkpoint SET state = 'ok', detail = '', updated_at = clock_timestamp()
    WHERE source = ANY(%s) AND state = 'needs schema' RETURNING source
"""
_PLACE = """
    SELECT server, file, "offset", acked, source_at, heard_at, state, detail, gtid, begun
    FROM bridge.position
"""
_SAVE_PLACE = """
    INSERT INTO bridge.position
        (name, server, file, "offset", acked, source_at, heard_at, state, detail, gtid, begun)
    VALUES ('follow', %(server)s, %(file)s, %(offset)s, %(acked)s, %(source_at)s,
        clock_timestamp(), %(state)s, %(detail)s, %(gtid)s, %(begun)s)
    ON CONFLICT (name) DO UPDATE SET
        server = excluded.server, file = excluded.file, "offset" = excluded."offset",
        acked = excluded.acked, heard_at = excluded.heard_at,
        source_at = excluded.source_at, state = excluded.state, detail = excluded.detail,
        gtid = excluded.gtid, begun = excluded.begun
"""
_CHECKPOINTS = """
    SELECT source, since_file, since_offset, last_key, copied, done, sweep, state, detail
    FROM bridge.checkpoint
"""
_SAVE_CHECKPOINT = """
    INSERT INTO bridge.checkpoint
        (source, since_file, since_offset, last_key, copied, done, sweep, state, detail)
    VALUES (%(source)s, %(since_file)s, %(since_offset)s, %(last_key)s, %(copied)s, %(done)s,
        %(sweep)s, %(state)s, %(detail)s)
    ON CONFLICT (source) DO UPDATE SET
        since_file = excluded.since_file, since_offset = excluded.since_offset,
        last_key = excluded.last_key, copied = excluded.copied, done = excluded.done,
        sweep = excluded.sweep, state = excluded.state, detail = excluded.detail,
        updated_at = clock_timestamp()
"""
