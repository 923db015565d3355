"""The binlog of the legacy server as transactions of copied tables, from a position on.

Positions lie between transactions. What cannot be read for sure is refused; nothing is guessed.
Row decoding is in row_events.py, framing in log_connection.py; applying is not its business.
"""

import struct
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from zlib import crc32

from etl import patience
from etl.catalogue import SourceColumn
from etl.errors import LogUnreadable, PositionPurged, SourceUnavailable
from etl.log import compressed_events, row_events, statements
from etl.log.compressed_events import COMPRESSED
from etl.log.gtids import Gtids
from etl.log.log_connection import LogConnection
from etl.log.row_events import RowDecoder
from etl.marks import MARK, acked
from etl.rows import Change, Position, SchemaChange, Transaction
from etl.tables import TableMap

Event = Transaction | SchemaChange

# A larger transaction comes in pieces of this many row changes or bytes: memory stays bounded.
PIECE = 5_000
PIECE_BYTES = 4_000_000
_BEFORE_ALL = Position("", 0)

_HEADER = struct.Struct("<IBIIIH")
_IN_USE, _ARTIFICIAL, _IGNORABLE = 0x01, 0x20, 0x80
_QUERY, _STOP, _ROTATE, _FORMAT, _XID, _HEARTBEAT = 2, 3, 4, 15, 16, 27
_MARIADB_GTID, _MYSQL_GTID = 162, 33
# Stop, heartbeat, intvar, rand, user var, ignorable, rows query, anonymous GTID, previous GTIDs;
# MariaDB's annotation, checkpoint and GTID list: they say nothing about rows.
_SILENT = frozenset({_STOP, _HEARTBEAT, 5, 13, 14, 28, 29, 34, 35, 160, 161, 163})
_REFUSED = {
    26: "an incident: the server lost events",
    36: "an XA transaction",
    38: "an XA transaction",
    39: "partial rows",
    40: "a compressed transaction: set binlog_transaction_compression=OFF",
    164: "encrypted events",
}
_CONTROL = (_QUERY, _ROTATE, _FORMAT, _XID, _MARIADB_GTID, _MYSQL_GTID)
_KNOWN = frozenset({*_CONTROL, *_SILENT, *_REFUSED})


