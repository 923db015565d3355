"""Delete from modern what legacy no longer has: the second half of copying a table anew."""

from collections.abc import Sequence

from psycopg import sql

from etl import checkpoints
from etl.mysql import Source, TableReader
from etl.postgres import Target
from etl.rows import Key, key_text
from etl.tables import TableMap

_PAGE = 2_000


def sweep(source: Source, target: Target, table: TableMap) -> int:
    """Delete rows whose key legacy lacks, but none that modern wrote and that waits to go there."""
    reader, writer = source.reader(table), target.writer(table)
    deleted = 0
    after: Key | None = None
    while keys := page(target, table, after):
        acked = source.acked()
        surplus = gone(reader, keys)
        with target.transaction():
            applied = writer.apply(dict.fromkeys(surplus), acked=acked)
            checkpoints.record(target.connection, table.source, applied, surplus)
        deleted += applied.deleted
        after = keys[-1]
    return deleted


def page(target: Target, table: TableMap, after: Key | None, upto: Key | None = None) -> list[Key]:
    """Give modern's next keys as legacy spells them, in PostgreSQL's own order."""
    key = sql.Identifier(table.key_column.target)
    bounds = {">": after, "<=": upto}
    held = {sign: key_text(bound) for sign, bound in bounds.items() if bound is not None}
    conditions = [
        sql.SQL("{key} {sign} %s::{type}").format(
            key=key, sign=sql.SQL(sign), type=sql.SQL(table.key_type)
        )
        for sign in held
    ]
    query = sql.SQL("SELECT {key}::text FROM {target} {where} ORDER BY {key} LIMIT {page}").format(
        key=key,
        target=sql.Identifier(*table.relation),
        where=sql.SQL("WHERE " if held else "") + sql.SQL(" AND ").join(conditions),
        page=_PAGE,
    )
    rows = target.connection.execute(query, list(held.values())).fetchall()
    return [table.source_key(str(found)) for (found,) in rows]


def gone(reader: TableReader, keys: Sequence[Key]) -> list[Key]:
    """Name the keys of which legacy has no row."""
    present = {_spelling(reader.table, key) for key in reader.present(keys)}
    return [key for key in keys if _spelling(reader.table, key) not in present]


def _spelling(table: TableMap, key: Key) -> bytes:
    """A number may be padded with zeros on one side."""
    return b"%d" % int(key) if table.key_is_number else key
