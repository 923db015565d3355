"""Table map and row events of the binlog, decoded to rows in the order of their table map; pure.

Everything about a table is worked out once per shape of its table map event; then each row is one
loop over the columns. Columns that no map wants are stepped over, whatever their type.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from etl.catalogue import SourceColumn
from etl.errors import LogUnreadable, SchemaChanged
from etl.log.row_readers import Field, Reader, reader
from etl.rows import Change
from etl.spelling.column_layouts import META_WIDTH, STRING, Layout, Unreadable, layout
from etl.spelling.column_spellers import reading
from etl.tables import TableMap

# Event types: MariaDB and MySQL 5.5 write version 1, MySQL 5.6 and later version 2.
TABLE_MAP = 19
INSERTS, UPDATES, DELETES = (23, 30), (24, 31), (25, 32)
ROW_EVENTS = frozenset(INSERTS + UPDATES + DELETES)

# A table of many columns that may be NULL has more patterns than are worth keeping.
_MOST_READERS = 1_000


@dataclass(frozen=True, slots=True)
class TableShape:
    """What a table map event says: which table rows are of, and the types of its columns."""

    schema: str
    name: str
    layouts: tuple[Layout, ...]


def table_id(event: bytes) -> int:
    """Read the id that row events and their table map share; `event` starts after the header."""
    return int.from_bytes(event[:6], "little")


def table_named(event: bytes) -> tuple[str, str]:
    """Read the names of the database and the table from a table map event."""
    schema, at = _short_string(event, 8)
    name, _ = _short_string(event, at)
    return schema, name


@lru_cache(maxsize=1024)
def table_shape(event: bytes) -> TableShape:
    """Parse a table map event; raise LogUnreadable for a column type that is not known.

    The same one comes before every statement.
    """
    schema, at = _short_string(event, 8)
    name, at = _short_string(event, at)
    count, at = length_encoded(event, at)
    kinds = event[at : at + count]
    _, at = length_encoded(event, at + count)
    try:
        layouts = tuple(
            layout(kind, meta) for kind, meta in zip(kinds, _metas(kinds, event, at), strict=True)
        )
    except Unreadable as error:
        raise LogUnreadable(f"{name}: {error}: leave the table out of the table maps") from error
    return TableShape(schema, name, layouts)


class RowDecoder:
    """Decodes the row events of one table in one shape."""

    def __init__(self, table: TableMap, shape: TableShape, columns: Sequence[SourceColumn]) -> None:
        if len(columns) != len(shape.layouts):
            raise SchemaChanged(
                table.source,
                f"{table.source} has {len(columns)} columns now, but {len(shape.layouts)} in the "
                f"log: run `etl backfill --resnapshot --tables {table.source}`",
            )
        _require_names(table, columns)
        self.table = table
        self._key_index = table.key_index
        self._null_bytes = (len(columns) + 7) // 8
        slots = {name: slot for slot, name in enumerate(table.source_columns)}
        try:
            full = _fields(shape, columns, slots)
            key_only = _fields(shape, columns, {table.key: 0})
        except Unreadable as error:
            raise SchemaChanged(
                table.source,
                f"{table.source}: {error}: make the table map fit, then run "
                f"`etl backfill --resnapshot --tables {table.source}`",
            ) from error
        self._rows = _Readers(full, len(slots))
        self._keys = _Readers(key_only, 1)

    def changes(self, kind: int, event: bytes) -> list[Change]:
        """Decode the rows of one event; raise LogUnreadable if it does not hold full rows."""
        at = 8 if kind < 30 else 8 + int.from_bytes(event[8:10], "little")
        count, at = length_encoded(event, at)
        bitmaps = 2 if kind in UPDATES else 1
        self._require_full(event[at : at + self._null_bytes * bitmaps], count)
        at += self._null_bytes * bitmaps
        if kind in UPDATES:
            return self._updates(event, at)
        return self._inserts(event, at) if kind in INSERTS else self._deletes(event, at)

    def _inserts(self, event: bytes, at: int) -> list[Change]:
        name, key, readers, width = self.table.source, self._key_index, self._rows, self._null_bytes
        size, found = len(event), []
        while at < size:
            row, at = readers[event[at : at + width]](event, at + width)
            found.append(Change(name, None, row[key], row))
        return found

    def _updates(self, event: bytes, at: int) -> list[Change]:
        name, key, width = self.table.source, self._key_index, self._null_bytes
        keys, rows, size, found = self._keys, self._rows, len(event), []
        while at < size:
            (old_key,), at = keys[event[at : at + width]](event, at + width)
            row, at = rows[event[at : at + width]](event, at + width)
            found.append(Change(name, old_key, row[key], row))
        return found

    def _deletes(self, event: bytes, at: int) -> list[Change]:
        name, readers, width = self.table.source, self._keys, self._null_bytes
        size, found = len(event), []
        while at < size:
            (old_key,), at = readers[event[at : at + width]](event, at + width)
            found.append(Change(name, old_key, None, None))
        return found

    def _require_full(self, bitmap: bytes, count: int) -> None:
        # The bits behind the last column are set by MySQL, and clear in MariaDB.
        full, width = (1 << count) - 1, self._null_bytes
        found = (bitmap[at : at + width] for at in range(0, len(bitmap), width))
        if any(int.from_bytes(part, "little") & full != full for part in found):
            raise LogUnreadable(
                f"the log holds partial rows of {self.table.source}: set binlog_row_image=FULL "
                "on the legacy server, then run `etl backfill --resnapshot`"
            )


class _Readers(dict[bytes, Reader]):
    """The readers of a table's rows by their NULL bitmap, compiled when one is met first."""

    def __init__(self, fields: Sequence[Field], size: int) -> None:
        super().__init__()
        self._fields = fields
        self._size = size

    def __missing__(self, nulls: bytes) -> Reader:
        if len(self) >= _MOST_READERS:
            self.clear()
        found = self[nulls] = reader(self._fields, int.from_bytes(nulls, "little"), self._size)
        return found