@dataclass(slots=True)
class Binlog:
    """One pass over the log; a broken connection ends it, and a new one starts from a position.

    A position without a file is found by the server, behind the transactions in `gtids`.

    `catalogue` gives a table's columns at a position. `since` holds, per table, the position its
    snapshot began at: changes up to there are in the snapshot already and are not even decoded.
    `begun` is when the file of the position was begun, as far as that is known.
    """

    connection: LogConnection
    position: Position
    schema: str
    tables: Mapping[str, TableMap]
    catalogue: Callable[[str, Position], Sequence[SourceColumn]]
    since: Mapping[str, Position] = field(default_factory=dict)
    begun: int = 0
    gtids: Gtids = field(default_factory=Gtids)

    _checksums: bool = False
    _open: bool = False
    _heard: float = 0.0
    _gtid: str | None = None
    _found: bool = True
    _acked: int | None = None
    _changes: list[Change] = field(default_factory=list)
    _size: int = 0
    _in_pieces: bool = False
    _decoders: dict[int, RowDecoder | None] = field(default_factory=dict)
    _by_description: dict[bytes, RowDecoder] = field(default_factory=dict)

    def start(self) -> None:
        """Ask the server for the log."""
        self._found = bool(self.position.file)
        self._checksums = self.connection.request(self.position, self.gtids)
        self._heard = time.monotonic()

    def poll(self, timeout: float) -> Iterator[Event]:
        """Give what arrived within `timeout` seconds; raise SourceUnavailable on a dead link.

        Each event is read when it is asked for: what comes behind a barrier is not touched before
        that was dealt with.
        """
        arrived = self.connection.receive(timeout)
        now = time.monotonic()
        if arrived:
            self._heard = now
        elif now - self._heard > patience.SILENCE_SECONDS:
            raise SourceUnavailable("the legacy server sends no heartbeats any more: reconnect")
        return (event for raw in arrived for event in self._event(raw))

    def _event(self, raw: bytes) -> Collection[Event]:
        at, kind, server, _, end, flags = _HEADER.unpack_from(raw)
        if kind == _FORMAT:
            # The byte before the checksum names its algorithm, from MySQL 5.6 on.
            self._checksums = raw[-5] == 1
        if self._checksums:
            raw = _checked(raw)
        body = raw[_HEADER.size :]
        if kind in COMPRESSED:
            kind, body = compressed_events.plain(kind, body)
        if kind in row_events.ROW_EVENTS:
            return self._rows(kind, body, at)
        if kind == row_events.TABLE_MAP:
            self._table_map(body, end)
            return ()
        stamp = _Stamp(at, server, 0 if flags & _ARTIFICIAL else end)
        if kind in _KNOWN or not flags & _IGNORABLE:
            return self._control(kind, body, stamp)
        return self._quiet(stamp)

    def _control(self, kind: int, body: bytes, stamp: "_Stamp") -> Collection[Event]:
        """Handle what is not about rows: begins, ends, statements and the log's own upkeep."""
        if kind == _XID:
            return self._commit(stamp)
        if kind == _QUERY:
            return self._query(body, stamp)
        if kind == _ROTATE:
            return self._rotate(body, stamp)
        if kind in (_MARIADB_GTID, _MYSQL_GTID):
            self._open = self._found = True
            self._gtid = _gtid(kind, body, stamp.server)
            return ()
        self._found |= kind == _HEARTBEAT
        if kind == _FORMAT:
            self._require_same_log(stamp.at)
            return ()
        if kind in _SILENT:
            return self._quiet(stamp)
        what = _REFUSED.get(kind, f"an event of the unknown type {kind}")
        raise LogUnreadable(
            f"the legacy binlog holds {what} after {self.position}: "
            "change the server, then run `etl backfill --resnapshot`"
        )

    def _quiet(self, stamp: "_Stamp") -> Collection[Event]:
        """Move on over what lies between transactions, so that an idle log counts as caught up."""
        if self._open or not stamp.end or not self._found:
            return ()
        self.position = Position(self.position.file, stamp.end)
        return (Transaction((), self.position, stamp.at, begun=self.begun),)

    def _rotate(self, body: bytes, stamp: "_Stamp") -> Collection[Event]:
        offset, name = struct.unpack_from("<Q", body)[0], body[8:].decode()
        if stamp.at:
            # A new file, not the announcement at the start of a stream: table ids may be reused.
            self._decoders.clear()
        if name != self.position.file:
            # Only announced, after a crash: the file before it has no end.
            self.begun = 0
        self.position = Position(name, offset)
        # The file that holds what was asked for by GTID begins before it.
        return (Transaction((), self.position, 0, begun=self.begun),) if self._found else ()

    def _require_same_log(self, begun: int) -> None:
        """Raise PositionPurged if this is another file than the position's, of the same name."""
        if self.begun not in (0, begun):
            raise PositionPurged(
                f"the legacy binlog begins anew: {self.position.file} is not the file that the "
                "stored position is in, because the server was restored or its log reset, so run "
                "`etl backfill --resnapshot`, then `etl follow`"
            )
        self.begun = begun

    def _commit(self, stamp: "_Stamp") -> Collection[Event]:
        self.position = Position(self.position.file, stamp.end)
        if self._gtid is not None:
            self.gtids.add(self._gtid)
        done = Transaction(
            tuple(self._changes),
            self.position,
            stamp.at,
            acked=self._acked,
            gtid=str(self.gtids) if self._gtid is not None else None,
            size=self._size,
            begun=self.begun,
        )
        self._changes.clear()
        self._acked, self._gtid, self._open = None, None, False
        self._size, self._in_pieces = 0, False
        return (done,)

    def _query(self, body: bytes, stamp: "_Stamp") -> Collection[Event]:
        schema_length, variables = body[8], struct.unpack_from("<H", body, 11)[0]
        begin = 13 + variables
        current = body[begin : begin + schema_length].decode()
        statement = body[begin + schema_length + 1 :]
        if statement == b"BEGIN":
            self._open = True
            return ()
        if statement == b"COMMIT":
            return self._commit(stamp)
        if statements.verb(statement) == "SAVEPOINT":
            return ()
        self._refuse_rollback(statement)
        named = statements.tables_changed(
            statement,
            schema=self.schema,
            mapped=[name for name in self.tables if not self._is_past(name, stamp.end)],
            current_schema=current,
        )
        done = self._commit(stamp)
        if not named:
            return done
        self._decoders.clear()
        self._by_description.clear()
        keeps_rows = all(statements.keeps_rows(statement, name) for name in named)
        verb = statements.verb(statement)
        return (*done, SchemaChange(named, verb, self.position, stamp.at, keeps_rows))

    def _refuse_rollback(self, statement: bytes) -> None:
        if statements.verb(statement) == "ROLLBACK" and (self._changes or self._in_pieces):
            raise LogUnreadable(
                "the legacy binlog holds a transaction that was rolled back in part, after "
                f"{self.position}: convert non-transactional tables to "
                "InnoDB, then run `etl backfill --resnapshot`"
            )

    def _table_map(self, body: bytes, end: int) -> None:
        # The same table, in all that is said of it behind the number it has for now.
        decoder = self._by_description.get(body[6:])
        if decoder is None:
            decoder = self._new_decoder(body, end)
        elif self._is_past(decoder.table.source, end):
            decoder = None
        self._decoders[row_events.table_id(body)] = decoder

    def _new_decoder(self, body: bytes, end: int) -> RowDecoder | None:
        schema, name = row_events.table_named(body)
        table = self._table(schema, name)
        if table is None or self._is_past(name, end):
            return None
        columns = self.catalogue(name, Position(self.position.file, end))
        decoder = RowDecoder(table, row_events.table_shape(body), columns)
        self._by_description[body[6:]] = decoder
        return decoder

    def _table(self, schema: str, name: str) -> TableMap | None:
        if schema != self.schema:
            return None
        return MARK if name == MARK.source else self.tables.get(name)

    def _is_past(self, table: str, end: int) -> bool:
        """Say whether what ends here happened before the table's snapshot began."""
        return Position(self.position.file, end) <= self.since.get(table, _BEFORE_ALL)

    def _rows(self, kind: int, body: bytes, at: int) -> Collection[Event]:
        decoder = self._decoders.get(row_events.table_id(body))
        if decoder is None:
            return ()
        changes = decoder.changes(kind, body)
        if decoder.table is MARK:
            self._acked = acked(changes[-1])
            return ()
        self._changes += changes
        self._size += len(body)
        if len(self._changes) < PIECE and self._size < PIECE_BYTES:
            return ()
        piece = Transaction(tuple(self._changes), None, at, size=self._size)
        self._changes.clear()
        self._size, self._in_pieces = 0, True
        return (piece,)


