"""What the legacy database says about the columns of a table, from information_schema.

The log of the 5.6/5.7 era carries neither names, signs, character sets nor labels of columns, so
they come from here. Nothing is cached here, because tables change.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from pymysql.connections import Connection

from etl.errors import SchemaChanged
from etl.tables import TableMap

_LABEL = re.compile(rb"'((?:[^']|'')*)'")
_COLUMNS = """
    SELECT column_name, data_type, column_type, character_set_name, numeric_scale
    FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = %s
    ORDER BY ordinal_position
"""


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """A legacy column as it is now; `scale` is the number of decimals, where it is fixed."""

    name: str
    data_type: str
    unsigned: bool = False
    charset: str | None = None
    labels: tuple[bytes, ...] = ()
    scale: int | None = None


def columns(connection: Connection, table: str) -> tuple[SourceColumn, ...]:
    """Read a table's columns in their order in the table; empty when there is no such table."""
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS, (table,))
        return tuple(_column(*row) for row in cursor.fetchall())


def require(table: TableMap, found: Iterable[SourceColumn]) -> None:
    """Raise SchemaChanged unless each mapped column is there with a type its kind can read."""
    types = {column.name: column.data_type for column in found}
    if not types:
        raise SchemaChanged(
            table.source,
            f"the legacy database has no table {table.source}: check the database name in "
            "LEGACY_DATABASE_URL, or leave the table out with --tables",
        )
    for column in table.columns:
        if types.get(column.source) not in column.kind.sources:
            raise SchemaChanged(
                table.source,
                f"{table.source}.{column.source} is {types.get(column.source, 'missing')}, but the "
                f"table map reads it as {column.kind.name}: make the table map fit first",
            )


def _column(
    name: bytes, data_type: bytes, column_type: bytes, charset: bytes | None, scale: bytes | None
) -> SourceColumn:
    kind = data_type.decode()
    return SourceColumn(
        name=name.decode(),
        data_type=kind,
        unsigned=b"unsigned" in column_type,
        charset=charset.decode() if charset is not None else None,
        labels=_labels(column_type) if kind in {"enum", "set"} else (),
        scale=int(scale) if scale is not None else None,
    )


def _labels(column_type: bytes) -> tuple[bytes, ...]:
    return tuple(label.replace(b"''", b"'") for label in _LABEL.findall(column_type))
