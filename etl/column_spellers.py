"""From the log's binary column values to the bytes that a SELECT gives; pure.

A differential test holds every type to what the server itself prints.
"""

import struct
import time
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache

from etl.catalogue import SourceColumn
from etl.column_layouts import (
    BIT,
    BLOB,
    DATE,
    DATETIME,
    DECIMAL,
    DECIMAL_BYTES,
    DOUBLE,
    ENUM,
    FLOAT,
    INT24,
    INTEGER_WIDTH,
    LONG,
    LONGLONG,
    NEWDATE,
    SET,
    SHORT,
    STRING,
    TIME,
    TIMESTAMP,
    TINY,
    VAR_STRING,
    VARCHAR,
    YEAR,
    Layout,
    Unreadable,
)

Spell = Callable[[bytes], bytes]

# Which types of the log may stand for a data type of the catalogue.
_TYPES = {
    "tinyint": (TINY,),
    "smallint": (SHORT,),
    "mediumint": (INT24,),
    "int": (LONG,),
    "bigint": (LONGLONG,),
    "float": (FLOAT,),
    "double": (DOUBLE,),
    "decimal": (DECIMAL,),
    "date": (DATE, NEWDATE),
    "datetime": (DATETIME,),
    "timestamp": (TIMESTAMP,),
    "time": (TIME,),
    "year": (YEAR,),
    "bit": (BIT,),
    "enum": (ENUM,),
    "set": (SET,),
    "char": (STRING,),
    "binary": (STRING,),
    "varchar": (VARCHAR, VAR_STRING),
    "varbinary": (VARCHAR, VAR_STRING),
    **{size + "text": (BLOB,) for size in ("tiny", "", "medium", "long")},
    **{size + "blob": (BLOB,) for size in ("tiny", "", "medium", "long")},
}

_UTF8 = {None, "utf8", "utf8mb3", "utf8mb4", "ascii", "binary"}
_PYTHON_NAMES = {
    "ucs2": "utf-16-be",
    "utf16": "utf-16-be",
    "utf32": "utf-32-be",
    "latin2": "latin2",
}
# MySQL's latin1 is cp1252 with its five holes passed through.
_LATIN1 = tuple(
    (bytes([byte]).decode("cp1252", "ignore") or chr(byte)).encode() for byte in range(256)
)


def speller(column: SourceColumn, shape: Layout) -> Spell | None:
    """Return what spells a value of the column, None where the bytes are the spelling already."""
    if shape.type not in _TYPES.get(column.data_type, ()):
        raise Unreadable(
            f"column {column.name} is {column.data_type} now, and type {shape.type} in the log"
        )
    if shape.type in INTEGER_WIDTH:
        return _unsigned if column.unsigned else _signed
    if shape.type in (VARCHAR, VAR_STRING, BLOB, STRING):
        return _text(column, shape)
    if shape.type == ENUM:
        return _enumeration((b"", *column.labels))
    if shape.type == SET:
        return _set(column.labels)
    return _SPELLERS[shape.type](column, shape)


def can_spell(column: SourceColumn) -> bool:
    """Say whether the log's values of a column can be spelled, as far as its definition says."""
    if column.data_type not in _TYPES:
        return False
    try:
        _text(column, Layout(VARCHAR, 1, 0, 0))
    except Unreadable:
        return False
    return True


def _signed(raw: bytes) -> bytes:
    return b"%d" % int.from_bytes(raw, "little", signed=True)


def _unsigned(raw: bytes) -> bytes:
    return b"%d" % int.from_bytes(raw, "little")


def _text(column: SourceColumn, shape: Layout) -> Spell | None:
    if column.data_type == "binary":
        return lambda raw: raw.ljust(shape.meta, b"\0")
    if column.charset in _UTF8:
        return None
    if column.charset == "latin1":
        return _latin1
    return _recode(_PYTHON_NAMES.get(column.charset or "", column.charset or ""))


def _latin1(raw: bytes) -> bytes:
    return raw if raw.isascii() else b"".join([_LATIN1[byte] for byte in raw])


def _recode(charset: str) -> Spell:
    try:
        "".encode(charset)
    except LookupError as error:
        raise Unreadable(f"the character set {charset} is not decoded") from error
    # Bytes that are wrong in their own character set become U+FFFD's question mark, as in a SELECT.
    return lambda raw: raw.decode(charset, "replace").replace("\ufffd", "?").encode()


def _enumeration(labels: tuple[bytes, ...]) -> Spell:
    return lambda raw: labels[int.from_bytes(raw, "little")]


def _set(labels: tuple[bytes, ...]) -> Spell:
    def spell(raw: bytes) -> bytes:
        bits = int.from_bytes(raw, "little")
        return b",".join([label for bit, label in enumerate(labels) if bits >> bit & 1])

    return spell


def _float(_column: SourceColumn, _shape: Layout) -> Spell:
    # The snapshot reads `column * 1e0`: the exact value of the single, spelled as a double.
    return lambda raw: spell_double(struct.unpack("<f", raw)[0])


def _double(column: SourceColumn, _shape: Layout) -> Spell:
    scale = column.scale
    if scale is not None:
        return lambda raw: f"{struct.unpack('<d', raw)[0]:.{scale}f}".encode()
    return lambda raw: spell_double(struct.unpack("<d", raw)[0])