@dataclass(frozen=True, slots=True)
class _Stamp:
    """An event's time in unix seconds, its server, and its end, 0 if it is not in the file."""

    at: int
    server: int
    end: int


def _checked(raw: bytes) -> bytes:
    """Take the checksum off an event; raise LogUnreadable if it is another one's.

    The mark of a log that is still written, in its first event, came after the checksum.
    """
    event = raw[:-4]
    if raw[17] & _IN_USE and raw[4] == _FORMAT:
        event = event[:17] + bytes([raw[17] & ~_IN_USE]) + event[18:]
    if crc32(event) != int.from_bytes(raw[-4:], "little"):
        raise LogUnreadable(
            "an event of the legacy binlog does not match its checksum: check the legacy server's "
            "disk and the network, then run `etl follow` again"
        )
    return raw[:-4]


def _gtid(kind: int, body: bytes, server: int) -> str:
    """Spell a GTID as its server does."""
    if kind == _MARIADB_GTID:
        sequence, domain = struct.unpack_from("<QI", body)
        return f"{domain}-{server}-{sequence}"
    source, number = body[1:17].hex(), struct.unpack_from("<q", body, 17)[0]
    parts = (source[:8], source[8:12], source[12:16], source[16:20], source[20:])
    return f"{'-'.join(parts)}:{number}"
