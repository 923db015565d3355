"""Reading legacy tables as bytes, and what the driver's errors mean."""

from collections.abc import Iterator
from contextlib import closing

import pymysql
import pytest
from pymysql.constants import CR, ER

from etl import mysql
from etl.errors import (
    EtlError,
    LogUnreadable,
    NotInstalled,
    PreflightFailed,
    SchemaChanged,
    SourceUnavailable,
)
from etl.mysql import Source
from etl.settings import LegacyAddress
from etl.tables import BY_SOURCE, Column, TableMap
from etl.values.convert import DOUBLE, INTEGER


@pytest.fixture
def source(legacy_url: str) -> Iterator[Source]:
    with closing(mysql.connect(LegacyAddress.parse(legacy_url))) as connection:
        yield Source(connection)


def test_chunks_follow_each_other_in_key_order(source: Source) -> None:
    reader = source.reader(BY_SOURCE["auth_user"])
    keys, after = [], None
    while (chunk := reader.chunk(after, 3)).rows:
        keys += [row[0] for row in chunk.rows]
        after = chunk.last_key

    assert keys == [key for (key,) in source.fetch("SELECT id FROM auth_user ORDER BY id")]
    assert (chunk.rows, chunk.last_key) == ((), None)


def test_rows_are_read_by_their_keys_and_missing_ones_left_out(source: Source) -> None:
    reader = source.reader(BY_SOURCE["auth_user"])
    (first, second) = reader.chunk(None, 2).rows

    assert set(reader.rows([first[0] or b"", second[0] or b"", b"999999"])) == {first, second}
    assert reader.rows([]) == ()


def test_a_float_is_read_with_all_its_digits(source: Source) -> None:
    source.fetch("CREATE OR REPLACE TABLE floats (id int PRIMARY KEY, f float)")
    source.fetch("INSERT INTO floats VALUES (1, 16777216)")
    table = TableMap("floats", "", "id", (Column("id", kind=INTEGER), Column("f", kind=DOUBLE)))

    assert source.reader(table).chunk(None, 1).rows == ((b"1", b"16777216"),)


def test_a_table_that_is_not_there_is_a_changed_schema(source: Source) -> None:
    table = TableMap("no_such_table", "", "id", (Column("id", kind=INTEGER),))

    with pytest.raises(SchemaChanged, match="has no table no_such_table"):
        source.reader(table)


def test_reading_the_marker_before_the_installation_names_the_way_out(source: Source) -> None:
    with pytest.raises(NotInstalled, match="etl install"):
        source.acked()


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (pymysql.err.OperationalError(CR.CR_SERVER_LOST, "lost"), SourceUnavailable),
        (pymysql.err.InterfaceError(0, ""), SourceUnavailable),
        (ConnectionResetError("reset"), SourceUnavailable),
        (pymysql.err.OperationalError(ER.ACCESS_DENIED_ERROR, "no"), PreflightFailed),
        (pymysql.err.OperationalError(ER.SPECIFIC_ACCESS_DENIED_ERROR, "no"), PreflightFailed),
        (pymysql.err.ProgrammingError(ER.NO_SUCH_TABLE, "gone"), NotInstalled),
        (pymysql.err.ProgrammingError(ER.PARSE_ERROR, "what"), LogUnreadable),
    ],
)
def test_the_drivers_errors_say_what_to_do(error: Exception, expected: type[EtlError]) -> None:
    with pytest.raises(expected), mysql.translated():
        raise error
