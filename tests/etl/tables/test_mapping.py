"""The table maps against the recorded legacy schema."""

import pytest

from etl import catalogue
from etl.catalogue import SourceColumn
from etl.errors import SchemaChanged
from etl.tables import BY_SOURCE, Column, TableMap
from etl.values.convert import INTEGER
from etl.values.documents import JSON
from tests.etl.world import RECORDED
from tests.legacy_lms.database import facts


def recorded(table: TableMap) -> dict[str, str]:
    return {
        column.name: column.type.partition("(")[0].split()[0]
        for column in facts.tables()[table.source].columns
    }


@pytest.mark.parametrize("table", RECORDED, ids=lambda table: table.source)
def test_a_map_reads_every_column_of_its_legacy_table_as_what_it_is(table: TableMap) -> None:
    columns = recorded(table)

    catalogue.require(table, [SourceColumn(name, kind) for name, kind in columns.items()])
    assert sorted(table.source_columns) == sorted(columns)
    assert len(set(table.target_columns)) == len(table.target_columns)


def test_a_missing_or_retyped_column_is_a_changed_schema() -> None:
    table = BY_SOURCE["auth_group"]

    with pytest.raises(SchemaChanged, match=r"auth_group\.name is missing"):
        catalogue.require(table, [SourceColumn("id", "int")])
    with pytest.raises(SchemaChanged, match=r"auth_group\.name is blob"):
        catalogue.require(table, [SourceColumn("id", "int"), SourceColumn("name", "blob")])


def test_reverting_an_image_gives_legacy_columns_and_leaves_out_what_the_map_lacks() -> None:
    table = TableMap("old", "new", "id", (Column("id", kind=INTEGER), Column("was", to="now")))

    assert table.revert({"id": 3, "now": "x", "modern_only": 1}) == {"id": 3, "was": "x"}
    assert table.revert({"now": None}) == {"was": None}


def test_a_column_of_several_parts_feeds_as_many_columns_and_is_one_in_legacy() -> None:
    table = TableMap("old", "new", "id", (Column("id", kind=INTEGER), Column("body", kind=JSON)))

    assert table.source_columns == ("id", "body")
    assert table.target_columns == ("id", "body", "body_raw", "body_crc")
    assert JSON.null == b"\\N\t\\N\t\\N"
    assert table.revert({"id": 3, "body": {}, "body_raw": None}) == {"id": 3}
