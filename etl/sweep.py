"""Delete from modern what legacy no longer has: the second half of copying a table anew."""

from collections.abc import Iterator

from psycopg import sql

from etl import checkpoints
from etl.mysql import Source
from etl.postgres import Target
from etl.rows import Key
from etl.tables import TableMap

_PAGE = 2_000


def sweep(source: Source, target: Target, table: TableMap) -> int:
    """Delete rows whose key legacy lacks, but none that modern wrote and that waits to go there."""
    reader, writer = source.reader(table), target.writer(table)
    deleted = 0
    for keys in _pages(target, table):
        acked = source.acked()
        present = {row[table.key_index] for row in reader.rows(keys)}
        gone = dict.fromkeys(key for key in keys if key not in present)
        with target.transaction():
            applied = writer.apply(gone, acked=acked)
            checkpoints.record(target.connection, table.source, applied, gone)
        deleted += applied.deleted
    return deleted


def _pages(target: Target, table: TableMap) -> Iterator[list[Key]]:
    """Give modern's keys page by page, in PostgreSQL's own order."""
    key = sql.Identifier(table.key_column.target)
    query = sql.SQL(
        "SELECT {key}::text FROM {target} WHERE %(after)s::{type} IS NULL OR {key} > %(after)s"
        " ORDER BY {key} LIMIT %(page)s"
    ).format(key=key, target=sql.Identifier(*table.relation), type=sql.SQL(table.key_type))
    after: str | int | None = None
    while True:
        rows = target.connection.execute(query, {"after": after, "page": _PAGE}).fetchall()
        if not rows:
            return
        keys = [str(key) for (key,) in rows]
        yield [key.encode() for key in keys]
        after = int(keys[-1]) if table.key_is_number else keys[-1]
