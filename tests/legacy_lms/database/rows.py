"""The recorded rows: how a row is written in a fixture file and in an INSERT.

A file is what ``LOAD DATA`` reads by default: tabs between values, one row a line, ``\\N`` for
NULL, a backslash before what would be taken for something else; the first line names the columns.
Values are bytes and never decoded, so none can change.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

__all__ = ["Row", "Value", "decode", "encode", "insert", "recorded", "tables_with_rows"]

Value = bytes | None
Row = Sequence[Value]

ROWS_DIR = Path(__file__).parents[1] / "fixtures" / "rows"
NULL = b"\\N"

_ESCAPES = {b"\\": b"\\\\", b"\t": b"\\t", b"\n": b"\\n", b"\r": b"\\r", b"\0": b"\\0"}
_UNESCAPES = {escaped: plain for plain, escaped in _ESCAPES.items()}
_SPECIAL = re.compile(rb"[\\\t\n\r\0]")
_ESCAPED = re.compile(rb"\\.", re.DOTALL)
_QUOTES = {b"\\": b"\\\\", b"'": b"\\'", b"\0": b"\\0"}
_QUOTABLE = re.compile(rb"[\\'\0]")


def encode(row: Row) -> bytes:
    """Write one row as a line of a fixture file, without the line end."""
    return b"\t".join(NULL if value is None else _escape(value) for value in row)


def decode(line: bytes) -> list[Value]:
    """Read one line of a fixture file back; the exact inverse of ``encode``."""
    return [None if field == NULL else _unescape(field) for field in line.split(b"\t")]


def insert(table: str, columns: Iterable[str], rows: Iterable[Row]) -> bytes:
    """Give one INSERT of all rows."""
    names = ", ".join(f"`{column}`" for column in columns)
    values = b",\n".join(b"(" + b",".join(map(_literal, row)) + b")" for row in rows)
    return f"INSERT INTO `{table}` ({names}) VALUES\n".encode() + values


def tables_with_rows() -> list[str]:
    """Name the tables of which rows were recorded."""
    return sorted(path.stem for path in ROWS_DIR.glob("*.tsv"))


@cache
def recorded(table: str) -> bytes | None:
    """Give the INSERT of a table's recorded rows, or None if it was recorded empty."""
    path = ROWS_DIR / f"{table}.tsv"
    if not path.exists():
        return None
    head, *lines = path.read_bytes().removesuffix(b"\n").split(b"\n")
    return insert(table, head.decode().split("\t"), _decoded(lines))


def _decoded(lines: Iterable[bytes]) -> Iterator[Row]:
    return map(decode, lines)


def _escape(value: bytes) -> bytes:
    return _SPECIAL.sub(lambda found: _ESCAPES[found[0]], value)


def _unescape(field: bytes) -> bytes:
    return _ESCAPED.sub(lambda found: _UNESCAPES[found[0]], field) if b"\\" in field else field


def _literal(value: Value) -> bytes:
    if value is None:
        return b"NULL"
    return b"'" + _QUOTABLE.sub(lambda found: _QUOTES[found[0]], value) + b"'"
