"""Locks the rows of a large transaction before the first of them is stored, in the order of keys.

Stored piece by piece they would be locked in the order in which legacy wrote them, for as long as
the storing takes: a modern writer that holds one of the later rows and waits for one of the earlier
makes a deadlock of it, and the transaction would have to be read again.
"""

from collections.abc import Iterable, Mapping

from psycopg import sql

from etl.postgres import Connection
from etl.rows import Key, key_text
from etl.tables import TableMap


def lock(
    connection: Connection, tables: Mapping[str, TableMap], keys: Iterable[tuple[str, Key]]
) -> None:
    """Lock the rows of these tables and keys that are there, until the transaction ends.

    The keys are kept in PostgreSQL, because there may be more than fit into memory.
    """
    connection.execute(_MAKE)
    sources = set()
    with connection.cursor().copy(_FILL) as copy:
        for source, key in keys:
            copy.write_row((source, key_text(key)))
            sources.add(source)
    connection.execute("ANALYZE bridge_spilled")
    for source in sorted(sources):
        connection.execute(_lock(tables[source]), (source,))
    connection.execute("DROP TABLE bridge_spilled")


def _lock(table: TableMap) -> sql.Composed:
    return sql.SQL(_LOCK).format(
        target=sql.Identifier(*table.relation),
        key=sql.Identifier(table.key_column.target),
        type=sql.SQL(table.key_type),
    )


_MAKE = "CREATE TEMP TABLE bridge_spilled (source text, key text) ON COMMIT DROP"
_FILL = "COPY bridge_spilled FROM STDIN"
# Counted, so that nothing but one number is sent for them.
_LOCK = """
    SELECT count(*) FROM (
        SELECT FROM {target}
        WHERE {key} IN (SELECT key::{type} FROM bridge_spilled WHERE source = %s)
        ORDER BY {key} FOR UPDATE
    ) AS locked
"""
