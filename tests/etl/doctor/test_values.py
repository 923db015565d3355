"""The questions each kind of column is put to; no database."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.doctor import report, values
from etl.doctor.facts import Column as Found
from etl.doctor.passes import Sighting, Tally
from etl.doctor.problems import finding
from etl.doctor.report import Report
from etl.doctor.values import bounds
from etl.tables import Column, TableMap
from etl.values.convert import BOOLEAN, DATE, DOUBLE, INTEGER, MOMENT, NUMBER, TEXT, Kind


def problems(kind: Kind, found: str, value: bytes, recorded: str | None = None) -> list[str]:
    """Ask about one value of a column `c` of this kind, this type now and that type recorded."""
    table = TableMap("t", "t", "c", (Column("c", kind=kind),))
    columns = {"c": Found("t", "c", found)}
    ((_, ask),) = values.asks(table, columns, {"c": recorded or found})
    return list(ask(value))


@pytest.mark.parametrize(
    ("kind", "found", "value", "expected"),
    [
        (MOMENT, "datetime(6)", b"0000-00-00 00:00:00", ["zero date"]),
        (DATE, "date", b"2015-02-31", ["impossible date"]),
        (BOOLEAN, "tinyint(1)", b"-1", ["true from neither 0 nor 1"]),
        (TEXT, "varchar(9)", b"\xff", ["no rule for the value"]),
        (TEXT, "varchar(9)", b"a\0", ["NUL character"]),
        (NUMBER, "decimal(5,2)", b"1,5", ["no rule for the value"]),
        (TEXT, "varchar(2)", b"fr", []),
        (TEXT, "varchar(20)", b"x" * 20, ["as long as the column allows"]),
        (TEXT, "varchar(20)", "é".encode() * 19, []),
        (TEXT, "varchar(32)", b"3e27efd3702357ef4c22cdd8245f7b0f", []),
        (TEXT, "varchar(32)", b"x" * 32, ["as long as the column allows"]),
        (TEXT, "text", b"x" * 65_533, ["as long as the column allows"]),
        (TEXT, "longtext", b"x" * 65_535, []),
        (INTEGER, "int(11)", b"5000000000", []),
    ],
)
def test_a_value_has_the_problems_that_the_converters_and_the_type_give_it(
    kind: Kind, found: str, value: bytes, expected: list[str]
) -> None:
    assert problems(kind, found, value) == expected


@pytest.mark.parametrize(
    ("kind", "found", "recorded", "value", "fits"),
    [
        (INTEGER, "bigint(20)", "int(11)", b"2147483647", True),
        (INTEGER, "bigint(20)", "int(11)", b"2147483648", False),
        (INTEGER, "int(10) unsigned", "int(11)", b"4294967295", False),
        (INTEGER, "int(11)", "int(10) unsigned", b"-1", False),
        (NUMBER, "decimal(10,2)", "decimal(5,2)", b"999.99", True),
        (NUMBER, "decimal(10,2)", "decimal(5,2)", b"1000.00", False),
        (DOUBLE, "float", "double", b"1e300", True),
    ],
)
def test_a_number_is_held_to_the_recorded_type_where_the_type_is_another(
    *, kind: Kind, found: str, recorded: str, value: bytes, fits: bool
) -> None:
    assert problems(kind, found, value, recorded) == ([] if fits else ["beyond the recorded type"])


@given(st.integers(1, 30), st.integers(0, 10))
def test_a_decimal_reaches_as_far_as_its_digits(digits: int, scale: int) -> None:
    scale = min(scale, digits)

    assert bounds(f"decimal({digits},{scale})") == (
        -(Decimal(10) ** digits - 1) / 10**scale,
        (Decimal(10) ** digits - 1) / 10**scale,
    )


SECRET = "Geheim4711"
AROUND = st.text(max_size=20) | st.sampled_from(["\0", "????", "Ã¼", '{"a": "', "\udcff"])


@given(AROUND, AROUND, st.sampled_from([(TEXT, "varchar(20)"), (NUMBER, "decimal(5,2)")]))
def test_whatever_is_wrong_with_a_value_no_report_tells_it(
    before: str, after: str, column: tuple[Kind, str]
) -> None:
    value = f"{before}{SECRET}{after}".encode("utf-8", "surrogatepass")
    tally = Tally()

    tally.add(Sighting("c", problem, b"7") for problem in problems(*column, value))
    found = [finding("t", *place, count) for place, count in tally.counts.items()]
    given = Report(
        "edxapp", datetime(2016, 9, 5, tzinfo=UTC), complete=True, rows=1, findings=tuple(found)
    )

    told = [json.dumps(report.as_json(given)), *report.as_lines(given)]
    assert [text for text in told if SECRET in text] == []
    assert all(one.examples == ("7",) for one in found)
