"""What becomes of a value, both ways."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.errors import BadNumber, BadText
from etl.rows import Json, Parameter
from etl.values import convert

_UNESCAPES = {"\\\\": "\\", "\\n": "\n", "\\t": "\t", "\\r": "\r"}


def converted(kind: convert.Kind, value: bytes) -> tuple[bytes, list[str]]:
    notes: list[str] = []
    assert kind.convert is not None
    return kind.convert(value, notes.append), notes


def unescaped(text: str) -> str:
    pairs, at = [], 0
    while at < len(text):
        step = 2 if text[at] == "\\" else 1
        pairs.append(_UNESCAPES.get(text[at : at + step], text[at : at + step]))
        at += step
    return "".join(pairs)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_copy_text_holds_no_bare_control_character_and_reads_back_as_it_was(text: str) -> None:
    line, notes = converted(convert.TEXT, text.encode())

    assert not {b"\n", b"\t", b"\r"} & {line[at : at + 1] for at in range(len(line))}
    assert unescaped(line.decode()) == text
    assert notes == []


def test_a_nul_becomes_a_visible_symbol_is_counted_and_comes_back() -> None:
    assert converted(convert.TEXT, b"a\0b") == ("a\u2400b".encode(), [convert.NUL_CHARACTER])
    assert convert.TEXT.revert("a\u2400b") == "a\0b"


@pytest.mark.parametrize("value", [b"\xff", b"\xed\xa0\x80", b"caf\xe9"])
def test_text_that_is_not_utf8_is_rejected(value: bytes) -> None:
    with pytest.raises(BadText):
        converted(convert.TEXT, value)


@pytest.mark.parametrize("value", [b"1.", b"", b"1e", b"NaN", b"1,5"])
def test_a_number_in_another_spelling_is_rejected(value: bytes) -> None:
    with pytest.raises(BadNumber):
        converted(convert.NUMBER, value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"0", (b"0", [])),
        (b"1", (b"1", [])),
        (b"2", (b"1", [convert.NOT_BOOLEAN])),
        (b"-1", (b"1", [convert.NOT_BOOLEAN])),
    ],
)
def test_every_number_but_zero_is_true(value: bytes, expected: tuple[bytes, list[str]]) -> None:
    assert converted(convert.BOOLEAN, value) == expected


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        (b"0000-00-00 00:00:00.000000", convert.ZERO_DATE),
        (b"2015-00-10 00:00:00", convert.ZERO_DATE),
        (b"2015-02-00 12:00:00", convert.ZERO_DATE),
        (b"2015-02-30 12:00:00", convert.IMPOSSIBLE_DATE),
    ],
)
def test_a_moment_on_no_day_is_null_or_the_epoch_and_is_counted(value: bytes, rule: str) -> None:
    assert converted(convert.MOMENT, value) == (b"\\N", [rule])
    assert converted(convert.DATE, value) == (b"\\N", [rule])
    assert converted(convert.REQUIRED_MOMENT, value) == (b"1970-01-01 00:00:00+00", [rule])


def test_a_naive_moment_is_utc_with_all_its_digits() -> None:
    value = b"2016-05-10 01:02:03.000004"

    assert converted(convert.MOMENT, value) == (value + b"+00", [])
    assert converted(convert.REQUIRED_MOMENT, value) == (value + b"+00", [])


@given(st.datetimes(timezones=st.just(dt.UTC)))
def test_a_moment_goes_back_as_naive_utc_from_any_offset(moment: dt.datetime) -> None:
    there = moment.replace(tzinfo=None).isoformat(" ", "microseconds")
    shifted = moment if moment.year in (1, 9999) else moment.astimezone(EAST)

    assert convert.MOMENT.revert(shifted.isoformat()) == there


EAST = dt.timezone(dt.timedelta(hours=5, minutes=30))


def test_the_epoch_of_a_required_moment_goes_back_as_the_zero_date() -> None:
    revert = convert.REQUIRED_MOMENT.revert

    assert revert("1970-01-01T00:00:00+00:00") == "0000-00-00 00:00:00"
    assert revert("1970-01-01T00:00:01+00:00") == "1970-01-01 00:00:01.000000"


@pytest.mark.parametrize(
    ("kind", "value", "parameter"),
    [
        (convert.BOOLEAN, True, 1),
        (convert.INTEGER, 7, 7),
        (convert.NUMBER, 0.07, Decimal("0.07")),
        (convert.DOUBLE, 2, 2.0),
        (convert.DATE, "2016-05-10", "2016-05-10"),
    ],
)
def test_an_outbox_value_goes_back_as_what_its_column_holds(
    kind: convert.Kind, value: Json, parameter: Parameter
) -> None:
    assert kind.revert(value) == parameter
    assert kind.revert(None) is None


@pytest.mark.parametrize(
    "moment", ["infinity", "0044-03-15T12:00:00+00:00 BC", "9999-12-31T23:59:59-05:00"]
)
def test_a_moment_that_no_datetime_counts_stays_as_it_is_spelled(moment: str) -> None:
    assert convert.MOMENT.revert(moment) == moment
