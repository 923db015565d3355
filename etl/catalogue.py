"""What the legacy database says about the columns of a table, from information_schema.

The log of the 5.6/5.7 era carries neither names, signs, character sets nor labels of columns, so
they come from here. Nothing is cached here, because tables change.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pymysql.connections import Connection

from etl.errors import SchemaChanged
from etl.tables import Column, TableMap, declared

_LABEL = re.compile(rb"'((?:[^']|'')*)'")
_COLUMNS = """
    SELECT table_name, column_name, data_type, column_type, character_set_name, numeric_scale,
        numeric_precision, column_key, datetime_precision
    FROM information_schema.columns
    WHERE table_schema = DATABASE()
"""
_OF_ONE = " AND table_name = %s ORDER BY ordinal_position"
_OF_ALL = " ORDER BY table_name, ordinal_position"
_TABLES = """
    SELECT table_name FROM information_schema.tables
    WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' ORDER BY table_name
"""


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """A legacy column as it is at some time; `scale` is the number of decimals, where it is fixed.

    `is_key` says that it is the primary key or a part of it; `decimals` are those of its seconds.
    """

    name: str
    data_type: str
    unsigned: bool = False
    charset: str | None = None
    labels: tuple[bytes, ...] = ()
    scale: int | None = None
    precision: int | None = None
    is_key: bool = False
    decimals: int = 0
    zerofill: bool = False


def columns(connection: Connection, table: str) -> tuple[SourceColumn, ...]:
    """Read a table's columns in their order in the table; empty when there is no such table."""
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS + _OF_ONE, (table,))
        return tuple(_column(*facts) for _, *facts in cursor.fetchall())


def all_columns(connection: Connection) -> Mapping[str, tuple[SourceColumn, ...]]:
    """Read the columns of every table, views left out, in one question."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        found: dict[str, list[SourceColumn]] = {name.decode(): [] for (name,) in cursor.fetchall()}
        cursor.execute(_COLUMNS + _OF_ALL)
        for name, *facts in cursor.fetchall():
            if (table := found.get(name.decode())) is not None:
                table.append(_column(*facts))
    return {name: tuple(listed) for name, listed in found.items()}


def require(table: TableMap, found: Sequence[SourceColumn]) -> None:
    """Raise SchemaChanged unless each mapped column is there with a type its kind can read."""
    if problem := misfit(table, found):
        raise SchemaChanged(table.source, problem)


def misfit(table: TableMap, found: Sequence[SourceColumn]) -> str:
    """Say which column does not fit its map, and what to change where; empty where all do."""
    if not found:
        return (
            f"the legacy database has no table {table.source}: check the database name in "
            "LEGACY_DATABASE_URL, or leave the table out with --tables"
        )
    types = {column.name: column.data_type for column in found}
    for column in table.columns:
        name, kind = f"{table.source}.{column.source}", column.kind
        if column.source not in types:
            where = _declared(table, column)
            return f"{name} is missing, but {where}, reads it: {_renamed(table, column, found)}"
        if types[column.source] not in kind.sources:
            where = _declared(table, column)
            return (
                f"{name} is {types[column.source]}, but {where}, reads it as {kind.name}: give it "
                "a kind that reads what it is"
            )
    return ""


def _declared(table: TableMap, column: Column) -> str:
    return f'Column("{column.source}") in {declared.place(table, column.source)}'


def _renamed(table: TableMap, column: Column, found: Sequence[SourceColumn]) -> str:
    """Say what to write if a column has another name now; modern's stays what it was."""
    mapped = set(table.source_columns)
    new = [
        one.name for one in found if one.name not in mapped and one.data_type in column.kind.sources
    ]
    name = new[0] if len(new) == 1 else "NEW NAME"
    words = f'"{name}"' if column.to else f'"{name}", to="{column.source}"'
    others = f" (no map reads {', '.join(new)})" if len(new) > 1 else ""
    return f'if it was renamed, write {words} for "{column.source}" there{others}'


def _column(
    name: bytes, data_type: bytes, column_type: bytes, *facts: bytes | None
) -> SourceColumn:
    charset, scale, precision, key, decimals = facts
    kind = data_type.decode()
    return SourceColumn(
        name=name.decode(),
        data_type=kind,
        unsigned=b"unsigned" in column_type,
        zerofill=b"zerofill" in column_type,
        charset=charset.decode() if charset is not None else None,
        labels=_labels(column_type) if kind in {"enum", "set"} else (),
        scale=_number(scale),
        precision=_number(precision),
        is_key=key == b"PRI",
        decimals=_number(decimals) or 0,
    )


def _number(value: bytes | None) -> int | None:
    return int(value) if value is not None else None


def _labels(column_type: bytes) -> tuple[bytes, ...]:
    return tuple(label.replace(b"''", b"'") for label in _LABEL.findall(column_type))
