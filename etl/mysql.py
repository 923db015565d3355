"""The legacy database as a source: connections, chunks in key order, and the place the log is at.

Rows leave as bytes: no converter runs. Nothing is locked but the bridge's own one-row tables.
"""

import math
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

import pymysql
from pymysql.connections import Connection
from pymysql.constants import CLIENT, CR, ER
from pymysql.converters import encoders

from etl import catalogue, inventory, marks, patience
from etl.errors import (
    Blocked,
    LogUnreadable,
    NotInstalled,
    PositionPurged,
    PreflightFailed,
    SourceUnavailable,
)
from etl.log.log_connection import LogConnection
from etl.row_connection import RowConnection
from etl.rows import Chunk, Key, Position, Row
from etl.settings import LegacyAddress
from etl.tables import TableMap

# Who waits for a row of legacy's writers holds others of them up.
LOCK_SECONDS = 5

_LOST = {
    CR.CR_CONNECTION_ERROR,
    CR.CR_CONN_HOST_ERROR,
    CR.CR_UNKNOWN_HOST,
    CR.CR_SERVER_GONE_ERROR,
    CR.CR_SERVER_LOST,
    ER.CON_COUNT_ERROR,
    ER.HOST_IS_BLOCKED,
    ER.SERVER_SHUTDOWN,
    ER.QUERY_INTERRUPTED,
    ER.NET_READ_ERROR,
    ER.NET_READ_INTERRUPTED,
    ER.NET_ERROR_ON_WRITE,
    ER.NET_WRITE_INTERRUPTED,
    ER.TOO_MANY_USER_CONNECTIONS,
    ER.USER_LIMIT_REACHED,
    # The driver has no names for these: a connection that was killed, or idle too long in MySQL 8.
    1927,
    4031,
}
# A disk or a tablespace without room; a server that is, for now, somebody's replica.
_UNABLE = {ER.DISK_FULL, ER.RECORD_FILE_FULL, ER.ERROR_ON_WRITE, ER.OPTION_PREVENTS_STATEMENT, 1836}
_BLOCKED = {ER.LOCK_WAIT_TIMEOUT, ER.LOCK_DEADLOCK}
_CREDENTIALS = {ER.ACCESS_DENIED_ERROR, ER.DBACCESS_DENIED_ERROR, ER.BAD_DB_ERROR}
_RIGHTS = {
    ER.SPECIFIC_ACCESS_DENIED_ERROR,
    ER.TABLEACCESS_DENIED_ERROR,
    ER.COLUMNACCESS_DENIED_ERROR,
}
_IDENTITY = "SHOW GLOBAL VARIABLES WHERE variable_name IN ('server_uuid', 'server_id')"
# Encoders without decoders: parameters are escaped, results stay bytes.
_TO_SQL_ONLY: dict[Any, Any] = dict(encoders)
GRANTS = (
    "GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* and "
    "SELECT, INSERT, UPDATE, DELETE, CREATE on the legacy database to this user"
)

_LAG = "Seconds_Behind_Master"
_SIZES = """
    SELECT table_name, table_rows, avg_row_length FROM information_schema.tables
    WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'
"""

AnyConnection = TypeVar("AnyConnection", bound=Connection)


def connect(address: LegacyAddress) -> RowConnection:
    """Open a connection on which values go in converted and come out as bytes."""
    return _open(RowConnection, address, seconds=patience.READ_SECONDS)


def connect_to_write(address: LegacyAddress) -> RowConnection:
    """Open a connection that also takes several statements at once, each answered by itself.

    At this level of isolation a locking read keeps others from inserting a row it did not find.
    """
    connection = _open(
        RowConnection,
        address,
        seconds=patience.WRITE_SECONDS,
        client_flag=CLIENT.MULTI_STATEMENTS,
    )
    with translated(), connection.cursor() as cursor:
        cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute(f"SET SESSION innodb_lock_wait_timeout = {LOCK_SECONDS}")
        cursor.execute(f"SET SESSION wait_timeout = {patience.ABANDONED_SECONDS}")
    return connection


def connect_to_log(address: LegacyAddress) -> LogConnection:
    """Open a connection to read the binlog on."""
    return _open(LogConnection, address, seconds=patience.SILENCE_SECONDS)


