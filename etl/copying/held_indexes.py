"""Secondary indexes that are dropped before a large table is loaded and made after its last row.

Their definitions are kept in PostgreSQL, in the transaction that drops them; each is made in the
transaction that forgets it. Whatever is killed in between, the next backfill makes what is missing.
"""

from collections.abc import Sequence
from typing import LiteralString, cast

from psycopg import sql

from etl.postgres import Connection, Target
from etl.tables import TableMap

# From here on it saves more than a quarter of PostgreSQL's processor time (bench/held_indexes.py);
# below, it saves less than a tenth of a second, and a lock on the table is not worth that.
MIN_ROWS = 30_000


def hold(connection: Connection, table: TableMap) -> int:
    """Drop the indexes of an empty table that neither its key nor a constraint needs; count them.

    A table with rows keeps them: somebody may be reading it.
    """
    target = sql.Identifier(*table.relation)
    (filled,) = connection.execute(
        sql.SQL("SELECT EXISTS (SELECT FROM {})").format(target)
    ).fetchone() or (True,)
    if filled:
        return 0
    found = connection.execute(_HOLD, (table.source, target.as_string(None))).fetchall()
    for (name,) in found:
        connection.execute(sql.SQL("DROP INDEX {}").format(sql.SQL(cast("LiteralString", name))))
    return len(found)


def make_next(target: Target, sources: Sequence[str]) -> str | None:
    """Make one index of a table that is copied, and give its name; None when there is none to make.

    Writers of the table wait meanwhile, readers do not.
    """
    connection = target.connection
    with target.transaction():
        row = connection.execute(_NEXT, (list(sources),)).fetchone()
        if row is None:
            return None
        name, definition, is_there = cast("tuple[str, str, bool]", row)
        if not is_there:
            connection.execute("SET LOCAL maintenance_work_mem = '256MB'")
            connection.execute(sql.SQL(definition))
        connection.execute("DELETE FROM bridge.held_index WHERE name = %s", (name,))
    return name


_HOLD = """
    INSERT INTO bridge.held_index (name, source, definition)
    SELECT i.indexrelid::regclass::text, %s, pg_get_indexdef(i.indexrelid)
    FROM pg_index AS i
    WHERE i.indrelid = to_regclass(%s) AND NOT i.indisunique AND i.indisvalid
      AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid)
    RETURNING name
"""
_NEXT = """
    SELECT name, definition, to_regclass(name) IS NOT NULL FROM bridge.held_index
    WHERE source = ANY(%s) AND source IN (SELECT source FROM bridge.checkpoint WHERE done)
    ORDER BY name LIMIT 1 FOR UPDATE SKIP LOCKED
"""
