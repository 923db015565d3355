"""Dates as two legacy producers write them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compat import dates

MOMENTS = st.datetimes(timezones=st.just(UTC))


@pytest.mark.parametrize(
    ("microsecond", "in_full", "to_milliseconds"),
    [
        (0, "2016-09-05T07:12:44Z", "2016-09-05T07:12:44Z"),
        (512345, "2016-09-05T07:12:44.512345Z", "2016-09-05T07:12:44.512Z"),
        (999999, "2016-09-05T07:12:44.999999Z", "2016-09-05T07:12:44.999Z"),
        (7, "2016-09-05T07:12:44.000007Z", "2016-09-05T07:12:44.000Z"),
        (489950, "2016-09-05T07:12:44.489950Z", "2016-09-05T07:12:44.489Z"),
    ],
)
def test_a_fraction_is_six_digits_or_three_that_are_cut(
    microsecond: int, in_full: str, to_milliseconds: str
) -> None:
    moment = datetime(2016, 9, 5, 7, 12, 44, microsecond, tzinfo=UTC)

    assert dates.in_full(moment) == in_full
    assert dates.to_milliseconds(moment) == to_milliseconds
    assert dates.to_seconds(moment) == "2016-09-05T07:12:44Z"


def test_no_date_is_null() -> None:
    assert dates.in_full(None) is None
    assert dates.to_milliseconds(None) is None


@given(MOMENTS)
def test_a_full_date_reads_back_as_the_same_moment(moment: datetime) -> None:
    assert datetime.fromisoformat(dates.in_full(moment)) == moment
