"""Rows as the server's bytes, so that a test can compare what is really there."""

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pymysql
from pymysql.converters import encoders

from tests.legacy_lms.database import facts, rows
from tests.legacy_lms.database.connection import Address

if TYPE_CHECKING:
    from pymysql.cursors import Cursor

__all__ = ["lines", "number", "query"]


def query(url: str, statement: str) -> list[tuple[bytes | None, ...]]:
    with _cursor(url) as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def number(url: str, statement: str) -> int:
    ((value,),) = query(url, statement)
    return int(value or 0)


def lines(url: str, tables: Iterable[str]) -> dict[str, list[bytes]]:
    """Give the rows of tables as fixture files would have them, in primary key order."""
    with _cursor(url) as cursor:
        return {table: list(_lines(cursor, table)) for table in tables}


def _lines(cursor: "Cursor", table: str) -> Iterator[bytes]:
    primary = facts.tables()[table].indexes[0]
    order = ", ".join(f"`{column}`" for column in primary.columns)
    cursor.execute(f"SELECT * FROM `{table}` ORDER BY {order}")
    return map(rows.encode, cursor.fetchall())


@contextmanager
def _cursor(url: str) -> Iterator["Cursor"]:
    address = Address.parse(url)
    with (
        closing(
            pymysql.connect(
                host=address.host,
                port=address.port,
                user=address.user,
                password=address.password,
                database=address.database,
                charset="utf8mb4",
                use_unicode=False,
                conv={kind: encode for kind, encode in encoders.items()},  # noqa: C416 - for its type
                autocommit=True,
            )
        ) as connection,
        connection.cursor() as cursor,
    ):
        yield cursor
