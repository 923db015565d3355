"""Reads rows of mapped tables under lock and spells their writes for the legacy database.

How the writes are sent, and what became of each, is the job of `legacy_answers`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pymysql.connections import Connection

from etl.back import representable
from etl.back.compare_and_set import Image, Intent
from etl.back.representable import Limits, Misfit, Treatment
from etl.mysql import TableReader, quoted
from etl.rows import Key, Parameter, Row
from etl.tables import TableMap


@dataclass(frozen=True, slots=True)
class Plan:
    """The statement that writes a row, None when there is no way to spell it in one.

    `misfits` are the columns that legacy cannot give back as the modern writer meant them.
    """

    statement: str | None
    misfits: tuple[Misfit, ...] = ()


@dataclass(frozen=True, slots=True)
class LegacyWriter:
    """Reads rows of one table under lock and spells their writes, by the key of the table's map.

    `limits` says what the table's columns can hold.
    """

    connection: Connection
    reader: TableReader
    limits: Mapping[str, Limits]

    @property
    def table(self) -> TableMap:
        """The map of the table that is written."""
        return self.reader.table

    def locked(self, keys: Sequence[Key]) -> Mapping[Key, Row]:
        """Read rows as they are now and keep others from changing them until the commit.

        A text key has to come alone: it finds the row that legacy's collation holds for equal.
        """
        rows = self.reader.locked(keys)
        if not self.table.key_is_number:
            return dict(zip(keys, rows, strict=False))
        return {row[self.table.key_index] or b"": row for row in rows}

    def plan(self, intent: Intent, key: Parameter, *, exists: bool) -> Plan:
        """Spell what the modern writer meant; what legacy cannot hold, as its treatment says."""
        table, where = quoted(self.table.source), f"WHERE {quoted(self.table.key)} = %s"
        if intent.after is None:
            return Plan(self._spelled(f"DELETE FROM {table} {where}", [key]))  # noqa: S608 - names come from table maps
        # All of a row that legacy does not have, or else what changes.
        wanted = intent.changed if exists else intent.after
        misfits = representable.misfits(self.limits, wanted)
        if any(misfit.reason.treatment is Treatment.WITHHELD for misfit in misfits):
            return Plan(None, misfits)
        values = representable.fitted(self.limits, wanted, misfits)
        if not exists:
            statement, parameters = f"INSERT INTO {table} SET {_assignments(values)}", []
        else:
            statement, parameters = f"UPDATE {table} SET {_assignments(values)} {where}", [key]  # noqa: S608 - as above
        return Plan(self._spelled(statement, [*values.values(), *parameters]), misfits)

    def _spelled(self, statement: str, parameters: Sequence[Parameter]) -> str:
        return self.connection.cursor().mogrify(statement, parameters)


def _assignments(values: Image) -> str:
    return ", ".join(f"{quoted(name)} = %s" for name in values)
