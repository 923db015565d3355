"""The request limit as a rule: no window of a minute holds more than forty calls of a client."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.legacy_lms.service.throttle import LIMIT, WINDOW_SECONDS, Throttle


@given(st.lists(st.integers(0, 10), min_size=LIMIT, max_size=120))
def test_no_minute_holds_more_calls_than_the_limit(gaps: list[int]) -> None:
    throttle, now, passed = Throttle(), 0.0, []
    for gap in gaps:
        now += gap
        if throttle.wait_seconds("ada", now) == 0:
            passed.append(now)

    for first, later in zip(passed, passed[LIMIT:], strict=False):
        assert later - first >= WINDOW_SECONDS


def test_a_client_that_waits_as_told_may_go_on() -> None:
    throttle = Throttle()
    for second in range(LIMIT):
        assert throttle.wait_seconds("ada", float(second)) == 0

    wait = throttle.wait_seconds("ada", 45.0)

    assert wait == pytest.approx(15.0)
    assert throttle.wait_seconds("ada", 45.0 + wait) == 0
    assert throttle.wait_seconds("honor", 45.0) == 0
