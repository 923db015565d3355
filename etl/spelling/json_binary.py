"""MySQL's binary JSON, as 5.7 stores and logs it, to the text that its SELECT gives; pure.

A document is a type byte and a value. Objects and arrays begin with the number of their members
and their bytes, then come entries that hold small values themselves and say where the others are,
counted from there; all of it in two bytes each, or in four if the document is large.
"""

import struct
from base64 import b64encode
from collections.abc import Callable, Iterator
from functools import lru_cache

from etl.errors import LogUnreadable
from etl.spelling.column_layouts import DATE, DECIMAL, OLD_DATETIME, OLD_TIME, OLD_TIMESTAMP
from etl.spelling.column_numbers import decimal_spelling, spell_double

_SMALL_OBJECT, _LARGE_OBJECT, _SMALL_ARRAY, _LARGE_ARRAY = range(4)
_LITERAL, _INT16, _UINT16, _INT32, _UINT32, _INT64, _UINT64, _DOUBLE, _STRING = range(4, 13)
_OPAQUE = 15

_LITERALS = {0: b"null", 1: b"true", 2: b"false"}
_INTEGERS = {
    _INT16: struct.Struct("<h"),
    _UINT16: struct.Struct("<H"),
    _INT32: struct.Struct("<i"),
    _UINT32: struct.Struct("<I"),
    _INT64: struct.Struct("<q"),
    _UINT64: struct.Struct("<Q"),
}
_WITHIN_ENTRY = {2: {_LITERAL, _INT16, _UINT16}, 4: {_LITERAL, _INT16, _UINT16, _INT32, _UINT32}}
_ESCAPES = {
    **{code: f"\\u{code:04x}" for code in range(32)},
    **{ord(char): "\\" + letter for char, letter in zip('\b\t\n\f\r"\\', 'btnfr"\\', strict=True)},
}
# The server wraps the base64 of bytes that have no type in JSON, even within its text.
_LINE = 76


def spell_json(raw: bytes) -> bytes:
    """Spell a document; raise LogUnreadable if it is cut, or holds a type that is not known."""
    if not raw:
        # What an INSERT IGNORE of nothing leaves in a column that is NOT NULL.
        return b"null"
    try:
        return _value(raw[0], raw, 1)
    except (struct.error, IndexError, KeyError, UnicodeDecodeError) as error:
        raise LogUnreadable(
            "the legacy binlog holds a JSON document that is not as MySQL 5.7 writes them: leave "
            "the table out of the table maps"
        ) from error


def _value(kind: int, raw: bytes, at: int) -> bytes:
    if kind in _INTEGERS:
        return b"%d" % _INTEGERS[kind].unpack_from(raw, at)[0]
    return _SPELLINGS[kind](raw, at)


def _literal(raw: bytes, at: int) -> bytes:
    return _LITERALS[raw[at]]


def _double(raw: bytes, at: int) -> bytes:
    return spell_double(struct.unpack_from("<d", raw, at)[0])


def _string(raw: bytes, at: int) -> bytes:
    length, at = _length(raw, at)
    return _quoted(_part(raw, at, length))


def _quoted(text: bytes) -> bytes:
    return b'"' + text.decode().translate(_ESCAPES).encode() + b'"'


def _part(raw: bytes, at: int, length: int) -> bytes:
    part = raw[at : at + length]
    if len(part) != length:
        raise IndexError(at + length)
    return part


def _length(raw: bytes, at: int) -> tuple[int, int]:
    """Read a length: seven bits a byte, the lowest first, the eighth says that more follow."""
    length = shift = 0
    while raw[at] & 0x80:
        length |= (raw[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
    return length | raw[at] << shift, at + 1


def _object(width: int) -> Callable[[bytes, int], bytes]:
    def spell(raw: bytes, at: int) -> bytes:
        count = _number(raw, at, width)
        keys = at + 2 * width
        values = _entries(raw, at, count, width=width, begin=keys + count * (width + 2))
        members = []
        for number, value in enumerate(values):
            entry = keys + number * (width + 2)
            begin = at + _number(raw, entry, width)
            key = _part(raw, begin, _number(raw, entry + width, 2))
            members.append(_quoted(key) + b": " + value)
        return b"{" + b", ".join(members) + b"}"

    return spell


def _array(width: int) -> Callable[[bytes, int], bytes]:
    def spell(raw: bytes, at: int) -> bytes:
        count = _number(raw, at, width)
        values = _entries(raw, at, count, width=width, begin=at + 2 * width)
        return b"[" + b", ".join(values) + b"]"

    return spell


def _entries(raw: bytes, at: int, count: int, *, width: int, begin: int) -> Iterator[bytes]:
    for entry in range(begin, begin + count * (width + 1), width + 1):
        kind = raw[entry]
        within = kind in _WITHIN_ENTRY[width]
        yield _value(kind, raw, entry + 1 if within else at + _number(raw, entry + 1, width))


def _number(raw: bytes, at: int, width: int) -> int:
    return int(struct.unpack_from("<H" if width == 2 else "<I", raw, at)[0])


def _opaque(raw: bytes, at: int) -> bytes:
    """Spell a value of a type that only MySQL has: as its text, or as base64 with the type."""
    kind = raw[at]
    length, at = _length(raw, at + 1)
    value = _part(raw, at, length)
    if kind == DECIMAL:
        return _decimal(value[0], value[1])(value[2:])
    if kind in _MOMENTS:
        return b'"' + _MOMENTS[kind](struct.unpack("<q", value)[0]) + b'"'
    text = b64encode(value)
    lines = b"\n".join(text[cut : cut + _LINE] for cut in range(0, len(text), _LINE))
    return b'"base64:type%d:%s"' % (kind, lines)


_decimal = lru_cache(maxsize=200)(decimal_spelling)


def _date(packed: int) -> bytes:
    days = packed >> 41
    year, month = divmod(days >> 5, 13)
    return b"%04d-%02d-%02d" % (year, month, days & 31)


def _datetime(packed: int) -> bytes:
    return _date(packed) + b" " + _clock(packed >> 24 & 0x1FFFF, packed & 0xFFFFFF)


def _time(packed: int) -> bytes:
    sign = b"-" if packed < 0 else b""
    return sign + _clock(abs(packed) >> 24, abs(packed) & 0xFFFFFF)


def _clock(seconds: int, parts: int) -> bytes:
    return b"%02d:%02d:%02d.%06d" % (seconds >> 12, seconds >> 6 & 63, seconds & 63, parts)


_MOMENTS = {DATE: _date, OLD_TIME: _time, OLD_DATETIME: _datetime, OLD_TIMESTAMP: _datetime}
_SPELLINGS: dict[int, Callable[[bytes, int], bytes]] = {
    _SMALL_OBJECT: _object(2),
    _LARGE_OBJECT: _object(4),
    _SMALL_ARRAY: _array(2),
    _LARGE_ARRAY: _array(4),
    _LITERAL: _literal,
    _DOUBLE: _double,
    _STRING: _string,
    _OPAQUE: _opaque,
}
