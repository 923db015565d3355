"""Writes single rows of mapped tables into the legacy database, within the caller's transaction."""

from collections.abc import Mapping
from dataclasses import dataclass

import pymysql
from pymysql.connections import Connection
from pymysql.constants import ER

from etl import representable
from etl.compare_and_set import Image, Intent
from etl.errors import RowRejected
from etl.mysql import TableReader, quoted, translated
from etl.representable import Limits, Misfit, Treatment
from etl.rows import Key, Parameter, Row
from etl.tables import TableMap

MARK = "UPDATE bridge_origin SET last_seq = %s WHERE id = 1"
# The driver has no class for these two; a zero date that sql_mode forbids is the first.
_REFUSALS = {ER.TRUNCATED_WRONG_VALUE, ER.CONSTRAINT_FAILED}


class LegacyRefused(RowRejected):
    """Legacy's constraints or types do not take the row."""


@dataclass(frozen=True, slots=True)
class LegacyWriter:
    """Reads rows of one table under lock and writes them, by the key of the table's map.

    `limits` says what the table's columns can hold.
    """

    connection: Connection
    reader: TableReader
    limits: Mapping[str, Limits]

    @property
    def table(self) -> TableMap:
        """The map of the table that is written."""
        return self.reader.table

    def locked(self, key: Key) -> Row | None:
        """Read the row as it is now and keep others from changing it until the commit."""
        rows = self.reader.locked(key)
        return rows[0] if rows else None

    def misfits(self, intent: Intent, *, exists: bool) -> tuple[Misfit, ...]:
        """Name the columns that legacy cannot give back as the modern writer meant them."""
        return representable.misfits(self.limits, _values(intent, exists=exists))

    def write(self, intent: Intent, key: Parameter, *, exists: bool) -> bool:
        """Carry out what the modern writer meant; say whether legacy took the statement silently.

        What legacy cannot hold is written as its treatment says. Raises LegacyRefused, after which
        the transaction can go on: the statement had no effect.
        """
        statement, parameters = self._statement(intent, key, exists=exists)
        with translated(), self.connection.cursor() as cursor:
            try:
                cursor.execute(statement, parameters)
            except pymysql.err.DatabaseError as error:
                if not _is_refusal(error):
                    raise
                raise LegacyRefused(f"legacy refuses the row (error {error.args[0]})") from error
            return not cursor.warning_count

    def _statement(
        self, intent: Intent, key: Parameter, *, exists: bool
    ) -> tuple[str, list[Parameter]]:
        where = f"WHERE {quoted(self.table.key)} = %s"
        table = quoted(self.table.source)
        if intent.after is None:
            return f"DELETE FROM {table} {where}", [key]  # noqa: S608 - names come from table maps
        values = self._fitted(_values(intent, exists=exists))
        if not exists:
            return f"INSERT INTO {table} SET {_assignments(values)}", [*values.values()]
        return f"UPDATE {table} SET {_assignments(values)} {where}", [*values.values(), key]  # noqa: S608 - as above

    def _fitted(self, values: Image) -> Image:
        found = representable.misfits(self.limits, values)
        for misfit in found:
            if misfit.reason.treatment is Treatment.WITHHELD:
                raise LegacyRefused(misfit.reason.words, misfit.column)
        return representable.fitted(self.limits, values, found)


def _values(intent: Intent, *, exists: bool) -> Image:
    """Give what a write puts into columns: all of a row that legacy does not have."""
    return intent.changed if exists else intent.after or {}


def _is_refusal(error: pymysql.err.DatabaseError) -> bool:
    """Tell an answer that speaks of the row from one that speaks of the server or connection."""
    by_class = isinstance(error, pymysql.err.IntegrityError | pymysql.err.DataError)
    return by_class or error.args[0] in _REFUSALS


def _assignments(values: Mapping[str, Parameter]) -> str:
    return ", ".join(f"{quoted(name)} = %s" for name in values)
