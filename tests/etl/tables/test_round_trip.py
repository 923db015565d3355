"""Rows of mapped tables cross both ways: legacy's arrive, and modern's go back as legacy's."""

from collections.abc import Mapping

from psycopg import sql

from etl.tables import BY_SOURCE, Column, TableMap
from tests.etl.tables.agreement import assert_equal
from tests.etl.tables.samples import SAMPLES
from tests.etl.world import World

Rows = dict[str, list[dict[str, object]]]


def in_legacy(world: World, keys: Mapping[str, int]) -> Rows:
    """The row of its id in each table, by column; moments as text."""
    return {source: _legacy_row(world, BY_SOURCE[source], key) for source, key in keys.items()}


def _legacy_row(world: World, table: TableMap, key: int) -> list[dict[str, object]]:
    columns = [column for column in table.columns if column.source != table.key]
    shown = ", ".join(map(_shown, columns))
    rows = world.legacy_rows(f"SELECT {shown} FROM {table.source} WHERE {table.key} = {key}")
    return [{c.source: value for c, value in zip(columns, row, strict=True)} for row in rows]


def _shown(column: Column) -> str:
    is_moment = column.kind.name.endswith("moment")
    return f"CAST(`{column.source}` AS CHAR)" if is_moment else f"`{column.source}`"


def insert(world: World, table: TableMap, values: Mapping[str, object]) -> int:
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({}) RETURNING id").format(
        sql.Identifier(table.target),
        sql.SQL(", ").join(map(sql.Identifier, values)),
        sql.SQL(", ").join(map(sql.Placeholder, values)),
    )
    ((key,),) = world.modern.execute(statement, values).fetchall()
    return int(str(key))


def update(world: World, table: TableMap, key: int, values: Mapping[str, object]) -> None:
    changes = sql.SQL(", ").join(
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in values
    )
    statement = sql.SQL("UPDATE {} SET {} WHERE id = %(id)s").format(
        sql.Identifier(table.target), changes
    )
    world.modern.execute(statement, {**values, "id": key})


def test_what_modern_writes_changes_and_deletes_legacy_spells_its_own_way(bridged: World) -> None:
    keys = {
        source: insert(bridged, BY_SOURCE[source], sample.modern)
        for source, sample in SAMPLES.items()
    }
    assert_equal(bridged)
    written = in_legacy(bridged, keys)

    for source, key in keys.items():
        update(bridged, BY_SOURCE[source], key, SAMPLES[source].change)
    assert_equal(bridged)
    changed = in_legacy(bridged, keys)

    for source, key in reversed(keys.items()):
        delete = sql.SQL("DELETE FROM {} WHERE id = %s")
        target = sql.Identifier(BY_SOURCE[source].target)
        bridged.modern.execute(delete.format(target), (key,))
    assert_equal(bridged)

    assert written == {source: [sample.legacy] for source, sample in SAMPLES.items()}
    assert changed == {
        source: [{**sample.legacy, **sample.changed}] for source, sample in SAMPLES.items()
    }
    assert in_legacy(bridged, keys) == {source: [] for source in SAMPLES}
