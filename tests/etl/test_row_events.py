"""Rows of the log meet a table that is not what it was when they were written."""

import pytest

from etl.catalogue import SourceColumn
from etl.column_layouts import BLOB, LONG, layout
from etl.convert import INTEGER
from etl.errors import SchemaChanged
from etl.row_events import RowDecoder, TableShape
from etl.tables import Column, TableMap

TABLE = TableMap(
    source="fork_homework",
    target="fork_homework",
    key="id",
    columns=(Column("id", kind=INTEGER), Column("note")),
)
SHAPE = TableShape(1, "edxapp", "fork_homework", (layout(LONG, 0), layout(BLOB, 2)))
ID = SourceColumn("id", "int")


def test_a_column_that_was_renamed_meanwhile_is_never_taken_for_null() -> None:
    renamed = (ID, SourceColumn("remark", "text", charset="utf8mb3"))

    with pytest.raises(SchemaChanged, match=r"has no column note .*--tables fork_homework"):
        RowDecoder(TABLE, SHAPE, renamed)


def test_a_column_more_than_the_log_has_stops_the_table() -> None:
    note, more = (SourceColumn(name, "text", charset="utf8mb3") for name in ("note", "more"))

    with pytest.raises(SchemaChanged, match="3 columns now, but 2 in the log"):
        RowDecoder(TABLE, SHAPE, (ID, note, more))
