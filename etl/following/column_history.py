"""The columns of copied tables with the place in the log from which on they hold; in PostgreSQL.

The log names columns by number, and information_schema knows only those of now: rows from before a
change of their table are read with the columns it had. Functions run in the caller's transaction.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, cast

from psycopg.types.json import Jsonb

from etl.catalogue import SourceColumn
from etl.mysql import Source
from etl.postgres import Connection
from etl.rows import Position


@dataclass(frozen=True, slots=True)
class Entry:
    """The columns a table has from `since` on.

    They were read when the log had not yet ended behind `known_at`: a change of the table up to
    there may be one that these columns already show.
    """

    since: Position
    known_at: Position
    columns: tuple[SourceColumn, ...]


@dataclass(slots=True)
class History:
    """Says which columns a table had; where nothing was noted, those that it has now."""

    connection: Connection
    now: Callable[[str], Sequence[SourceColumn]]
    _entries: dict[str, list[Entry]] = field(default_factory=dict)

    def columns(self, table: str, position: Position) -> Sequence[SourceColumn]:
        """Give the columns of a table at a place in the log."""
        entry = self._entry(table, position)
        return entry.columns if entry is not None else self.now(table)

    def is_sure(self, table: str, position: Position) -> bool:
        """Say whether rows before a change of the table here were read with their own columns."""
        entry = self._entry(table, position)
        return entry is None or entry.known_at < position

    def forget(self, table: str) -> None:
        """Read the history of a table anew when it is asked for again."""
        self._entries.pop(table, None)

    def _entry(self, table: str, position: Position) -> Entry | None:
        found = self._entries.get(table)
        if not found:
            found = self._entries[table] = entries(self.connection, table)
        return next((entry for entry in reversed(found) if entry.since <= position), None)


def begin(connection: Connection, source: Source, names: Iterable[str], since: Position) -> None:
    """Note the columns of tables whose snapshot begins, and forget what was known of them."""
    forgotten = list(names)
    connection.execute("DELETE FROM bridge.column_history WHERE source = ANY(%s)", (forgotten,))
    add(connection, source, forgotten, since)


def add(connection: Connection, source: Source, names: Iterable[str], since: Position) -> None:
    """Note the columns that tables have now as those they have from a place in the log on."""
    wanted = set(names)
    if not wanted:
        return
    found = source.all_columns()
    known_at = source.end_of_log()
    for name in sorted(wanted & found.keys()):
        connection.execute(
            _ADD,
            (
                name,
                *(since.file, since.offset, known_at.file, known_at.offset),
                Jsonb([_as_json(column) for column in found[name]]),
            ),
        )


def entries(connection: Connection, table: str) -> list[Entry]:
    """Read the history of a table, the oldest entry first."""
    rows = cast(
        "list[tuple[str, int, str, int, list[dict[str, Any]]]]",
        connection.execute(_READ, (table,)).fetchall(),
    )
    return [
        Entry(
            since=Position(since_file, since_offset),
            known_at=Position(known_file, known_offset),
            columns=tuple(map(_from_json, columns)),
        )
        for since_file, since_offset, known_file, known_offset, columns in rows
    ]


def _as_json(column: SourceColumn) -> dict[str, Any]:
    return asdict(column) | {"labels": [label.hex() for label in column.labels]}


def _from_json(stored: dict[str, Any]) -> SourceColumn:
    return SourceColumn(**stored | {"labels": tuple(map(bytes.fromhex, stored["labels"]))})


_ADD = """
    INSERT INTO bridge.column_history
        (source, since_file, since_offset, known_file, known_offset, columns)
    VALUES (%s, %s, %s, %s, %s, %s)
    ON CONFLICT (source, since_file, since_offset) DO UPDATE SET
        known_file = excluded.known_file, known_offset = excluded.known_offset,
        columns = excluded.columns
"""
_READ = """
    SELECT since_file, since_offset, known_file, known_offset, columns
    FROM bridge.column_history WHERE source = %s ORDER BY since_file, since_offset
"""
