"""From the recorded facts of a table to the SQL that makes it again; pure."""

from collections.abc import Iterator

from tests.legacy_lms.database.facts import COLLATION, Column, ForeignKey, Index, Table

__all__ = ["create_table"]


def create_table(table: Table) -> str:
    """Give the ``CREATE TABLE`` of one table.

    References are part of it and may point at tables that come later, so it is meant to run with
    ``foreign_key_checks=0``.
    """
    body = ",\n  ".join(_parts(table))
    charset = COLLATION.partition("_")[0]
    return (
        f"CREATE TABLE `{table.name}` (\n  {body}\n) "
        f"ENGINE=InnoDB DEFAULT CHARSET={charset} COLLATE={COLLATION}"
    )


def _parts(table: Table) -> Iterator[str]:
    yield from map(_column, table.columns)
    yield from map(_index, table.indexes)
    yield from map(_foreign_key, table.foreign_keys)


def _column(column: Column) -> str:
    null = "" if column.nullable else " NOT NULL"
    counter = " AUTO_INCREMENT" if column.auto_increment else ""
    return f"`{column.name}` {column.type}{null}{counter}"


def _index(index: Index) -> str:
    columns = ", ".join(f"`{name}`" for name in index.columns)
    if index.name == "PRIMARY":
        return f"PRIMARY KEY ({columns})"
    return f"{'UNIQUE KEY' if index.unique else 'KEY'} `{index.name}` ({columns})"


def _foreign_key(key: ForeignKey) -> str:
    return (
        f"CONSTRAINT `{key.name}` FOREIGN KEY (`{key.column}`) "
        f"REFERENCES `{key.referenced_table}` (`{key.referenced_column}`)"
    )
