"""The package's own copy of the recorded facts says what the fixtures say."""

from etl.doctor import release
from etl.doctor.relations import RELATIONS
from etl.doctor.subjects import NAMES
from tests.legacy_lms.database import facts


def test_the_release_is_the_recorded_one_in_every_type() -> None:
    assert release.recorded() == {
        table.name: {column.name: column.type for column in table.columns}
        for table in facts.tables().values()
    }


def test_every_recorded_foreign_key_between_tables_that_are_read_is_looked_up() -> None:
    recorded = {
        (name, key.column, key.referenced_table)
        for name in NAMES
        for key in facts.tables()[name].foreign_keys
        if key.referenced_table in NAMES
    }

    assert recorded <= {(r.table, r.column, r.parent) for r in RELATIONS}


def test_whatever_refers_is_numbered() -> None:
    assert all(NAMES[relation.table].key_is_number for relation in RELATIONS)
