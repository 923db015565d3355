"""PostgreSQL as the target: connections, the ETL's transactions, applying rows to copied tables.

Applying is idempotent, never sends a row back (the capture trigger leaves the ETL's own writes
alone), and never overwrites a row whose modern write legacy does not contain yet.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import NoReturn

import psycopg
from psycopg import sql

from etl import patience
from etl.errors import Blocked, NotInstalled, PreflightFailed, TargetUnavailable
from etl.lines import Line, LineWriter, joined
from etl.rows import Key, Remark, Row, SetAside, key_text
from etl.silence import ListeningConnection
from etl.tables import TableMap

LOCK_TIMEOUT = "10s"
# Each commit empties all staging tables there are, so only those used last are kept.
WRITERS = 16
_MISSING = (
    psycopg.errors.UndefinedTable,
    psycopg.errors.UndefinedColumn,
    psycopg.errors.InvalidSchemaName,
)
# A limit of PostgreSQL's, such as the length of a jsonb, speaks of the row as well.
_REFUSALS = (psycopg.DataError, psycopg.IntegrityError, psycopg.errors.ProgramLimitExceeded)

_BUSY = (
    psycopg.errors.LockNotAvailable,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
)
# A disk without room, too many connections; a server that is, for now, somebody's replica.
_UNABLE = (
    psycopg.errors.DiskFull,
    psycopg.errors.OutOfMemory,
    psycopg.errors.TooManyConnections,
    psycopg.errors.ConfigurationLimitExceeded,
    psycopg.errors.ReadOnlySqlTransaction,
)

# By these the server notices that we are gone: until then it keeps our locks.
_KEEPALIVE = {
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "4",
    "tcp_user_timeout": "30000",
}
# Verify compares what PostgreSQL spells, which a role or a database may have settings for.
_SPELLING = {"DateStyle": "ISO", "IntervalStyle": "postgres", "extra_float_digits": "1"}

Connection = psycopg.Connection[tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Applied:
    """What applying a batch to one table came to.

    `waiting` counts rows left alone because of a modern write that is not in legacy yet.
    """

    stored: int = 0
    deleted: int = 0
    waiting: int = 0
    set_aside: tuple[SetAside, ...] = ()
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class _Stored:
    """What storing lines came to, beside the lines that are stored."""

    refused: tuple[SetAside, ...] = ()
    remarks: tuple[Remark, ...] = ()

    def __add__(self, other: "_Stored") -> "_Stored":
        return _Stored(self.refused + other.refused, self.remarks + other.remarks)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading came to, and the keys of all rows that were read for it."""

    applied: Applied
    keys: Sequence[Key]


class _Overtaken(Exception):
    """Modern wrote to a table while it was loaded."""


