"""From a legacy table's columns to the map and the DDL of its mirror."""

import pytest

from etl import mirrors
from etl.catalogue import SourceColumn
from etl.mirrors import CannotMirror, mirror
from etl.tables.mapping import fitting

ID = SourceColumn("id", "int", is_key=True)


@pytest.mark.parametrize(
    ("column", "type_"),
    [
        (SourceColumn("c", "tinyint"), "smallint"),
        (SourceColumn("c", "tinyint", unsigned=True), "smallint"),
        (SourceColumn("c", "smallint", unsigned=True), "integer"),
        (SourceColumn("c", "mediumint", unsigned=True), "integer"),
        (SourceColumn("c", "int"), "integer"),
        (SourceColumn("c", "int", unsigned=True), "bigint"),
        (SourceColumn("c", "bigint"), "bigint"),
        (SourceColumn("c", "bigint", unsigned=True), "numeric(20,0)"),
        (SourceColumn("c", "decimal", precision=30, scale=2), "numeric(30,2)"),
        (SourceColumn("c", "datetime"), "timestamp with time zone"),
        (SourceColumn("c", "time"), "interval"),
        (SourceColumn("c", "enum", labels=(b"a",)), "text"),
        (SourceColumn("c", "longblob"), "bytea"),
        (SourceColumn("c", "point"), "bytea"),
        (SourceColumn("c", "json"), "text"),
    ],
)
def test_every_value_of_a_legacy_column_fits_its_mirror(column: SourceColumn, type_: str) -> None:
    assert mirrors.shape(mirror("t", (ID, column))) == {"id": "integer", "c": type_}


def test_a_mirror_has_its_key_and_no_other_constraint() -> None:
    table = mirror("t", (ID, SourceColumn("end", "varchar", charset="utf8")))

    assert mirrors.create(table).as_string(None) == (
        'CREATE TABLE "legacy"."t" ("id" integer, "end" text, PRIMARY KEY ("id"))'
    )


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ((SourceColumn("c", "int"),), "no primary key"),
        ((ID, SourceColumn("also", "int", is_key=True)), "a primary key of 2 columns"),
        ((SourceColumn("day", "date", is_key=True),), "its key day is date"),
        ((ID, SourceColumn("peer", "inet6")), "its column peer is inet6"),
        ((ID, SourceColumn("c", "varchar", charset="swe7")), "its column c is varchar swe7"),
    ],
)
def test_a_table_that_could_not_be_followed_is_refused_with_the_reason(
    columns: tuple[SourceColumn, ...], reason: str
) -> None:
    with pytest.raises(CannotMirror, match=reason):
        mirror("t", columns)


def test_names_that_are_too_long_for_postgresql_stay_different() -> None:
    long = [fitting("stage_" + "x" * 58 + end) for end in ("one", "two")]

    assert fitting("auth_user") == "auth_user"
    assert [len(name) for name in long] == [63, 63]
    assert long[0] != long[1]
