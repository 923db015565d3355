"""From the log's binary column values to the bytes that a SELECT gives; pure.

A differential test holds every type to what the server itself prints.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from etl.catalogue import SourceColumn
from etl.spelling import column_moments
from etl.spelling.column_layouts import (
    BIT,
    BLOB,
    DATE,
    DATETIME,
    DECIMAL,
    DOUBLE,
    ENUM,
    FLOAT,
    GEOMETRY,
    INT24,
    JSON,
    LONG,
    LONGLONG,
    NEWDATE,
    OLD_DATETIME,
    OLD_TIME,
    OLD_TIMESTAMP,
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
from etl.spelling.column_numbers import Spell, decimal_spelling, spell_double
from etl.spelling.json_binary import spell_json

# Types whose values struct reads, and its codes for signed ones; INT24 has three bytes.
_NUMBERS = {TINY: "b", SHORT: "h", LONG: "i", LONGLONG: "q"}
_spell_integer = b"%d".__mod__
# The data types of GEOMETRY columns; MariaDB has no others, 8.0 says geomcollection.
SHAPES = frozenset(
    {"geometry", "point", "linestring", "polygon", "multipoint", "multilinestring"}
    | {"multipolygon", "geometrycollection", "geomcollection"}
)

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
    "datetime": (DATETIME, OLD_DATETIME),
    "timestamp": (TIMESTAMP, OLD_TIMESTAMP),
    "time": (TIME, OLD_TIME),
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
    "json": (JSON,),
    **dict.fromkeys(SHAPES, (GEOMETRY,)),
}

_UTF8 = {None, "utf8", "utf8mb3", "utf8mb4", "binary"}
# Where Python's codec and the server's table agree in every character; others are refused by name.
_CODECS = {
    **{name: name for name in ("cp850", "cp852", "cp1250", "cp1251", "cp1257")},
    "ascii": "ascii",
    "latin2": "iso8859-2",
    "latin5": "iso8859-9",
    "latin7": "iso8859-13",
    "macroman": "mac-roman",
    "ucs2": "utf-16-be",
    "utf16": "utf-16-be",
    "utf32": "utf-32-be",
}
# MySQL's latin1 is cp1252 with its five holes passed through.
_LATIN1 = tuple(
    (bytes([byte]).decode("cp1252", "ignore") or chr(byte)).encode() for byte in range(256)
)


@dataclass(frozen=True, slots=True)
class Reading:
    """How a value is read and spelled: `spell` is None where the bytes are the spelling already.

    `format` is struct's, for a value of fixed width; others come as the bytes behind their length.
    """

    spell: Callable[[Any], bytes] | None
    format: str = ""


def reading(column: SourceColumn, shape: Layout) -> Reading:
    """Say how values of a column are read; raise Unreadable where the log has another type."""
    if shape.type not in _TYPES.get(column.data_type, ()):
        raise Unreadable(
            f"column {column.name} is {column.data_type} now, and type {shape.type} in the log"
        )
    if shape.type in _NUMBERS:
        code = _NUMBERS[shape.type]
        return Reading(_spell_integer, code.upper() if column.unsigned else code)
    if shape.type == FLOAT:
        # The snapshot reads `column * 1e0`: the exact value of the single, spelled as a double.
        return Reading(spell_double, "f")
    if shape.type == DOUBLE:
        return Reading(spell_double if column.scale is None else _fixed(column.scale), "d")
    return Reading(_speller(column, shape), "" if shape.prefix else f"{shape.width}s")


def _speller(column: SourceColumn, shape: Layout) -> Spell | None:
    if shape.type in (VARCHAR, VAR_STRING, BLOB, STRING):
        return _text(column, shape)
    if shape.type == INT24:
        return _unsigned if column.unsigned else _signed
    if shape.type == ENUM:
        return _enumeration((b"", *column.labels))
    if shape.type == SET:
        return _set(column.labels)
    return _SPELLERS[shape.type](shape)


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
    if column.charset in _CODECS:
        return _recode(_CODECS[column.charset])
    raise Unreadable(f"the character set {column.charset} is not decoded")


def _latin1(raw: bytes) -> bytes:
    return raw if raw.isascii() else b"".join([_LATIN1[byte] for byte in raw])


def _recode(codec: str) -> Spell:
    # Bytes that are wrong in their own character set become a question mark, as in a SELECT.
    return lambda raw: raw.decode(codec, "replace").replace("\ufffd", "?").encode()


def _enumeration(labels: tuple[bytes, ...]) -> Spell:
    return lambda raw: labels[int.from_bytes(raw, "little")]


def _set(labels: tuple[bytes, ...]) -> Spell:
    def spell(raw: bytes) -> bytes:
        bits = int.from_bytes(raw, "little")
        return b",".join([label for bit, label in enumerate(labels) if bits >> bit & 1])

    return spell


def _fixed(scale: int) -> Callable[[float], bytes]:
    return lambda value: f"{value:.{scale}f}".encode()


def _decimal(shape: Layout) -> Spell:
    return decimal_spelling(shape.meta & 0xFF, shape.meta >> 8)


_SPELLERS: dict[int, Callable[[Layout], Spell | None]] = {
    DECIMAL: _decimal,
    DATE: column_moments.date,
    NEWDATE: column_moments.date,
    YEAR: column_moments.year,
    DATETIME: column_moments.datetime,
    TIMESTAMP: column_moments.timestamp,
    TIME: column_moments.clock,
    OLD_DATETIME: column_moments.old_datetime,
    OLD_TIMESTAMP: column_moments.old_timestamp,
    OLD_TIME: column_moments.old_clock,
    JSON: lambda _: spell_json,
    # The number of the reference system and the shape in well-known binary, as a SELECT gives them.
    GEOMETRY: lambda _: None,
    BIT: lambda _: None,
}