@dataclass(slots=True)
class Target:
    """Applies rows over one connection; `writers` keeps what was worked out per table."""

    connection: Connection
    writers: dict[str, "TableWriter"] = field(default_factory=dict)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run the block in one transaction that the capture trigger leaves alone."""
        with ExitStack() as after_failure:
            after_failure.callback(self._undo)
            with translated(), self.connection.transaction():
                self.connection.execute(_OURS, (LOCK_TIMEOUT,))
                for writer in self.writers.values():
                    writer.begin()
                yield
            after_failure.pop_all()

    def writer(self, table: TableMap) -> "TableWriter":
        """Give what applies rows to one table; raise PreflightFailed if modern lacks the table."""
        writer = self.writers.pop(table.source, None) or TableWriter(self.connection, table)
        self.writers[table.source] = writer
        if len(self.writers) > WRITERS:
            self.release(next(iter(self.writers)))
        return writer

    def release(self, source: str) -> None:
        """Drop what was made to apply rows to a table; the next `writer` makes it anew."""
        with translated():
            self.writers.pop(source).close()

    def _undo(self) -> None:
        for writer in self.writers.values():
            writer.undo()


class TableWriter:
    """Applies last images of rows to one modern table, within the caller's transaction."""

    def __init__(self, connection: Connection, table: TableMap) -> None:
        self._connection = connection
        self._table = table
        self._lines = LineWriter(table)
        self._otherwise = LineWriter(table, otherwise=True)
        self._statements = _statements(table)
        self._staged = False
        self._staged_now = False
        self._filled = False

    def begin(self) -> None:
        """Note that a transaction begins: the last one ended with an empty staging table."""
        self._staged_now = False
        self._filled = False

    def undo(self) -> None:
        """Note that the transaction was rolled back, and a staging table it made is gone."""
        if self._staged_now:
            self._staged = False

    def close(self) -> None:
        """Drop the staging table."""
        if self._staged:
            self._connection.execute(self._statements["unstage"])

    def apply(self, images: Mapping[Key, Row | None], *, acked: int) -> Applied:
        """Store rows and delete the keys whose image is None.

        `acked` is the last outbox entry that the images contain: a row with a later entry is left
        alone, because that write decides and comes back through the log.
        """
        converted = self._lines.convert([row for row in images.values() if row is not None])
        lines = converted.lines(self._table.key_index)
        gone = [key for key, row in images.items() if row is None]
        waiting = self._waiting([*(line.key for line in lines), *gone], acked)
        lines = [line for line in lines if line.key not in waiting]
        deleted = self._delete([key for key in gone if key not in waiting])
        self._stage()
        stored = self._store(lines)
        return Applied(
            stored=len(lines) - len(stored.refused),
            deleted=deleted,
            waiting=len(waiting),
            set_aside=converted.set_aside + stored.refused,
            remarks=converted.remarks + stored.remarks,
        )

    def load(self, blocks: Iterable[Sequence[Row]], *, acked: int) -> Loaded | None:
        """Copy rows into the table itself, which takes a fraction of the time of staging them.

        Gives None, with nothing stored, where that does not do: PostgreSQL refused a row, be it
        one that is there already, or modern wrote to the table and legacy has not heard of it.
        """
        if self._is_pending(acked):
            return None
        keys: list[Key] = []
        set_aside: list[SetAside] = []
        remarks: list[Remark] = []
        try:
            with self._connection.transaction():
                with self._connection.cursor().copy(self._statements["load"]) as copy:
                    for block in blocks:
                        converted = self._lines.convert(block)
                        copy.write(converted.text())
                        keys += [row[self._table.key_index] or b"" for row in block]
                        set_aside += converted.set_aside
                        remarks += converted.remarks
                self._check_deferred()
                self._require_settled(acked)
        except (*_REFUSALS, _Overtaken):
            return None
        stored = len(keys) - len(set_aside)
        return Loaded(Applied(stored, set_aside=tuple(set_aside), remarks=tuple(remarks)), keys)

    def has_rows(self, after: Key | None, upto: Key | None) -> bool:
        """Say whether there may be rows with keys after one and up to another.

        Text keys have another order here: with them it speaks of the whole table.
        """
        key, bounds = self._table.key_column.target, {">": after, "<=": upto}
        conditions = [
            sql.SQL("{} {} {}").format(sql.Identifier(key), sql.SQL(sign), sql.Literal(int(bound)))
            for sign, bound in bounds.items()
            if bound is not None and self._table.key_is_number
        ]
        where = sql.SQL(" AND ").join([sql.SQL("true"), *conditions])
        # In order of the key, or PostgreSQL may read all of the table for what is not there.
        query = sql.SQL("SELECT FROM {} WHERE {} ORDER BY {} LIMIT 1").format(
            sql.Identifier(*self._table.relation), where, sql.Identifier(key)
        )
        return self._connection.execute(query).rowcount > 0

    def _waiting(self, keys: Sequence[Key], acked: int) -> set[Key]:
        """Say which rows have a modern write that the images do not contain."""
        # The lock waits for modern writers of these rows: then their outbox entries are visible.
        self._connection.execute(self._statements["lock"], (self._array(keys),))
        if not self._is_pending(acked):
            return set()
        names = {key_text(key): key for key in keys}
        found = self._connection.execute(_WAITING, (self._table.source, acked, list(names)))
        return {names[str(key)] for (key,) in found}

    def _is_pending(self, acked: int) -> bool:
        found = self._connection.execute(_PENDING, (self._table.source, acked)).fetchone()
        return found == (True,)

    def _require_settled(self, acked: int) -> None:
        if self._is_pending(acked):
            raise _Overtaken

    def _array(self, keys: Sequence[Key]) -> str | list[str]:
        """Give keys as an array parameter; numbers as its literal, which is quickest by far."""
        if self._table.key_is_number:
            return "{" + b",".join(keys).decode() + "}"
        return [key_text(key) for key in keys]

    def _stage(self) -> None:
        """Make the staging table, at first use: many tables never have a row."""
        if not self._staged:
            self._connection.execute(self._statements["stage"])
            self._staged = self._staged_now = True

    def _delete(self, keys: Sequence[Key]) -> int:
        if not keys:
            return 0
        return self._connection.execute(self._statements["delete"], (self._array(keys),)).rowcount

    def _store(self, lines: Sequence[Line]) -> _Stored:
        """Store lines at once; when PostgreSQL refuses, halve until the rows at fault are alone."""
        if not lines:
            return _Stored()
        try:
            with self._connection.transaction():
                self._copy(lines)
            self._filled = True
        except _REFUSALS as error:
            if len(lines) == 1:
                return self._store_otherwise(lines[0], error)
            half = len(lines) // 2
            return self._store(lines[:half]) + self._store(lines[half:])
        return _Stored()

    def _store_otherwise(self, line: Line, error: psycopg.Error) -> _Stored:
        """Store a row in the second form of its values, if it has one and PostgreSQL takes it."""
        converted = self._otherwise.convert([line.row])
        (other,) = converted.lines(self._table.key_index)
        if other.text == line.text:
            return _Stored((self._refusal(line, error),))
        stored = self._store([other])
        return stored if stored.refused else _Stored(remarks=converted.remarks)

    def _copy(self, lines: Sequence[Line]) -> None:
        cursor = self._connection.cursor()
        if self._filled:
            cursor.execute(self._statements["empty"])
        with cursor.copy(self._statements["copy"]) as copy:
            copy.write(joined(line.text for line in lines))
        cursor.execute(self._statements["upsert"])
        self._check_deferred()

    def _check_deferred(self) -> None:
        """Check unique constraints here, where a row at fault can still be set aside."""
        self._connection.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")

    def _refusal(self, line: Line, error: psycopg.Error) -> SetAside:
        diagnosis = error.diag
        where = diagnosis.constraint_name or diagnosis.column_name or ""
        # The message proper may quote the value; the class of the error never does.
        reason = f"{type(error).__name__} {error.sqlstate} {where}".strip()
        return SetAside(self._table.source, line.key, reason, line.row, refused=True)