@contextmanager
def translated() -> Iterator[None]:
    """Turn the driver's errors into ours; the caller has nothing to undo."""
    try:
        yield
    except pymysql.err.Error as error:
        _translate(error)
    except OSError as error:
        raise SourceUnavailable(f"the legacy database went away ({error}): try again") from error


def quoted(name: str) -> str:
    """Quote an identifier for MySQL."""
    return "`" + name.replace("`", "``") + "`"


@dataclass(slots=True)
class Source:
    """Reads the rows of copied tables over one connection in autocommit mode."""

    connection: RowConnection

    def columns(self, table: str) -> tuple[catalogue.SourceColumn, ...]:
        """Read a table's columns as they are now."""
        with translated():
            return catalogue.columns(self.connection, table)

    def all_columns(self) -> Mapping[str, tuple[catalogue.SourceColumn, ...]]:
        """Read the columns of every table as they are now."""
        with translated():
            return catalogue.all_columns(self.connection)

    def inventory(self) -> inventory.Inventory:
        """Put every table in its class, by the columns that it has now."""
        return inventory.take(self.all_columns())

    def reader(self, table: TableMap) -> "TableReader":
        """Prepare reading a table; raise SchemaChanged if it does not look as its map says."""
        found = self.columns(table.source)
        catalogue.require(table, found)
        return TableReader(self, table, _expressions(table, found))

    def fetch(self, statement: str, *parameters: object) -> Sequence[Row]:
        """Run a statement and give its rows as bytes."""
        with translated(), self.connection.cursor() as cursor:
            cursor.execute(statement, parameters or None)
            rows: Sequence[Row] = cursor.fetchall()
            return rows

    def end_of_log(self) -> Position:
        """Say where the log ends now; raise PreflightFailed if the server writes none."""
        rows = self.fetch("SHOW MASTER STATUS")
        if not rows:
            raise PreflightFailed("the legacy server writes no binlog: set log_bin, and restart it")
        return Position(text(rows[0][0]), int(text(rows[0][1])))

    def server(self) -> str:
        """Identify the server, MySQL by its UUID: a position means nothing on another one."""
        found = {row[0]: row[1] for row in self.fetch(_IDENTITY)}
        return text(found.get(b"server_uuid") or found[b"server_id"])

    def gtids(self) -> str:
        """Name the transactions that the log contains; empty where the server gives them no names.

        Read before a position, they are none that the position does not contain.
        """
        is_mariadb = b"MariaDB" in (self.fetch("SELECT VERSION()")[0][0] or b"")
        variable = "gtid_binlog_pos" if is_mariadb else "gtid_executed"
        return text(self.fetch(f"SELECT @@global.{variable}")[0][0]).replace("\n", "")

    def require_transactions(self, gtids: str) -> None:
        """Raise PositionPurged unless the server had all transactions of MySQL's named here.

        MariaDB says so itself when it is asked for what comes behind them.
        """
        if ":" not in gtids:
            return
        ((contained,),) = self.fetch("SELECT GTID_SUBSET(%s, @@global.gtid_executed)", gtids)
        if contained != b"1":
            raise PositionPurged(
                "this legacy server never had some transactions that modern contains: run "
                "`etl backfill --resnapshot`, which leaves them out"
            )

    def acked(self) -> int:
        """Read the last outbox entry that legacy contains."""
        return _acked(self.fetch(marks.READ))

    def sizes(self) -> dict[str, "Size"]:
        """Estimate every table's rows and their bytes, from the server's statistics."""
        return {
            text(name): Size(int(text(rows) or 0), int(text(length) or 0))
            for name, rows, length in self.fetch(_SIZES)
        }

    def threads_running(self) -> int:
        """Say how many of the server's threads are at work now."""
        ((_, running),) = self.fetch("SHOW GLOBAL STATUS LIKE 'Threads_running'")
        return int(text(running))

    def replica_seconds(self) -> float | None:
        """Say how far behind its primary the server is; None of one that is no replica.

        One whose threads stand gives no number, and is further behind than any limit. Raises
        PreflightFailed where the user may not see it.
        """
        try:
            with translated(), self.connection.cursor() as cursor:
                cursor.execute("SHOW SLAVE STATUS")
                names = [str(column[0]) for column in cursor.description or ()]
                row: Row | None = cursor.fetchone()
        except PreflightFailed as error:
            raise PreflightFailed(
                "the legacy user may not see how far the server is behind: GRANT "
                "SLAVE MONITOR (before MariaDB 10.5, and in MySQL, REPLICATION CLIENT) "
                "ON *.* to this user, or leave --max-lag out"
            ) from error
        if row is None:
            return None
        lag = dict(zip(names, row, strict=True))[_LAG]
        return math.inf if lag is None else float(text(lag))

    def start(self) -> tuple[Position, int]:
        """Say from where the log has to be replayed over reads that begin after this call.

        Also gives the last outbox entry contained up to there. The watermark's commit comes after
        the position in the log, and commits become visible in the log's order: what is before the
        position is visible to every later read.
        """
        with translated():
            self.connection.begin()
            acked = _acked(self.fetch(marks.READ_LOCKED))
            position = self.end_of_log()
            self.fetch(marks.RAISE_WATERMARK)
            self.connection.commit()
        return position, acked


