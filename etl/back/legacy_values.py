"""A legacy row in the values that an outbox image gives, so that the two can be compared; pure.

The comparison is made here and not by MySQL, whose collations hold `Bob` and `bob` for equal: a
correction of nothing but case would be lost.
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from zlib import crc32

from etl.rows import Document, Parameter, Row
from etl.tables import TableMap
from etl.values import convert, documents, packed_documents
from etl.values.convert import Kind

_ZERO_MOMENT = "0000-00-00 00:00:00"
_FRACTION = 26  # len("2016-09-05 07:12:44.512345")


def image(table: TableMap, row: Row) -> dict[str, Parameter]:
    """Give a row as legacy column -> value, in the values that `TableMap.revert` gives."""
    return {
        column.source: None if value is None else _READ[column.kind](value)
        for column, value in zip(table.columns, row, strict=True)
    }


def _text(value: bytes) -> str:
    # A symbol that legacy itself holds reverts to NUL as well: here the two are one character.
    return value.decode("utf-8", "surrogateescape").replace("\u2400", "\0")


def _document(value: bytes) -> Parameter:
    return Document(_text(value), crc32(value))


def _boolean(value: bytes) -> Parameter:
    return int(value != b"0")


def _moment(value: bytes) -> Parameter:
    return _padded(value) if _is_day(value) else None


def _required_moment(value: bytes) -> Parameter:
    moment = _padded(value) if _is_day(value) else _ZERO_MOMENT
    # The first moment of 1970 crosses as the zero date in the other direction too.
    return _ZERO_MOMENT if moment == f"{convert.EPOCH}.000000" else moment


def _date(value: bytes) -> Parameter:
    return value[:10].decode() if _is_day(value) else None


def _number(value: bytes) -> Parameter:
    return Decimal(value.decode())


def _padded(value: bytes) -> str:
    text = value.decode()
    return (text if "." in text else text + ".").ljust(_FRACTION, "0")


def _is_day(value: bytes) -> bool:
    try:
        date.fromisoformat(value[:10].decode())
    except ValueError:
        return False
    return True


_READ: dict[Kind, Callable[[bytes], Parameter]] = {
    convert.TEXT: _text,
    convert.INTEGER: int,
    convert.BOOLEAN: _boolean,
    convert.MOMENT: _moment,
    convert.REQUIRED_MOMENT: _required_moment,
    convert.DATE: _date,
    convert.NUMBER: _number,
    convert.DOUBLE: float,
    documents.JSON: _document,
    packed_documents.PACKED_JSON: _document,
}

KINDS = tuple(_READ)