def length_encoded(data: bytes, at: int) -> tuple[int, int]:
    """Read MySQL's variable-length integer; give it and where it ends."""
    first = data[at]
    if first < 251:
        return first, at + 1
    width = {252: 2, 253: 3, 254: 8}[first]
    return int.from_bytes(data[at + 1 : at + 1 + width], "little"), at + 1 + width


def _require_names(table: TableMap, columns: Sequence[SourceColumn]) -> None:
    """Raise SchemaChanged for a column that was renamed after the log's rows were written.

    The table has as many columns as before, and the value would be taken for NULL.
    """
    gone = [
        name for name in table.source_columns if name not in {column.name for column in columns}
    ]
    if gone:
        raise SchemaChanged(
            table.source,
            f"{table.source} has no column {gone[0]} any more, but rows in the log have one: make "
            "the table map fit (`etl install` does it for mirrors), then run "
            f"`etl backfill --resnapshot --tables {table.source}`",
        )


def _fields(
    shape: TableShape, columns: Sequence[SourceColumn], slots: dict[str, int]
) -> list[Field]:
    fields = []
    for column, found in zip(columns, shape.layouts, strict=True):
        form = found.with_decimals(column.decimals)
        slot = slots.get(column.name)
        fields.append(Field(form, slot, reading(column, form) if slot is not None else None))
    return fields


def _short_string(event: bytes, at: int) -> tuple[str, int]:
    """Read a string behind one byte of length and before a NUL."""
    end = at + 1 + event[at]
    return event[at + 1 : end].decode(), end + 1


def _metas(kinds: bytes, event: bytes, at: int) -> Iterator[int]:
    for kind in kinds:
        width = META_WIDTH.get(kind, 0)
        # CHAR's two bytes are a type and a length, in this order; all others are one number.
        order = ">H" if kind == STRING else "<H"
        yield struct.unpack_from(order, event, at)[0] if width == 2 else event[at] * width
        at += width