@dataclass(frozen=True, slots=True)
class Size:
    """How large a table is, roughly: its rows, and the bytes of one of them."""

    rows: int = 0
    row_bytes: int = 0


@dataclass(frozen=True, slots=True)
class TableReader:
    """Reads one table by its key, in the columns and the order of its map.

    Text keys page in the order of the column's own collation, compared by the server: within it
    the primary key is unique, so no row is skipped or read twice, whatever the collation.
    """

    source: Source
    table: TableMap
    expressions: tuple[str, ...]

    def chunk(self, after: Key | None, size: int, *, upto: Key | None = None) -> Chunk:
        """Read the next rows in key order, at most `size`, after a key and up to another."""
        rows = tuple(row for block in self.blocks(after, size, upto=upto) for row in block)
        last = rows[-1][self.table.key_index] if rows else None
        return Chunk(self.table.source, rows, last)

    def blocks(
        self, after: Key | None, size: int, *, upto: Key | None = None
    ) -> Generator[list[Row], None, None]:
        """Read the same rows as `chunk`, a few hundred at a time."""
        key, escape = quoted(self.table.key), self.source.connection.escape
        bounds = {">": after, "<=": upto}
        where = " AND ".join(
            f"{key} {sign} {escape(self._key(bound))}"
            for sign, bound in bounds.items()
            if bound is not None
        )
        tail = f"{where and ' WHERE '}{where} ORDER BY {key} LIMIT {size:d}"
        with translated():
            yield from self.source.connection.blocks(self._select() + tail)

    def ends(self) -> tuple[Key, Key] | None:
        """Read the first and the last key; None of an empty table."""
        key = quoted(self.table.key)
        words = ("SELECT MIN(", key, "), MAX(", key, ") FROM ", quoted(self.table.source))
        ((first, last),) = self.source.fetch("".join(words))
        return (first, last) if first is not None and last is not None else None

    def every(self, rows: int, after: Key | None) -> Iterator[Key]:
        """Walk the keys behind one in legacy's own order, and give the last of each so many rows.

        A row belongs to the range that ends with the first of these keys not below its own,
        whenever it is asked for: they are values of the key's order, whether or not rows have them.
        """
        key, table = quoted(self.table.key), quoted(self.table.source)
        while True:
            where = "" if after is None else f"WHERE {key} > %s"
            words = ("SELECT", key, "FROM", table, where, "ORDER BY", key)
            bound = () if after is None else (self._key(after),)
            found = self.source.fetch(f"{' '.join(words)} LIMIT 1 OFFSET {rows - 1:d}", *bound)
            if not found or found[0][0] is None:
                return
            after = found[0][0]
            yield after

    def rows(self, keys: Sequence[Key]) -> tuple[Row, ...]:
        """Read the rows that have one of these keys, as they are now."""
        if not keys:
            return ()
        where = f" WHERE {quoted(self.table.key)} IN %s"
        return tuple(self.source.fetch(self._select() + where, [self._key(key) for key in keys]))

    def present(self, keys: Sequence[Key]) -> list[Key]:
        """Read which of these keys there are, as legacy spells them."""
        key = quoted(self.table.key)
        words = ("SELECT", key, "FROM", quoted(self.table.source), "WHERE", key, "IN %s")
        rows = self.source.fetch(" ".join(words), [self._key(key) for key in keys])
        return [found or b"" for (found,) in rows]

    def locked(self, keys: Sequence[Key]) -> tuple[Row, ...]:
        """Read the rows of keys under locks that last until the transaction ends.

        The index is named because a server that read a small table whole would lock all of it.
        """
        where = f" FORCE INDEX (PRIMARY) WHERE {quoted(self.table.key)} IN %s FOR UPDATE"
        return tuple(self.source.fetch(self._select() + where, [self._key(key) for key in keys]))

    def size(self) -> Size:
        """Estimate the rows of the table and their bytes."""
        return self.source.sizes().get(self.table.source, Size())

    def _select(self) -> str:
        words = ("SELECT", ", ".join(self.expressions), "FROM", quoted(self.table.source))
        return " ".join(words)

    def _key(self, key: Key) -> int | str:
        if self.table.key_is_number:
            return int(key)
        return key.decode("utf-8", "surrogateescape")


