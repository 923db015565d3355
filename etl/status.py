"""`etl status`: how far everything is, as one value; reads both databases and changes nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import LiteralString, cast

from etl import checkpoints, exclusive
from etl.checkpoints import Place
from etl.copying import pausing
from etl.errors import NotInstalled, PositionPurged
from etl.exclusive import Direction
from etl.following import recopies
from etl.following.recopies import Recopy
from etl.mysql import Source, text
from etl.postgres import Connection
from etl.rows import Position
from etl.tables import BY_SOURCE
from etl.verification import freshness


@dataclass(frozen=True, slots=True)
class TableStatus:
    """How far one table is: rows copied by its snapshot, rows set aside now.

    When the last pass of verify that reached its end began, and how much differed in it.
    """

    source: str
    copied: int
    done: bool
    set_aside: int
    state: str
    detail: str
    verified_at: datetime | None = None
    different: int = 0

    @property
    def is_mirror(self) -> bool:
        """Whether the table goes to schema `legacy`."""
        return self.source not in BY_SOURCE

    @property
    def is_quiet(self) -> bool:
        """Whether there is nothing to say of it but that it is copied."""
        return self.done and not self.set_aside and not self.detail and not self.different


@dataclass(frozen=True, slots=True)
class FollowerStatus:
    """Where the follower is; `lag_seconds` is 0 when nothing is left to apply."""

    running: bool
    position: str
    log_end: str
    lag_seconds: float
    heard_at: datetime | None
    state: str
    detail: str


@dataclass(frozen=True, slots=True)
class QualityStatus:
    """How often a rule changed the values of a column, and the key of one such row."""

    source: str
    column: str
    rule: str
    count: int
    sample_key: str


@dataclass(frozen=True, slots=True)
class RecopyStatus:
    """A copy of a table or of some of its rows that is not finished."""

    source: str
    phase: str
    copied: int
    deleted: int


@dataclass(frozen=True, slots=True)
class BackfillStatus:
    """What copies now: workers wherever they run, what they have to do, since when they rest.

    Indexes are those that were dropped for the time of a copy, and are still to be made.
    """

    workers: int = 0
    ranges: int = 0
    indexes: int = 0
    paused_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """All of it. `outbox` counts modern writes that legacy does not contain yet.

    `recopies` are the copies that the follower makes beside the log, or will; `verifying` says
    whether somebody verifies all the time.
    """

    follower: FollowerStatus | None
    outbox: int
    conflicts: int
    tables: tuple[TableStatus, ...]
    quality: tuple[QualityStatus, ...]
    recopies: tuple[RecopyStatus, ...] = ()
    backfill: BackfillStatus = BackfillStatus()
    verifying: bool = False


def status(source: Source, connection: Connection) -> Status:
    """Read the state of the bridge; raise NotInstalled where there is none."""
    if _number(connection, "SELECT count(to_regclass('bridge.position'))") == 0:
        raise NotInstalled("there is no bridge in this database: run `etl install`")
    place = checkpoints.place(connection)
    return Status(
        follower=_follower(source, connection, place) if place is not None else None,
        outbox=_number(
            connection, "SELECT count(*) FROM bridge.outbox WHERE seq > %s", source.acked()
        ),
        conflicts=_number(connection, "SELECT count(*) FROM bridge.conflict"),
        tables=_tables(connection),
        quality=_quality(connection),
        recopies=tuple(map(_recopy, recopies.waiting(connection))),
        backfill=_backfill(connection),
        verifying=exclusive.is_claimed(connection, Direction.VERIFYING),
    )


def as_json(current: Status) -> dict[str, object]:
    """Give the status as JSON has it: moments as text."""
    document = asdict(current)
    for table in document["tables"]:
        table["verified_at"] = table["verified_at"] and table["verified_at"].isoformat()
    if current.follower is not None and current.follower.heard_at is not None:
        document["follower"]["heard_at"] = current.follower.heard_at.isoformat()
    if current.backfill.paused_at is not None:
        document["backfill"]["paused_at"] = current.backfill.paused_at.isoformat()
    return document


def as_lines(current: Status) -> list[str]:
    """Give the status as a person reads it."""
    lines = [_follower_line(current.follower)]
    lines.append(f"write-back: {current.outbox} waiting, {current.conflicts} conflicts")
    lines += _backfill_lines(current.backfill)
    lines.append(_verified_line(current))
    lines += _table_lines(current.tables)
    lines += [
        f"{one.source}: {one.phase} anew beside the log, {one.copied} rows so far"
        for one in current.recopies
    ]
    lines += [
        f"rule: {entry.source}.{entry.column}: {entry.rule}, {entry.count} times, "
        f"for example {entry.sample_key}"
        for entry in current.quality
    ]
    return lines


def lag_seconds(place: Place, end: Position, now: float) -> float:
    """Say how old the last applied change is, in seconds of legacy's clock; 0 at the end."""
    if place.position >= end or place.source_at is None:
        return 0.0
    return max(now - place.source_at.timestamp(), 0.0)