def spell_double(value: float) -> bytes:
    """Spell a double as MySQL does: shortest digits, exponent only beyond 15 places."""
    text = repr(value)
    if "e" not in text and len(text) < 16:
        return text.removesuffix(".0").encode()
    sign, digit_tuple, exponent = Decimal(text).normalize().as_tuple()
    digits = "".join(map(str, digit_tuple))
    point = len(digits) + int(exponent)
    minus = "-" if sign else ""
    if point >= -14 and (point <= 15 or len(digits) > point):
        return (minus + _with_point(digits, point)).encode()
    mantissa = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
    return f"{minus}{mantissa}e{point - 1}".encode()


def _with_point(digits: str, point: int) -> str:
    if point <= 0:
        return "0." + "0" * -point + digits
    if len(digits) <= point:
        return digits + "0" * (point - len(digits))
    return digits[:point] + "." + digits[point:]


def _decimal(_column: SourceColumn, shape: Layout) -> Spell:
    """Nine digits in four bytes each, big-endian; a negative number has all its bits inverted."""
    scale = shape.meta >> 8
    whole = (shape.meta & 0xFF) - scale
    first = DECIMAL_BYTES[whole % 9]
    point = first + whole // 9 * 4

    def spell(raw: bytes) -> bytes:
        negative = not raw[0] & 0x80
        raw = bytes([raw[0] ^ 0x80]) + raw[1:]
        if negative:
            raw = bytes([byte ^ 0xFF for byte in raw])
        integer = _digits(raw[:first], whole % 9) + _groups(raw[first:point])
        fraction = _groups(raw[point : point + scale // 9 * 4])
        fraction += _digits(raw[point + scale // 9 * 4 :], scale % 9)
        text = (integer.lstrip("0") or "0") + ("." + fraction if scale else "")
        return ("-" + text if negative else text).encode()

    return spell


def _digits(raw: bytes, count: int) -> str:
    return str(int.from_bytes(raw)).zfill(count) if count else ""


def _groups(raw: bytes) -> str:
    return "".join(str(int.from_bytes(raw[at : at + 4])).zfill(9) for at in range(0, len(raw), 4))


def _date(_column: SourceColumn, _shape: Layout) -> Spell:
    def spell(raw: bytes) -> bytes:
        bits = int.from_bytes(raw, "little")
        return b"%04d-%02d-%02d" % (bits >> 9, bits >> 5 & 15, bits & 31)

    return spell


def _year(_column: SourceColumn, _shape: Layout) -> Spell:
    return lambda raw: b"%d" % (raw[0] + 1900) if raw[0] else b"0000"


def _bit(_column: SourceColumn, _shape: Layout) -> Spell:
    return bytes


def _datetime(_column: SourceColumn, shape: Layout) -> Spell:
    def spell(raw: bytes) -> bytes:
        bits = int.from_bytes(raw[:5]) - 0x8000000000
        clock = b" %02d:%02d:%02d" % (bits >> 12 & 31, bits >> 6 & 63, bits & 63)
        return _day(bits >> 17) + clock + _fraction(int.from_bytes(raw[5:]), shape)

    return spell


@lru_cache(maxsize=20_000)
def _day(bits: int) -> bytes:
    year, month = divmod(bits >> 5, 13)
    return b"%04d-%02d-%02d" % (year, month, bits & 31)


def _timestamp(_column: SourceColumn, shape: Layout) -> Spell:
    def spell(raw: bytes) -> bytes:
        seconds, parts = int.from_bytes(raw[:4]), int.from_bytes(raw[4:])
        if not seconds and not parts:
            return b"0000-00-00 00:00:00" + _fraction(0, shape)
        moment = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(seconds)).encode()
        return moment + _fraction(parts, shape)

    return spell


def _time(_column: SourceColumn, shape: Layout) -> Spell:
    """TIME runs from -838 to 838 hours; a negative one is negated as a whole, fraction included."""
    fraction_bits = 8 * ((shape.meta + 1) // 2)

    def spell(raw: bytes) -> bytes:
        value = int.from_bytes(raw) - (1 << 23 + fraction_bits)
        whole = abs(value) >> fraction_bits
        clock = b"%02d:%02d:%02d" % (whole >> 12 & 1023, whole >> 6 & 63, whole & 63)
        parts = abs(value) & (1 << fraction_bits) - 1
        return (b"-" if value < 0 else b"") + clock + _fraction(parts, shape)

    return spell


def _fraction(parts: int, shape: Layout) -> bytes:
    """Decimals of a second: an odd number of them is stored with one more, which is cut off."""
    if not shape.meta:
        return b""
    stored = (shape.meta + 1) // 2 * 2
    return b"." + (b"%0*d" % (stored, parts))[: shape.meta]


_SPELLERS: dict[int, Callable[[SourceColumn, Layout], Spell]] = {
    FLOAT: _float,
    DOUBLE: _double,
    DECIMAL: _decimal,
    DATE: _date,
    NEWDATE: _date,
    DATETIME: _datetime,
    TIMESTAMP: _timestamp,
    TIME: _time,
    YEAR: _year,
    BIT: _bit,
}
