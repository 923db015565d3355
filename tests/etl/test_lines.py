"""Rows become lines, or are set aside; nothing else happens to them."""

from etl import convert
from etl.lines import LineWriter, joined
from etl.rows import Remark
from etl.tables import Column, TableMap

TABLE = TableMap(
    "old", "new", "id",
    (Column("id", kind=convert.INTEGER), Column("name"), Column("at", kind=convert.MOMENT)),
)  # fmt: skip


def test_null_and_values_are_joined_by_tabs() -> None:
    lines = LineWriter(TABLE).convert([(b"1", None, b"2016-05-10 00:00:00"), (b"2", b"a\tb", None)])

    assert joined(lines.lines) == b"1\t\\N\t2016-05-10 00:00:00+00\n2\ta\\tb\t\\N\n"


def test_a_rejected_row_is_set_aside_with_its_bytes_and_the_others_go_on() -> None:
    bad = (b"2", b"\xff", None)

    converted = LineWriter(TABLE).convert([(b"1", b"a", None), bad, (b"3", b"c", None)])

    assert [line.key for line in converted.lines] == [b"1", b"3"]
    (aside,) = converted.set_aside
    assert (aside.table, aside.key, aside.reason) == ("old", b"2", "name: not valid UTF-8")
    assert aside.original == bad


def test_rules_are_counted_by_column_with_a_sample() -> None:
    writer = LineWriter(TABLE)
    zero = b"0000-00-00 00:00:00"

    converted = writer.convert([(b"1", b"\0", zero), (b"2", b"x", zero), (b"3", b"x", None)])

    assert set(converted.remarks) == {
        Remark("old", "name", convert.NUL_CHARACTER, 1, b"1"),
        Remark("old", "at", convert.ZERO_DATE, 2, b"2"),
    }
    assert writer.convert([(b"4", b"x", None)]).remarks == ()
