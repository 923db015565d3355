"""Rows of the log meet a table that is not what it was when they were written."""

import pytest

from etl.catalogue import SourceColumn
from etl.errors import LogUnreadable, SchemaChanged
from etl.log.row_events import INSERTS, RowDecoder, TableShape
from etl.spelling.column_layouts import BLOB, LONG, layout
from etl.tables import Column, TableMap
from etl.values.convert import INTEGER

TABLE = TableMap(
    source="fork_homework",
    target="fork_homework",
    key="id",
    columns=(Column("id", kind=INTEGER), Column("note")),
)
SHAPE = TableShape("edxapp", "fork_homework", (layout(LONG, 0), layout(BLOB, 2)))
ID = SourceColumn("id", "int")


def test_a_column_that_was_renamed_meanwhile_is_never_taken_for_null() -> None:
    renamed = (ID, SourceColumn("remark", "text", charset="utf8mb3"))

    with pytest.raises(SchemaChanged, match=r"has no column note .*--tables fork_homework"):
        RowDecoder(TABLE, SHAPE, renamed)


def test_a_column_more_than_the_log_has_stops_the_table() -> None:
    note, more = (SourceColumn(name, "text", charset="utf8mb3") for name in ("note", "more"))

    with pytest.raises(SchemaChanged, match="3 columns now, but 2 in the log"):
        RowDecoder(TABLE, SHAPE, (ID, note, more))


@pytest.mark.parametrize("unused", [0x00, 0xFC], ids=["MariaDB", "MySQL"])
def test_bits_behind_the_last_column_say_nothing_and_a_missing_column_is_refused(
    unused: int,
) -> None:
    decoder = RowDecoder(TABLE, SHAPE, (ID, SourceColumn("note", "text", charset="utf8mb3")))
    row = b"\0" + b"\7\0\0\0" + b"\2\0hi"

    (change,) = decoder.changes(INSERTS[0], bytes(8) + b"\2" + bytes([3 | unused]) + row)

    assert change.row == (b"7", b"hi")
    with pytest.raises(LogUnreadable, match="partial rows of fork_homework"):
        list(decoder.changes(INSERTS[0], bytes(8) + b"\2" + bytes([1 | unused]) + row))
