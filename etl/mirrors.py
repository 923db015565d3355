"""Legacy tables one to one in PostgreSQL's schema `legacy`: their table maps and their DDL; pure.

A mirror is worked out from the columns a table has now, so forks and other releases need no code.
Only the key is NOT NULL: a zero date of a NOT NULL column arrives as NULL, never as another day.
"""

from collections.abc import Iterable, Mapping, Sequence

from psycopg import sql

from etl import mirror_kinds
from etl.catalogue import SourceColumn
from etl.spelling.column_spellers import can_spell
from etl.tables.mapping import Column, TableMap, fitting
from etl.values import convert
from etl.values.convert import Kind

SCHEMA = "legacy"
CREATE_SCHEMA = "CREATE SCHEMA IF NOT EXISTS legacy"

Shape = Mapping[str, str]
"""Column → PostgreSQL type, as `format_type` spells it."""

# The columns of all mirrors that are there, by table.
SHAPES = """
    SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
    FROM pg_class AS c
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = to_regnamespace('legacy') AND c.relkind = 'r'
"""

_KINDS: tuple[Kind, ...] = (
    convert.INTEGER,
    convert.TEXT,
    convert.MOMENT,
    convert.DOUBLE,
    convert.NUMBER,
    mirror_kinds.BYTES,
    mirror_kinds.BITS,
    mirror_kinds.YEAR,
    mirror_kinds.LABEL,
    mirror_kinds.SPAN,
    mirror_kinds.DOCUMENT,
)
_BY_DATA_TYPE = {name: kind for kind in _KINDS for name in kind.sources} | {"date": convert.DATE}
_TYPES = {
    convert.TEXT: "text",
    convert.MOMENT: "timestamp with time zone",
    convert.DATE: "date",
    convert.DOUBLE: "double precision",
    mirror_kinds.BYTES: "bytea",
    mirror_kinds.BITS: "numeric(20,0)",
    mirror_kinds.YEAR: "smallint",
    mirror_kinds.LABEL: "text",
    mirror_kinds.SPAN: "interval",
    mirror_kinds.DOCUMENT: "text",
}
_SIGNED = {
    "tinyint": "smallint",
    "smallint": "smallint",
    "mediumint": "integer",
    "int": "integer",
    "bigint": "bigint",
}
_UNSIGNED = _SIGNED | {"smallint": "integer", "int": "bigint", "bigint": "numeric(20,0)"}


class CannotMirror(ValueError):
    """A table that cannot be told row from row or read from the log; the message says why."""


def mirror(name: str, columns: Sequence[SourceColumn]) -> TableMap:
    """Work out the map of a mirror from a table's columns; raise CannotMirror."""
    key = _key(columns)
    mapped = tuple(map(_column, columns))
    return TableMap(name, fitting(name), key, mapped, schema=SCHEMA)


def shape(table: TableMap) -> Shape:
    """Give the columns that PostgreSQL's table of a mirror has to have."""
    return {column.target: column.type for column in table.columns}


def create(table: TableMap) -> sql.Composed:
    """Write the statement that makes the table; modern's queries bring their own indexes."""
    columns = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(column.target), sql.SQL(column.type))
        for column in table.columns
    )
    return sql.SQL("CREATE TABLE {} ({}, PRIMARY KEY ({}))").format(
        sql.Identifier(*table.relation), columns, sql.Identifier(table.key_column.target)
    )


def drop(name: str) -> sql.Composed:
    """Write the statement that drops a mirror, unless something of modern hangs on it."""
    return sql.SQL("DROP TABLE {}").format(sql.Identifier(SCHEMA, name))


def by_table(rows: Iterable[Sequence[object]]) -> dict[str, dict[str, str]]:
    """Sort the answer to `SHAPES`."""
    found: dict[str, dict[str, str]] = {}
    for table, column, kind in rows:
        found.setdefault(str(table), {})[str(column)] = str(kind)
    return found


def _key(columns: Sequence[SourceColumn]) -> str:
    keys = [column for column in columns if column.is_key]
    if len(keys) != 1:
        what = f"a primary key of {len(keys)} columns" if keys else "no primary key"
        raise CannotMirror(f"it has {what}, and rows are told apart by one: give it an id")
    (key,) = keys
    if _BY_DATA_TYPE.get(key.data_type) not in {convert.INTEGER, convert.TEXT}:
        raise CannotMirror(f"its key {key.name} is {key.data_type}, neither number nor text")
    return key.name


def _column(column: SourceColumn) -> Column:
    kind = _BY_DATA_TYPE.get(column.data_type)
    if kind is None or not can_spell(column):
        what = " ".join(filter(None, (column.data_type, column.charset)))
        raise CannotMirror(f"its column {column.name} is {what}, which the log's reader leaves out")
    return Column(column.name, to=fitting(column.name), kind=kind, type=_type(kind, column))


def _type(kind: Kind, column: SourceColumn) -> str:
    if kind is convert.INTEGER:
        return (_UNSIGNED if column.unsigned else _SIGNED)[column.data_type]
    if kind is convert.NUMBER:
        return f"numeric({column.precision},{column.scale})"
    return _TYPES[kind]
