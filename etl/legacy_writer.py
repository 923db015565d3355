"""Writes single rows of mapped tables into the legacy database, within the caller's transaction."""

from collections.abc import Mapping
from dataclasses import dataclass

import pymysql
from pymysql.connections import Connection

from etl.compare_and_set import Intent
from etl.errors import RowRejected
from etl.mysql import TableReader, quoted, translated
from etl.rows import Key, Parameter, Row
from etl.tables import TableMap

MARK = "UPDATE bridge_origin SET last_seq = %s WHERE id = 1"


class LegacyRefused(RowRejected):
    """Legacy's constraints or types do not take the row."""


@dataclass(frozen=True, slots=True)
class LegacyWriter:
    """Reads rows of one table under lock and writes them, by the key of the table's map."""

    connection: Connection
    reader: TableReader

    @property
    def table(self) -> TableMap:
        """The map of the table that is written."""
        return self.reader.table

    def locked(self, key: Key) -> Row | None:
        """Read the row as it is now and keep others from changing it until the commit."""
        rows = self.reader.locked(key)
        return rows[0] if rows else None

    def write(self, intent: Intent, key: Parameter, *, exists: bool) -> bool:
        """Carry out what the modern writer meant; say whether legacy stored it as it was given.

        Raises LegacyRefused, after which the transaction can go on: the statement had no effect.
        """
        statement, parameters = self._statement(intent, key, exists=exists)
        with translated(), self.connection.cursor() as cursor:
            try:
                cursor.execute(statement, parameters)
            except (pymysql.err.IntegrityError, pymysql.err.DataError) as error:
                raise LegacyRefused(f"legacy refuses the row (error {error.args[0]})") from error
            return not cursor.warning_count

    def _statement(
        self, intent: Intent, key: Parameter, *, exists: bool
    ) -> tuple[str, list[Parameter]]:
        where = f"WHERE {quoted(self.table.key)} = %s"
        table = quoted(self.table.source)
        if intent.after is None:
            return f"DELETE FROM {table} {where}", [key]  # noqa: S608 - names come from table maps
        if not exists:
            return f"INSERT INTO {table} SET {_assignments(intent.after)}", [*intent.after.values()]
        changed = intent.changed
        return f"UPDATE {table} SET {_assignments(changed)} {where}", [*changed.values(), key]  # noqa: S608 - as above


def _assignments(values: Mapping[str, Parameter]) -> str:
    return ", ".join(f"{quoted(name)} = %s" for name in values)
