"""How long the log's binary column values are, by their type and metadata; pure."""

from collections.abc import Callable
from dataclasses import dataclass, replace

TINY, SHORT, LONG, FLOAT, DOUBLE, LONGLONG, INT24 = 1, 2, 3, 4, 5, 8, 9
OLD_TIMESTAMP, DATE, OLD_TIME, OLD_DATETIME, YEAR, NEWDATE = 7, 10, 11, 12, 13, 14
VARCHAR, BIT, TIMESTAMP, DATETIME, TIME, JSON, DECIMAL = 15, 16, 17, 18, 19, 245, 246
ENUM, SET, BLOB, VAR_STRING, STRING, GEOMETRY = 247, 248, 252, 253, 254, 255

# How many bytes of metadata the table map event holds for a type; the others have none.
META_WIDTH = {
    **dict.fromkeys((FLOAT, DOUBLE, BLOB, TIMESTAMP, DATETIME, TIME, JSON, GEOMETRY), 1),
    **dict.fromkeys((VARCHAR, VAR_STRING, BIT, DECIMAL, ENUM, SET, STRING), 2),
}

INTEGER_WIDTH = {TINY: 1, SHORT: 2, INT24: 3, LONG: 4, LONGLONG: 8}
_OLD_WIDTH = {OLD_TIMESTAMP: 4, OLD_TIME: 3, OLD_DATETIME: 8}
# MariaDB's own format of columns with fractions has no mark in the log: how many bytes such a
# column takes depends on its decimals, 0 to 6.
_WIDTH_BY_DECIMALS = {
    OLD_TIMESTAMP: (4, 5, 5, 6, 6, 7, 7),
    OLD_TIME: (3, 4, 4, 5, 5, 5, 6),
    OLD_DATETIME: (8, 6, 6, 7, 7, 7, 8),
}
FIXED_WIDTH = INTEGER_WIDTH | _OLD_WIDTH | {DATE: 3, NEWDATE: 3, YEAR: 1, FLOAT: 4, DOUBLE: 8}
# Bytes that hold 0 to 9 digits of a packed decimal.
DECIMAL_BYTES = (0, 1, 1, 2, 2, 3, 3, 4, 4, 4)


@dataclass(frozen=True, slots=True)
class Layout:
    """How long a value is: `prefix` bytes hold its length, or it takes `width` if prefix is 0.

    `fraction` is the number of decimals of an old temporal column, which only the catalogue knows.
    """

    type: int
    prefix: int
    width: int
    meta: int
    fraction: int = 0

    def with_decimals(self, decimals: int) -> "Layout":
        """Give the layout of a temporal column with that many decimals."""
        widths = _WIDTH_BY_DECIMALS.get(self.type)
        if not decimals or widths is None:
            return self
        return replace(self, width=widths[decimals], fraction=decimals)


class Unreadable(ValueError):
    """A column of a type that is not decoded; the message says what it is."""


def layout(kind: int, meta: int) -> Layout:
    """Work out a value's length from the type and the metadata of the table map event."""
    if kind == STRING and meta:
        return _string_layout(meta >> 8, meta & 0xFF)
    if kind in FIXED_WIDTH:
        return Layout(kind, 0, FIXED_WIDTH[kind], meta)
    if kind in _PREFIX:
        return Layout(kind, _PREFIX[kind](meta), 0, meta)
    if kind in _WIDTH:
        return Layout(kind, 0, _WIDTH[kind](meta), meta)
    raise Unreadable(f"the log holds a column of the unknown type {kind}")


def _string_layout(first: int, second: int) -> Layout:
    """CHAR, ENUM and SET share a type; lengths over 255 hide two inverted bits in its byte."""
    if first in (ENUM, SET):
        return Layout(first, 0, second, second)
    length = second | ((first & 0x30) ^ 0x30) << 4
    return Layout(STRING, 1 if length < 256 else 2, 0, length)


def _decimal_width(precision: int, scale: int) -> int:
    whole = precision - scale
    return DECIMAL_BYTES[whole % 9] + whole // 9 * 4 + scale // 9 * 4 + DECIMAL_BYTES[scale % 9]


def _decimals(whole: int) -> Callable[[int], int]:
    return lambda meta: whole + (meta + 1) // 2


_PREFIX: dict[int, Callable[[int], int]] = {
    **dict.fromkeys((VARCHAR, VAR_STRING), lambda meta: 1 if meta < 256 else 2),
    **dict.fromkeys((BLOB, JSON, GEOMETRY), lambda meta: meta),
}
_WIDTH: dict[int, Callable[[int], int]] = {
    TIMESTAMP: _decimals(4),
    DATETIME: _decimals(5),
    TIME: _decimals(3),
    DECIMAL: lambda meta: _decimal_width(meta & 0xFF, meta >> 8),
    BIT: lambda meta: (meta >> 8) + (1 if meta & 0xFF else 0),
}