def trouble(place: Place, end: Position, server: str) -> tuple[str, str]:
    """Say the state of a place, and what to do about it, also of one that no follower met yet."""
    try:
        checkpoints.require_usable(place, server)
    except PositionPurged as error:
        return ("another server" if place.server != server else place.state), str(error)
    if place.position > end:
        reason = (
            "the stored position lies beyond the end of the log, so legacy was restored or its log "
            "was reset: run `etl backfill --resnapshot`, then `etl follow`"
        )
        return checkpoints.NEEDS_RESNAPSHOT, reason
    return place.state, place.detail


def _follower(source: Source, connection: Connection, place: Place) -> FollowerStatus:
    end = source.end_of_log()
    state, detail = trouble(place, end, source.server())
    now = float(text(source.fetch("SELECT UNIX_TIMESTAMP(NOW(6))")[0][0]))
    return FollowerStatus(
        running=exclusive.is_claimed(connection, Direction.FOLLOWING),
        position=str(place.position),
        log_end=str(end),
        lag_seconds=round(lag_seconds(place, end, now), 3),
        heard_at=place.heard_at,
        state=state,
        detail=detail,
    )


def _recopy(work: Recopy) -> RecopyStatus:
    return RecopyStatus(work.source, work.phase, work.copied, work.deleted)


def _tables(connection: Connection) -> tuple[TableStatus, ...]:
    aside = dict(
        cast(
            "list[tuple[str, int]]",
            connection.execute(
                "SELECT source, count(*) FROM bridge.set_aside GROUP BY source"
            ).fetchall(),
        )
    )
    verified = freshness.known(connection)
    return tuple(
        TableStatus(
            checkpoint.source,
            copied=checkpoint.copied,
            done=checkpoint.done,
            set_aside=aside.get(checkpoint.source, 0),
            state=checkpoint.state,
            detail=checkpoint.detail,
            verified_at=seen.verified_at if (seen := verified.get(checkpoint.source)) else None,
            different=seen.different if seen else 0,
        )
        for checkpoint in checkpoints.checkpoints(connection).values()
    )


def _backfill(connection: Connection) -> BackfillStatus:
    return BackfillStatus(
        workers=exclusive.holders(connection, Direction.COPYING),
        ranges=_number(connection, "SELECT count(*) FROM bridge.chunk"),
        indexes=_number(connection, "SELECT count(*) FROM bridge.held_index"),
        paused_at=pausing.paused_since(connection),
    )


def _quality(connection: Connection) -> tuple[QualityStatus, ...]:
    rows = connection.execute(
        "SELECT source, column_name, rule, count, sample_key FROM bridge.quality ORDER BY 1, 2, 3"
    )
    return tuple(QualityStatus(*cast("tuple[str, str, str, int, str]", row)) for row in rows)


def _number(connection: Connection, query: LiteralString, *parameters: object) -> int:
    row = connection.execute(query, parameters).fetchone()
    return cast("int", row[0]) if row else 0


def _follower_line(follower: FollowerStatus | None) -> str:
    if follower is None:
        return "follow: nothing was copied yet"
    doing = "running" if follower.running else "not running"
    if follower.detail:
        doing = f"{follower.state} ({follower.detail})"
    return (
        f"follow: {doing}, at {follower.position} of {follower.log_end}, "
        f"{follower.lag_seconds:.1f} s behind"
    )


def _backfill_lines(backfill: BackfillStatus) -> Iterator[str]:
    """Give a line while something is to be copied, or a pause would keep it from being so."""
    if backfill.paused_at is not None:
        since = backfill.paused_at.strftime("%Y-%m-%d %H:%M")
        yield f"backfill: paused since {since}, until `etl backfill --resume`"
    elif backfill.workers or backfill.ranges or backfill.indexes:
        yield (
            f"backfill: {backfill.ranges} ranges of keys to copy, {backfill.indexes} indexes to "
            f"make, {backfill.workers} workers"
        )


def _verified_line(current: Status) -> str:
    tables, doing = current.tables, "verify: running, " if current.verifying else "verify: "
    moments = [table.verified_at for table in tables if table.verified_at is not None]
    if not moments:
        return f"{doing}no table was verified yet"
    line = f"{doing}{len(moments)} of {len(tables)} tables, the first at {min(moments):%F %T %Z}"
    different = sum(table.different for table in tables)
    return f"{line}, {different} rows or totals DIFFERENT" if different else line


def _table_lines(tables: Sequence[TableStatus]) -> Iterator[str]:
    """Give a line for each mapped table, one for all mirrors in good order, and the others'."""
    quiet = [table for table in tables if table.is_mirror and table.is_quiet]
    yield from (_table_line(table) for table in tables if table not in quiet)
    if quiet:
        rows = sum(table.copied for table in quiet)
        yield f"{len(quiet)} mirrors in schema legacy: {rows} rows copied, 0 set aside"


def _table_line(table: TableStatus) -> str:
    copied = "copied" if table.done else "so far"
    line = f"{table.source}: {table.copied} rows {copied}, {table.set_aside} set aside"
    if table.different:
        line += f", {table.different} DIFFERENT"
    return f"{line}, {table.state}: {table.detail}" if table.detail else line
