"""The recorded rows in PostgreSQL, converted by the ETL's own table maps but without its machinery.

For tests of single answers; the whole path, MariaDB and the ETL included, is in `test_recorded`.
"""

from functools import cache

from django.db import connection
from psycopg import sql

from etl.rows import Row
from etl.tables import ALL, TableMap
from tests.legacy_lms.database.rows import ROWS_DIR, decode


def install() -> None:
    """Copy the recorded rows of every mapped table into Django's database."""
    connection.ensure_connection()
    for table in ALL:
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(table.target),
            sql.SQL(", ").join(map(sql.Identifier, table.target_columns)),
        )
        with connection.connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.write(_lines(table))
        if table.key_is_number:
            _move_sequence(table)


@cache
def _lines(table: TableMap) -> bytes:
    path = ROWS_DIR / f"{table.source}.tsv"
    if not path.exists():
        return b""
    head, *lines = path.read_bytes().removesuffix(b"\n").split(b"\n")
    names = head.decode().split("\t")
    places = [names.index(column.source) for column in table.columns]
    rows = (decode(line) for line in lines)
    return b"".join(_line(table, tuple(row[place] for place in places)) for row in rows)


def _line(table: TableMap, row: Row) -> bytes:
    fields = []
    for column, value in zip(table.columns, row, strict=True):
        convert = column.kind.convert
        if value is None:
            fields.append(column.kind.null)
        else:
            fields.append(value if convert is None else convert(value, _no_note))
    return b"\t".join(fields) + b"\n"


def _move_sequence(table: TableMap) -> None:
    """Let modern's ids start above the recorded ones."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT setval(pg_get_serial_sequence('{table.target}', 'id'), "
            f"(SELECT coalesce(max(id), 0) + 1 FROM {table.target}))"
        )


def _no_note(rule: str) -> None:
    """The recorded rows need no rule; one that did would show in the answers."""
