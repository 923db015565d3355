"""The maps by which a follower reads the log: those that fit the columns of its place; pure."""

from collections.abc import Iterable

from etl import catalogue
from etl.following.column_history import History
from etl.inventory import Inventory
from etl.mirrors import CannotMirror, mirror
from etl.rows import Position
from etl.tables import TableMap


def maps(
    inventory: Inventory, names: Iterable[str], history: History, position: Position
) -> dict[str, TableMap]:
    """Give the map of each table; raise SchemaChanged for one that does not fit its columns.

    A mirror is as its legacy table was when it was made, and changes at the barrier, not before.
    """
    return {name: _map(inventory.maps[name], history, position) for name in names}


def _map(table: TableMap, history: History, position: Position) -> TableMap:
    then = history.columns(table.source, position)
    if table.schema:
        try:
            return mirror(table.source, then)
        except CannotMirror:
            # What it is now is compared with what PostgreSQL has, next.
            return table
    catalogue.require(table, then)
    return table