def text(value: bytes | None) -> str:
    """Read a value of the server's own tables, which are never NULL where this is used."""
    return (value or b"").decode()


def _acked(rows: Sequence[Row]) -> int:
    if not rows:
        raise NotInstalled("the bridge's row in bridge_origin is missing: run `etl install`")
    return int(text(rows[0][0]))


def _expressions(table: TableMap, found: Sequence[catalogue.SourceColumn]) -> tuple[str, ...]:
    """Say how to select each column so that it is spelled as in the log.

    A FLOAT prints six digits; as a double it prints all it holds. ZEROFILL pads what is printed.
    """
    spelled = {column.name: "+0" for column in found if column.zerofill}
    spelled |= {column.name: "*1e0" for column in found if column.data_type == "float"}
    return tuple(quoted(name) + spelled.get(name, "") for name in table.source_columns)


def _open(
    kind: type[AnyConnection], address: LegacyAddress, *, seconds: float, client_flag: int = 0
) -> AnyConnection:
    with translated():
        connection = kind(
            host=address.host,
            port=address.port,
            user=address.user,
            password=address.password,
            database=address.database,
            charset="utf8mb4",
            use_unicode=False,
            conv=_TO_SQL_ONLY,
            init_command="SET time_zone = '+00:00'",
            autocommit=True,
            connect_timeout=patience.CONNECT_SECONDS,
            # The greeting comes at once or never; what is asked later may take its time.
            read_timeout=patience.CONNECT_SECONDS,
            write_timeout=seconds,
            client_flag=client_flag,
        )
        connection._read_timeout = seconds  # type: ignore[attr-defined]  # noqa: SLF001 - no way round
        return connection


def _translate(error: pymysql.err.Error) -> NoReturn:
    code = error.args[0] if error.args else 0
    reason = str(error.args[1] if len(error.args) > 1 else error)
    # What the driver could not make sense of has no number.
    if code in _LOST or not isinstance(code, int) or isinstance(error, pymysql.err.InterfaceError):
        raise SourceUnavailable(
            f"the legacy database cannot be reached ({reason}): check LEGACY_DATABASE_URL "
            "and that the server runs"
        ) from error
    if code in _UNABLE:
        raise SourceUnavailable(
            f"the legacy database cannot write now ({reason}): make room or make it writable"
        ) from error
    if code in _BLOCKED:
        raise Blocked(f"a legacy writer holds rows that are to be written ({reason})") from error
    if code in _CREDENTIALS:
        raise PreflightFailed(
            f"the legacy database refuses the connection ({reason}): check user, password and "
            "database in LEGACY_DATABASE_URL"
        ) from error
    if code in _RIGHTS:
        raise PreflightFailed(f"the legacy user lacks a right ({reason}): {GRANTS}") from error
    if code == ER.NO_SUCH_TABLE:
        raise NotInstalled(f"a legacy table is missing ({reason}): run `etl install`") from error
    raise LogUnreadable(
        f"the legacy database refused a statement ({code}: {reason}): see its error log"
    ) from error
