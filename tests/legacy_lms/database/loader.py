"""Make the sandbox database, and put the recorded rows (back) in place.

A database is the sandbox's own if its comment says so. Loading claims an empty database and refuses
one that has tables and not that mark, so that a wrong URL cannot empty anybody's data. Tables
beyond the 292 are left alone.
"""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from tests.legacy_lms.database import errors, facts, schema
from tests.legacy_lms.database.connection import Address, connect, fetch
from tests.legacy_lms.database.rows import recorded

if TYPE_CHECKING:
    from pymysql.connections import Connection
    from pymysql.cursors import Cursor

__all__ = ["checksums", "is_loaded", "load", "reset"]

CLAIMED = "modern-edx sandbox, being loaded"
TABLES_ONLY = "modern-edx sandbox, tables only"
LOADED = "modern-edx sandbox"


def load(url: str, *, rows: bool = True, anew: bool = False) -> None:
    """Make the legacy tables and put the recorded rows in, or leave them empty.

    What was loaded before stays as it is, with all that was written since, unless ``anew`` is
    wanted: then the tables are dropped first. A load that was cut off is begun again. Raises
    NotASandboxError for a database that holds somebody's tables.
    """
    database = Address.parse(url).database
    wanted = LOADED if rows else TABLES_ONLY
    with connect(url) as connection:
        found = _comment(connection, database)
        if found in {LOADED, wanted} and not anew:
            return
        _claim(connection, database, found)
        _make_tables(connection)
        if rows:
            _insert(connection, facts.tables())
        _mark(connection, database, wanted)


def is_loaded(url: str) -> bool:
    """Say whether the database of the URL is a sandbox that got all its recorded rows."""
    with connect(url) as connection:
        return _comment(connection, Address.parse(url).database) == LOADED


def reset(url: str, tables: Collection[str] | None = None) -> None:
    """Put the recorded rows of the given tables back, of all if none are given, in one transaction.

    It deletes and inserts and alters nothing, so a reader of the binlog sees ordinary rows;
    auto-increment counters go on from where they were. Raises NotLoadedError, UnknownTableError.
    """
    database = Address.parse(url).database
    chosen = facts.tables() if tables is None else tables
    if unknown := set(chosen) - set(facts.tables()):
        raise errors.UnknownTableError(unknown)
    with connect(url) as connection:
        if _comment(connection, database) != LOADED:
            raise errors.NotLoadedError(database)
        connection.select_db(database)
        for table in chosen:
            _run(connection, f"DELETE FROM `{table}`")
        _insert(connection, chosen)


def checksums(url: str) -> dict[str, int]:
    """Give the server's checksum of each legacy table, to tell cheaply which were changed."""
    names = ", ".join(f"`{name}`" for name in facts.tables())
    with connect(url) as connection:
        connection.select_db(Address.parse(url).database)
        found = fetch(connection, f"CHECKSUM TABLE {names}")
    return {str(name).rpartition(".")[2]: int(value) for name, value in found}


def _claim(connection: "Connection[Cursor]", database: str, comment: str | None) -> None:
    if comment is None:
        _run(connection, f"CREATE DATABASE `{database}`")
    elif comment not in {CLAIMED, TABLES_ONLY, LOADED} and _has_tables(connection, database):
        raise errors.NotASandboxError(database)
    _mark(connection, database, CLAIMED)
    connection.select_db(database)


def _mark(connection: "Connection[Cursor]", database: str, comment: str) -> None:
    _run(
        connection,
        f"ALTER DATABASE `{database}` COLLATE {facts.COLLATION} COMMENT '{comment}'",
    )


def _comment(connection: "Connection[Cursor]", database: str) -> str | None:
    query = "SELECT schema_comment FROM information_schema.schemata WHERE schema_name = %s"
    found = fetch(connection, query, database)
    return str(found[0][0]) if found else None


def _has_tables(connection: "Connection[Cursor]", database: str) -> bool:
    query = "SELECT 1 FROM information_schema.tables WHERE table_schema = %s LIMIT 1"
    return bool(fetch(connection, query, database))


def _make_tables(connection: "Connection[Cursor]") -> None:
    names = ", ".join(f"`{name}`" for name in facts.tables())
    _run(connection, f"DROP TABLE IF EXISTS {names}")
    for table in facts.tables().values():
        _run(connection, schema.create_table(table))


def _insert(connection: "Connection[Cursor]", tables: Iterable[str]) -> None:
    for table in tables:
        if statement := recorded(table):
            _run(connection, statement)
    connection.commit()


def _run(connection: "Connection[Cursor]", statement: str | bytes) -> None:
    connection.query(statement)
