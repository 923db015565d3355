"""`etl install`: the bridge's own tables, the mirrors, the capture triggers, even ids for modern.

Everything may be repeated. PostgreSQL's part is one transaction; legacy gets two one-row tables.
Mirrors have no triggers: legacy is their only writer.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import cast

from psycopg import sql

from etl import marks, preflight
from etl.inventory import Inventory
from etl.mirroring import MirrorChanges, mirror_changes
from etl.mysql import Source, quoted, text
from etl.postgres import Connection, Target
from etl.tables import ALL, TableMap

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be made: writes to `captured` tables go to the outbox, `starts` are their ids."""

    captured: Sequence[TableMap]
    mirrors: MirrorChanges
    starts: Mapping[TableMap, int]


def install(
    source: Source, target: Target, inventory: Inventory, *, dry_run: bool, report: Report
) -> None:
    """Prepare both databases for the bridge, or only say what would be done."""
    preflight.require_log(source)
    preflight.require_interleaving(source)
    preflight.require_source_tables(source, inventory.chosen(None))
    preflight.require_target_tables(target.connection, ALL)
    plan = _plan(source, target.connection, inventory)
    would = "would " if dry_run else ""
    report(f"{would}create schema bridge in PostgreSQL, where it is missing")
    report(f"{would}capture writes to {len(plan.captured)} modern tables")
    for line in plan.mirrors.lines():
        report(would + line)
    for table, start in plan.starts.items():
        report(f"{would}number {table.target} in even steps, at {start} or later")
    report(f"{would}create bridge_origin and bridge_watermark in the legacy database")
    if not dry_run:
        _install(source, target, plan)


def _plan(source: Source, connection: Connection, inventory: Inventory) -> _Plan:
    numbered = [table for table in inventory.mapped if table.key_is_number]
    return _Plan(
        captured=inventory.mapped,
        mirrors=mirror_changes(connection, inventory),
        starts={table: _first_even(source, connection, table) for table in numbered},
    )


def _install(source: Source, target: Target, plan: _Plan) -> None:
    with target.transaction():
        target.connection.execute(resources.files("etl").joinpath("schema.sql").read_bytes())
        plan.mirrors.apply(target.connection)
        for table in plan.captured:
            target.connection.execute(_trigger(table))
        for table, start in plan.starts.items():
            _interleave(target.connection, table, start)
        for statement in marks.CREATE:
            source.fetch(statement)
        # A new outbox goes on behind what legacy already contains, or its entries look carried.
        target.connection.execute(_GO_ON_BEHIND, {"acked": source.acked()})


def _trigger(table: TableMap) -> sql.Composed:
    return sql.SQL(
        "CREATE OR REPLACE TRIGGER bridge_capture AFTER INSERT OR UPDATE OR DELETE ON {target}"
        " FOR EACH ROW WHEN (current_setting('bridge.origin', true) IS DISTINCT FROM 'legacy')"
        " EXECUTE FUNCTION bridge.capture({source}, {key})"
    ).format(
        target=sql.Identifier(table.target),
        source=sql.Literal(table.source),
        key=sql.Literal(table.key_column.target),
    )


def _first_even(source: Source, connection: Connection, table: TableMap) -> int:
    """Give the first even id above all that either side has: legacy's old ids are odd and even."""
    words = ("SELECT COALESCE(MAX(", quoted(table.key), "), 0) FROM ", quoted(table.source))
    legacy = int(text(source.fetch("".join(words))[0][0]))
    query = sql.SQL("SELECT coalesce(max({key}), 0) FROM {target}").format(
        key=sql.Identifier(table.key_column.target), target=sql.Identifier(table.target)
    )
    row = connection.execute(query).fetchone()
    modern = cast("int", row[0]) if row else 0
    return (max(legacy, modern) // 2 + 1) * 2


def _interleave(connection: Connection, table: TableMap, start: int) -> None:
    """Let the sequence of a table hand out even ids; it never goes back behind ids handed out."""
    name = connection.execute(
        "SELECT pg_get_serial_sequence(%s, %s)", (table.target, table.key_column.target)
    ).fetchone()
    if name is None or name[0] is None:
        return
    sequence = sql.SQL(str(name[0]))
    connection.execute(sql.SQL("ALTER SEQUENCE {} INCREMENT BY 2").format(sequence))
    row = connection.execute(
        sql.SQL("SELECT ((last_value - 1 + is_called::int) / 2 + 1) * 2 FROM {}").format(sequence)
    ).fetchone()
    following = cast("int", row[0]) if row else 0
    connection.execute("SELECT setval(%s, %s, false)", (name[0], max(start, following)))


_GO_ON_BEHIND = """
    SELECT setval('bridge.outbox_seq_seq', %(acked)s)
    FROM bridge.outbox_seq_seq WHERE last_value < %(acked)s
"""