def connect(url: str) -> Connection:
    """Open a connection in autocommit mode: transactions are always explicit."""
    with translated():
        connection = ListeningConnection.connect(
            url,
            autocommit=True,
            connect_timeout=patience.CONNECT_SECONDS,
            application_name="etl",
        )
        connection.url = url
        settings = _KEEPALIVE | _SPELLING
        connection.execute(
            "SELECT set_config(name, value, false) FROM unnest(%s::text[], %s::text[])"
            " AS setting (name, value)",
            (list(settings), list(settings.values())),
        )
        return connection


@contextmanager
def translated() -> Iterator[None]:
    """Turn the driver's errors into ours; the transaction they ended was rolled back."""
    try:
        yield
    except psycopg.Error as error:
        _translate(error)


def _translate(error: psycopg.Error) -> NoReturn:
    reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
    if isinstance(error, _BUSY):
        raise Blocked(f"a modern writer holds rows that are to be applied ({reason})") from error
    if isinstance(error, _MISSING):
        raise NotInstalled(
            f"PostgreSQL lacks what it needs ({reason}): run `python manage.py migrate`, "
            "then `etl install`"
        ) from error
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        raise PreflightFailed(
            f"the PostgreSQL role lacks a right ({reason}): the ETL has to own modern's tables"
        ) from error
    if isinstance(error, _UNABLE):
        raise TargetUnavailable(
            f"PostgreSQL cannot go on now ({reason}): make room on its disk, or give it what it "
            "lacks; nothing is lost, and the ETL goes on from where it is"
        ) from error
    if isinstance(error, psycopg.OperationalError | psycopg.errors.IdleInTransactionSessionTimeout):
        raise TargetUnavailable(
            f"PostgreSQL cannot be reached ({reason}): check DATABASE_URL and that the server runs"
        ) from error
    raise error


def _statements(table: TableMap) -> dict[str, sql.Composed]:
    """Compose the statements for one table; the staging table has no constraints of its own."""
    parts = {
        "target": sql.Identifier(*table.relation),
        "stage": sql.Identifier(table.stage),
        "key": sql.Identifier(table.key_column.target),
        "type": sql.SQL(table.key_type),
        "columns": _names(table.target_columns),
        "stored": _names(table.target_columns, prefix=table.target),
        "excluded": _names(table.target_columns, prefix="excluded"),
    }
    return {name: sql.SQL(text).format(**parts) for name, text in _TEMPLATES.items()}


def _names(columns: Sequence[str], *, prefix: str = "") -> sql.Composed:
    named = [sql.Identifier(prefix, name) if prefix else sql.Identifier(name) for name in columns]
    return sql.SQL(", ").join(named)


# One statement instead of two: small batches spend their time on the way to the server.
_OURS = """
    SELECT set_config('bridge.origin', 'legacy', true), set_config('lock_timeout', %s, true)
"""
_PENDING = "SELECT EXISTS (SELECT FROM bridge.outbox WHERE source = %s AND seq > %s)"
_WAITING = """
    SELECT DISTINCT key FROM bridge.outbox WHERE source = %s AND seq > %s AND key = ANY(%s)
"""
_TEMPLATES = {
    "stage": (
        "CREATE TEMP TABLE IF NOT EXISTS {stage} ON COMMIT DELETE ROWS"
        " AS SELECT {columns} FROM {target} WITH NO DATA"
    ),
    "empty": "TRUNCATE {stage}",
    "unstage": "DROP TABLE IF EXISTS {stage}",
    "copy": "COPY {stage} ({columns}) FROM STDIN",
    "load": "COPY {target} ({columns}) FROM STDIN",
    "lock": "SELECT FROM {target} WHERE {key} = ANY(%s::{type}[]) ORDER BY {key} FOR UPDATE",
    "delete": "DELETE FROM {target} WHERE {key} = ANY(%s::{type}[])",
    "upsert": (
        "INSERT INTO {target} ({columns}) SELECT {columns} FROM {stage}"
        " ON CONFLICT ({key}) DO UPDATE SET ({columns}) = ROW ({excluded})"
        " WHERE ({stored}) IS DISTINCT FROM ({excluded})"
    ),
}
