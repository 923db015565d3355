"""Rows become lines, or are set aside; nothing else happens to them."""

from hypothesis import given
from hypothesis import strategies as st

from etl.lines import LineWriter, joined
from etl.rows import Remark
from etl.tables import Column, TableMap
from etl.values import convert

TABLE = TableMap(
    "old", "new", "id",
    (Column("id", kind=convert.INTEGER), Column("name"), Column("at", kind=convert.MOMENT)),
)  # fmt: skip


def test_null_and_values_are_joined_by_tabs() -> None:
    rows = [(b"1", None, b"2016-05-10 00:00:00"), (b"2", b"a\tb", None)]

    assert (
        LineWriter(TABLE).convert(rows).text() == b"1\t\\N\t2016-05-10 00:00:00+00\n2\ta\\tb\t\\N\n"
    )


def test_a_rejected_row_is_set_aside_with_its_bytes_and_the_others_go_on() -> None:
    bad = (b"2", b"\xff", None)

    converted = LineWriter(TABLE).convert([(b"1", b"a", None), bad, (b"3", b"c", None)])

    assert converted.rows == [(b"1", b"a", None), (b"3", b"c", None)]
    assert converted.text() == b"1\ta\t\\N\n3\tc\t\\N\n"
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


NUMBERS = st.sampled_from([b"1", b"-1.50", b"1e10", b"-", b"1,2", b"", b"nan"])
VALUES = {
    "char": st.sampled_from([b"a", b"\xc3\xa9", b"\xc3", b"\xa9", b"a\tb", b"\0", b"\\", b""]),
    "datetime": st.sampled_from([b"2016-02-29 01:02:03", b"2015-02-29 00:00:00", b"0000-00-00"]),
    "date": st.sampled_from([b"2016-02-29", b"2016-00-01", b"0000-00-00"]),
    "bigint": st.sampled_from([b"0", b"1", b"2", b"-1"]),
    "decimal": NUMBERS,
    "double": NUMBERS,
}
KINDS = [
    convert.TEXT, convert.MOMENT, convert.REQUIRED_MOMENT, convert.DATE, convert.BOOLEAN,
    convert.NUMBER, convert.DOUBLE,
]  # fmt: skip


@given(st.sampled_from(KINDS), st.data())
def test_values_taken_together_become_what_they_become_alone(
    kind: convert.Kind, data: st.DataObject
) -> None:
    values = data.draw(st.lists(st.none() | VALUES[min(kind.sources)]))
    table = TableMap(
        "old", "new", "id", (Column("id", kind=convert.INTEGER), Column("v", "", kind))
    )
    rows = [(b"%d" % number, value) for number, value in enumerate(values)]
    writer = LineWriter(table)

    together = writer.convert(rows)

    alone = [writer.convert([row]) for row in rows]
    assert together.text() == b"".join(one.text() for one in alone)
    assert together.text() == joined(line.text for line in together.lines(0))
    assert together.set_aside == tuple(aside for one in alone for aside in one.set_aside)
    assert sum(remark.count for remark in together.remarks) == sum(
        remark.count for one in alone for remark in one.remarks
    )
