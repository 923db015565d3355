"""A legacy row and the outbox image of its modern twin compare equal, value by value."""

from decimal import Decimal

import pytest

from etl.back import legacy_values
from etl.rows import Json, Parameter
from etl.tables import Column, TableMap
from etl.values import convert
from etl.values.convert import Kind

PAIRS = [
    (convert.TEXT, b"caf\xc3\xa9", "café", "café"),
    (convert.TEXT, b"a\0b", "a\u2400b", "a\0b"),
    (convert.INTEGER, b"-5", -5, -5),
    (convert.BOOLEAN, b"0", False, 0),
    (convert.BOOLEAN, b"2", True, 1),
    (
        convert.MOMENT,
        b"2016-09-05 07:12:44",
        "2016-09-05T07:12:44+00:00",
        MOMENT := "2016-09-05 07:12:44.000000",
    ),
    (convert.MOMENT, b"2016-09-05 07:12:44.000000", "2016-09-05T09:12:44+02:00", MOMENT),
    (convert.MOMENT, b"0000-00-00 00:00:00", None, None),
    (
        convert.REQUIRED_MOMENT,
        b"0000-00-00 00:00:00",
        "1970-01-01T00:00:00+00:00",
        "0000-00-00 00:00:00",
    ),
    (
        convert.REQUIRED_MOMENT,
        b"1970-01-01 00:00:00.000000",
        "1970-01-01T00:00:00+00:00",
        "0000-00-00 00:00:00",
    ),
    (convert.DATE, b"2016-02-30", None, None),
    (convert.DATE, b"2016-02-29", "2016-02-29", "2016-02-29"),
    (convert.NUMBER, b"0.50", 0.5, Decimal("0.5")),
    (convert.DOUBLE, b"1e-7", 1e-07, 1e-7),
]


@pytest.mark.parametrize(("kind", "legacy", "modern", "value"), PAIRS)
def test_both_sides_of_a_value_meet_in_one_parameter(
    kind: Kind, legacy: bytes, modern: Json, value: Parameter
) -> None:
    table = TableMap(source="t", target="m", key="v", columns=(Column("v", kind=kind),))

    assert legacy_values.image(table, (legacy,)) == {"v": value}
    assert table.revert({"v": modern}) == {"v": value}


def test_null_is_null_for_every_kind() -> None:
    columns = tuple(Column(kind.name, kind=kind) for kind in legacy_values.KINDS)
    table = TableMap(source="t", target="m", key="text", columns=columns)

    assert set(legacy_values.image(table, (None,) * len(columns)).values()) == {None}
