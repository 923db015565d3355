"""What `etl install` does to the schema `legacy`: mirrors that are made, made anew, or dropped.

A mirror whose legacy table changed is dropped and made anew, empty and without a checkpoint, so
the next `etl backfill` fills it. One whose legacy table is gone keeps the rows it has.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from etl import checkpoints, mirrors
from etl.inventory import Inventory
from etl.postgres import Connection, translated
from etl.tables import TableMap
from etl.tables.classes import Class


@dataclass(frozen=True, slots=True)
class MirrorChanges:
    """What is to be done; `needless` are mirrors of tables that are mapped or excluded now."""

    missing: Sequence[TableMap]
    outdated: Sequence[TableMap]
    needless: Sequence[str]

    def lines(self) -> Iterator[str]:
        """Say it to a person."""
        yield f"create {len(self.missing)} mirrors in schema legacy"
        for table in self.outdated:
            yield f"make the mirror of {table.source} anew: its legacy table has changed"
        for name in self.needless:
            yield f"drop the mirror of {name}: that table is not mirrored any more"

    def apply(self, connection: Connection) -> None:
        """Do it, in the caller's transaction."""
        connection.execute(mirrors.CREATE_SCHEMA)
        gone = [table.target for table in self.outdated] + list(self.needless)
        for name in gone:
            connection.execute(mirrors.drop(name))
        forgotten = [table.source for table in self.outdated] + list(self.needless)
        checkpoints.forget(connection, forgotten)
        for table in (*self.missing, *self.outdated):
            connection.execute(mirrors.create(table))


def mirror_changes(connection: Connection, inventory: Inventory) -> MirrorChanges:
    """Compare the mirrors that there are with those that there should be."""
    with translated():
        found = mirrors.by_table(connection.execute(mirrors.SHAPES).fetchall())
    wanted = {table.target for table in inventory.mirrors}
    elsewhere = {table.name for table in inventory.listed if table.kind is not Class.MIRRORED}
    return MirrorChanges(
        missing=[table for table in inventory.mirrors if table.target not in found],
        outdated=[table for table in inventory.mirrors if _is_outdated(table, found)],
        needless=sorted((found.keys() & elsewhere) - wanted),
    )


def _is_outdated(table: TableMap, found: dict[str, dict[str, str]]) -> bool:
    return table.target in found and found[table.target] != mirrors.shape(table)
