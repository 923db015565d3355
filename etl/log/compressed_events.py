"""Events that MariaDB compressed (`log_bin_compress`), turned into the ordinary ones; pure.

Of a row event what follows the bitmaps of columns is compressed, of a query event its statement.
"""

import zlib

from etl.errors import LogUnreadable
from etl.log.row_events import UPDATES, length_encoded

_COMPRESSED_QUERY, _QUERY = 165, 2
# Inserts, updates and deletes of version 1, then of version 2.
_ROWS = {166: 23, 167: 24, 168: 25, 169: 30, 170: 31, 171: 32}
COMPRESSED = frozenset({_COMPRESSED_QUERY, *_ROWS})


def plain(kind: int, body: bytes) -> tuple[int, bytes]:
    """Give the type and the body of the event that was compressed; raise LogUnreadable."""
    if kind == _COMPRESSED_QUERY:
        schema_length, variables = body[8], int.from_bytes(body[11:13], "little")
        begin = 13 + variables + schema_length + 1
        return _QUERY, body[:begin] + _expanded(body[begin:])
    ordinary = _ROWS[kind]
    at = 8 if ordinary < 30 else 8 + int.from_bytes(body[8:10], "little")
    count, at = length_encoded(body, at)
    at += (count + 7) // 8 * (2 if ordinary in UPDATES else 1)
    return ordinary, body[:at] + _expanded(body[at:])


def _expanded(record: bytes) -> bytes:
    """Expand a record: a byte that says how many bytes the original length takes, it, the data."""
    width = record[0] & 7
    length = int.from_bytes(record[1 : 1 + width])
    try:
        data = zlib.decompress(record[1 + width :], bufsize=max(length, 1))
    except zlib.error as error:
        raise _broken() from error
    if record[0] & 0xF8 != 0x80 or len(data) != length:
        raise _broken()
    return data


def _broken() -> LogUnreadable:
    return LogUnreadable(
        "a compressed event of the legacy binlog cannot be expanded: check the legacy server's "
        "disk and the network, then run `etl follow` again"
    )
