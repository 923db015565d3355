"""A connection on which the server sends its binlog: the request, and the framing of what comes.

It knows nothing of what the events mean.
"""

import secrets
import socket
import ssl
import struct
from collections.abc import Callable
from typing import Final

from pymysql.constants import COMMAND

from etl import patience
from etl.encryption import EncryptedIfPossible
from etl.errors import LogUnreadable, PositionPurged, SourceUnavailable
from etl.log.gtids import Gtids
from etl.packets import Packets
from etl.rows import Position

_RECEIVE_BYTES: Final = 1 << 18
_CANNOT_READ = 1236
# Where the events of a log file begin, and the flag of a request by GTID.
_FIRST, _BY_GTID = 4, 4
_SETUP = (
    # Without these the server hides checksums and GTIDs from readers that look too old for them.
    "SET @master_binlog_checksum = @@global.binlog_checksum",
    "SET @mariadb_slave_capability = 4",
    f"SET @master_heartbeat_period = {int(patience.HEARTBEAT_SECONDS * 1e9)}",
)


class LogConnection(EncryptedIfPossible):
    """A MySQL connection turned, for good, into a stream of binlog events."""

    # What the driver has and its type stubs leave out.
    _sock: socket.socket
    _execute_command: Callable[[int, bytes], None]

    def request(self, position: Position, gtids: Gtids) -> bool:
        """Ask for the log from a position on; say whether events carry a checksum for now.

        Without a file in the position, the server finds what comes behind the named transactions.
        """
        with self.cursor() as cursor:
            for statement in _SETUP:
                cursor.execute(statement)
            if not position.file and not gtids.is_mysql:
                cursor.execute("SET @slave_connect_state = %s", (str(gtids),))
            cursor.execute("SELECT @@global.binlog_checksum")
            answer = cursor.fetchone()
        # The server ends an older reader with the same id, so each connection takes one of its own.
        reader = 1 << 31 | secrets.randbits(30)
        if not position.file and gtids.is_mysql:
            named = gtids.packed()
            body = struct.pack("<HIIQI", _BY_GTID, reader, 0, _FIRST, len(named)) + named
            self._execute_command(COMMAND.COM_BINLOG_DUMP_GTID, body)
        else:
            offset = position.offset or _FIRST
            body = struct.pack("<IHI", offset, 0, reader) + position.file.encode()
            self._execute_command(COMMAND.COM_BINLOG_DUMP, body)
        self._packets = Packets()
        return answer is not None and answer[0] != b"NONE"

    def receive(self, timeout: float) -> list[bytes]:
        """Give the events that arrive within `timeout` seconds, possibly none."""
        try:
            self._sock.settimeout(timeout)
            data = self._sock.recv(_RECEIVE_BYTES)
        except (TimeoutError, ssl.SSLWantReadError):
            return []
        except OSError as error:
            raise SourceUnavailable(f"the binlog stream broke ({error}): reconnect") from error
        if not data:
            raise SourceUnavailable("the legacy server closed the binlog stream: reconnect")
        return [_event(packet) for packet in self._packets.cut(data)]


def _event(packet: bytes) -> bytes:
    """Take the status byte off a packet; raise what an error packet or the end of the log means."""
    if packet[:1] == b"\0":
        return packet[1:]
    if packet[:1] == b"\xfe":
        raise SourceUnavailable("the legacy server ended the binlog stream: reconnect")
    code, message = struct.unpack_from("<H", packet, 1)[0], packet[9:].decode("utf-8", "replace")
    if code != _CANNOT_READ or "max_allowed_packet" in message:
        raise LogUnreadable(
            f"the legacy server cannot send its binlog ({code}: {message}): see its error log"
        )
    raise PositionPurged(
        f"the legacy binlog cannot be read from the stored position ({message}): what changed "
        "since then is unknown, so run `etl backfill --resnapshot`, then `etl follow`"
    )
