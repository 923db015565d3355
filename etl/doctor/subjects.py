"""Which passes there are to make: values, references and equals, table by table, declared.

Learner state has no table map yet; what is in it decides how that map has to look.
"""

from collections.abc import Collection, Iterator

from etl.convert import DOUBLE, INTEGER, REQUIRED_MOMENT
from etl.doctor import relations, release, values
from etl.doctor.collisions import COLUMNS, CollisionPass
from etl.doctor.facts import Facts
from etl.doctor.passes import Pass
from etl.doctor.values import ValuesPass
from etl.mysql import Source
from etl.tables import ALL, BY_SOURCE, Column, TableMap

LEARNER_STATE = TableMap(
    source="courseware_studentmodule",
    target="",
    key="id",
    columns=(
        Column("id", kind=INTEGER),
        Column("module_type"),
        Column("module_id"),
        Column("student_id", kind=INTEGER),
        Column("course_id"),
        Column("state"),
        Column("grade", kind=DOUBLE),
        Column("max_grade", kind=DOUBLE),
        Column("done"),
        Column("created", kind=REQUIRED_MOMENT),
        Column("modified", kind=REQUIRED_MOMENT),
    ),
)
READ: tuple[TableMap, ...] = (
    *ALL,
    *(table for table in (LEARNER_STATE,) if table.source not in BY_SOURCE),
)
NAMES = {table.source: table for table in READ}


def passes(source: Source, facts: Facts, chosen: Collection[str]) -> Iterator[Pass]:
    """Give the passes over the chosen tables, without what the release check says is missing."""
    for table in READ:
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
