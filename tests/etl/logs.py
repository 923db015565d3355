"""Reading the log of a test's own database, without the rest of the follower."""

import struct
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

from etl import mysql
from etl.log.binlog import Binlog
from etl.log.gtids import Gtids
from etl.log.log_connection import LogConnection
from etl.mysql import Source
from etl.rows import Change, Position, SchemaChange, Transaction
from etl.settings import LegacyAddress
from etl.tables import TableMap

# Where the events of a file begin, and where in an event its size is.
_FIRST, _SIZE_AT = 4, 9


@dataclass(slots=True)
class Heard:
    """What a stretch of the log held."""

    transactions: list[Transaction] = field(default_factory=list)
    barriers: list[SchemaChange] = field(default_factory=list)

    @property
    def changes(self) -> list[Change]:
        return [change for transaction in self.transactions for change in transaction.changes]

    @property
    def acked(self) -> list[int]:
        return [one.acked for one in self.transactions if one.acked is not None]


class LogFile(LogConnection):
    """A log as the server keeps it in a file, which tells it as the server would."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def request(self, position: Position, gtids: Gtids) -> bool:
        """Begin with the file's first event, which says itself that checksums follow."""
        del position, gtids
        return True

    def receive(self, timeout: float) -> list[bytes]:
        """Give all events at once; each says behind its time, type and server how long it is."""
        del timeout
        events, at = [], _FIRST
        while at < len(self._raw):
            (size,) = struct.unpack_from("<I", self._raw, at + _SIZE_AT)
            events.append(self._raw[at : at + size])
            at += size
        return events


@contextmanager
def opened(
    address: LegacyAddress,
    position: Position,
    *tables: TableMap,
    since: Mapping[str, Position] | None = None,
) -> Iterator[Binlog]:
    """Open the log at a position."""
    with (
        closing(mysql.connect(address)) as connection,
        closing(mysql.connect_to_log(address)) as log,
    ):
        binlog = Binlog(
            log,
            position=position,
            schema=address.database,
            tables={table.source: table for table in tables},
            catalogue=lambda name, _: Source(connection).columns(name),
            since=since or {},
        )
        binlog.start()
        yield binlog


def heard(binlog: Binlog, upto: Position) -> Heard:
    """Read the log up to a position."""
    found = Heard()
    while binlog.position < upto:
        for event in binlog.poll(1.0):
            if isinstance(event, Transaction):
                found.transactions.append(event)
            else:
                found.barriers.append(event)
    return found
