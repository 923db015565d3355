"""Which passes there are to make: values, references and equals, table by table, declared."""

from collections.abc import Collection, Iterator

from etl.doctor import relations, release, values
from etl.doctor.collisions import COLUMNS, CollisionPass
from etl.doctor.facts import Facts
from etl.doctor.passes import Pass
from etl.doctor.values import ValuesPass
from etl.mysql import Source
from etl.tables import ALL, TableMap


def passes(source: Source, facts: Facts, chosen: Collection[str]) -> Iterator[Pass]:
    """Give the passes over the chosen tables, without what the release check says is missing."""
    for table in ALL:
        if table.source in chosen and _is_readable(table, facts):
            yield _values(source, facts, table)
            yield from relations.passes(source, facts, table)
            yield from (
                CollisionPass(source, name, column)
                for name, column in COLUMNS
                if name == table.source
            )


def _values(source: Source, facts: Facts, table: TableMap) -> ValuesPass:
    recorded = release.recorded().get(table.source, {})
    asks = values.asks(table, facts.tables[table.source], recorded)
    return ValuesPass(source.reader(table), asks)


def _is_readable(table: TableMap, facts: Facts) -> bool:
    found = facts.tables.get(table.source, {})
    return all(
        column.source in found and found[column.source].data_type in column.kind.sources
        for column in table.columns
    )
