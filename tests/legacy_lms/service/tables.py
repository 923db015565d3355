"""The legacy tables: few connections, one transaction per request, rows as dicts."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from queue import LifoQueue
from typing import TYPE_CHECKING, Any

import pymysql
from pymysql.cursors import DictCursor

from tests.legacy_lms.database.connection import Address

if TYPE_CHECKING:
    from pymysql.connections import Connection

Row = dict[str, Any]

# Servers of WSGI start threads by the hundred, MariaDB takes 151 connections from everybody.
CONNECTIONS = 16

# utf8mb3 both ways and an empty sql_mode, as legacy connects: a four-byte character is cut up.
SESSION = "SET sql_mode='', time_zone='+00:00'"


class Tables:
    """The SQL side of one request: everything between begin and commit."""

    def __init__(self, connection: "Connection[DictCursor]") -> None:
        self._connection = connection

    def rows(self, query: str, *values: object) -> list[Row]:
        """All rows of a query."""
        with self._connection.cursor() as cursor:
            cursor.execute(query, values)
            return [dict(row) for row in cursor.fetchall()]

    def row(self, query: str, *values: object) -> Row | None:
        """The first row of a query, None when there is none."""
        return next(iter(self.rows(query, *values)), None)

    def run(self, statement: str, *values: object) -> int:
        """Run a statement and return the id of the row it inserted, 0 if it inserted none."""
        with self._connection.cursor() as cursor:
            cursor.execute(statement, values)
            return int(cursor.lastrowid or 0)


class Pool:
    """A few connections for many threads, opened when needed and again when one was lost."""

    def __init__(self, url: str) -> None:
        self._address = Address.parse(url)
        self._places: LifoQueue[Connection[DictCursor] | None] = LifoQueue()
        for _ in range(CONNECTIONS):
            self._places.put(None)

    @contextmanager
    def transaction(self) -> Iterator[Tables]:
        """Begin; commit what was done, or roll it back when an exception passes."""
        connection = self._places.get()
        try:
            connection = self._begun(connection)
            yield Tables(connection)
            connection.commit()
        except BaseException:
            if connection is not None:
                with suppress(pymysql.err.Error):  # a lost connection has rolled back by itself
                    connection.rollback()
            raise
        finally:
            self._places.put(connection)

    def close(self) -> None:
        """Close every connection; no transaction may run or begin any more."""
        for _ in range(CONNECTIONS):
            connection = self._places.get()
            if connection is not None and connection.open:
                connection.close()

    def _begun(self, connection: "Connection[DictCursor] | None") -> "Connection[DictCursor]":
        if connection is not None:
            with suppress(pymysql.err.Error):  # the server went away in between
                connection.begin()
                return connection
        connection = self._open()
        connection.begin()
        return connection

    def _open(self) -> "Connection[DictCursor]":
        address = self._address
        return pymysql.connect(
            host=address.host,
            port=address.port,
            user=address.user,
            password=address.password,
            database=address.database,
            charset="utf8mb3",
            init_command=SESSION,
            connect_timeout=5,
            cursorclass=DictCursor,
        )


@dataclass(frozen=True, slots=True)
class User:
    """The columns of auth_user that decide anything."""

    id: int
    username: str
    email: str
    password: str
    is_staff: bool
    is_superuser: bool
    is_active: bool
    date_joined: datetime


def user_where(tables: Tables, column: str, value: object) -> User | None:
    """The user with this id, username or email; the collation ignores case, as in legacy."""
    columns = "id, username, email, password, is_staff, is_superuser, is_active, date_joined"
    row = tables.row(f"SELECT {columns} FROM auth_user WHERE {column} = %s ORDER BY id", value)
    if row is None:
        return None
    flags = {name: bool(row[name]) for name in ("is_staff", "is_superuser", "is_active")}
    return User(**row | flags)


def preference(tables: Tables, user_id: int, key: str) -> str | None:
    """The value of a user preference, always a text."""
    row = tables.row(
        "SELECT value FROM user_api_userpreference WHERE user_id = %s AND `key` = %s", user_id, key
    )
    return str(row["value"]) if row else None
